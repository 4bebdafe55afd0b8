import { type Kysely, type Migration, PostgresAdapter, sql } from 'kysely';

import { type SchemaVersion } from './schema-versions.js';

/** Migration to each version of the schema. */
export const MIGRATIONS: Readonly<Record<SchemaVersion, Migration>> = {
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
  '0004-changes': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('changes')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'bigint', (column) => column.notNull())
        .execute();
      await sql`insert into changes (name, value)
        values ('hosts', 0), ('installs', 0), ('removed_installs', 0)`.execute(db);
      await db.schema
        .alterTable('installs')
        .addColumn('changed', 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema.createIndex('installs_by_change').on('installs').column('changed').execute();
      // With SQLite, there is only one daemon, which knows about every change.
      if (db.getExecutor().adapter instanceof PostgresAdapter) {
        await countChanges(db);
      }
    },
  },
  '0005-boots-by-start': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createIndex('boots_by_start')
        .on('boots')
        .columns(['started_at', 'id'])
        .execute();
    },
  },
  '0006-secrets': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('pxeboot_secrets')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
    },
  },
};

/**
 * Makes the database count changes, including those made by an older version of this program. A transaction
 * locks the counter until it ends, so the numbers become visible in order.
 */
async function countChanges(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create function count_installs_change() returns trigger language plpgsql as $$
      begin
        update changes set value = value + 1 where name = 'installs' returning value into new.changed;
        return new;
      end
    $$`,
    sql`create function count_change() returns trigger language plpgsql as $$
      begin
        update changes set value = value + 1 where name = tg_argv[0];
        return null;
      end
    $$`,
    sql`create trigger count_change before insert or update on installs
      for each row execute function count_installs_change()`,
    sql`create trigger count_removal after delete or truncate on installs
      for each statement execute function count_change('removed_installs')`,
    sql`create trigger count_change after insert or update or delete or truncate on hosts
      for each statement execute function count_change('hosts')`,
  ];
  for (const statement of statements) {
    await statement.execute(db);
  }
}
