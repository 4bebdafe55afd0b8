import { type Kysely, type Migration } from 'kysely';

/**
 * Every version of the schema, from the first to the newest. There are no down migrations, and a released
 * migration never changes: add another one.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-boots': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('boots')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('mac', 'text')
        .addColumn('uuid', 'text')
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('proven', 'integer', (column) => column.notNull())
        .addColumn('boot', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('boots_by_time')
        .on('boots')
        .columns(['proven', 'last_seen_at'])
        .execute();
    },
  },
  '0002-machines': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('machines')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('mac', 'text')
        .addColumn('uuid', 'text')
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('firmware', 'text')
        .addColumn('arch', 'text')
        .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('last_boot', 'bigint', (column) => column.notNull())
        .addColumn('last_outcome', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('machines_by_time')
        .on('machines')
        .column('last_seen_at')
        .execute();
    },
  },
  '0003-installs': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('hosts')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('host', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('installs')
        .addColumn('host', 'text', (column) => column.primaryKey())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('install', 'text', (column) => column.notNull())
        .execute();
    },
  },
};

/** Returns the versions in `applied` that this program does not know, written by a newer one. */
export function unknownVersions(applied: readonly string[]): readonly string[] {
  return applied.filter((name) => !Object.hasOwn(MIGRATIONS, name));
}

/** Returns true if the applied versions are exactly those of this program. */
export function isNewest(applied: readonly string[]): boolean {
  return applied.length === Object.keys(MIGRATIONS).length && unknownVersions(applied).length === 0;
}
