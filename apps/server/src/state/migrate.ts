import { type Kysely, Migrator } from 'kysely';

import { StateError } from './failure.js';
import { MIGRATIONS } from './migrations.js';
import { isNewest, unknownVersions, VERSIONS_TABLE } from './schema-versions.js';
import { type StateTables } from './tables.js';

/**
 * Brings the schema to the newest version, or to a given one.
 *
 * @param version - name of the last migration to run; the newest if omitted
 * @throws {@link StateError} when a newer program wrote the database
 */
export async function migrate(db: Kysely<StateTables>, version?: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    migrationTableName: VERSIONS_TABLE,
    migrationLockTableName: 'state_versions_lock',
  });
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === VERSIONS_TABLE)) {
    const applied = await db
      // This table belongs to Kysely.
      .withTables<{ [VERSIONS_TABLE]: { name: string } }>()
      .selectFrom(VERSIONS_TABLE)
      .select('name')
      .execute();
    const names = applied.map(({ name }) => name);
    if (version === undefined && isNewest(names)) {
      // Return before acquiring the lock of the database, which another program may hold.
      return;
    }
    const [unknown] = unknownVersions(names);
    if (unknown !== undefined) {
      throw new StateError('newer', `a newer version of pxeboot wrote the database (${unknown})`);
    }
  }
  const { error } =
    version === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(version);
  if (error !== undefined) {
    throw error instanceof Error
      ? error
      : new Error('the schema cannot be changed', { cause: error });
  }
}
