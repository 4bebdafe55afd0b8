import { type Boot } from '../../src/machines/boot.js';
import { readBoots } from '../../src/state/boot-table.js';
import { migrate } from '../../src/state/migrate.js';
import { RETENTION } from '../../src/state/retention.js';
import { createSqliteEngine } from '../../src/state/sqlite/sqlite-engine.js';
import { type DatabaseFiles } from '../../src/state/sqlite/worker-messages.js';
import { type StateEngine } from '../../src/state/state-engine.js';

/** Built thread of the embedded database. */
const WORKER = new URL('../../dist/sqlite-worker.js', import.meta.url);

/** Returns the embedded database as the daemon opens it. */
export function sqliteEngine(files: DatabaseFiles): StateEngine {
  return createSqliteEngine(files, WORKER);
}

/** Returns a boot with these properties, and defaults for the others. */
export function aBoot(facts: Partial<Boot> & Pick<Boot, 'id'>): Boot {
  return {
    address: '10.0.0.1',
    startedAt: Date.now() - 1000,
    lastSeenAt: Date.now(),
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'menu',
    ...facts,
  };
}

/** Reads the boots in the embedded database of a daemon that has ended, without copying it. */
export async function storedSqliteBoots(database: string): Promise<readonly Boot[]> {
  const engine = sqliteEngine({ database });
  try {
    await engine.open();
    await migrate(engine.db);
    return await readBoots(engine.db, RETENTION.boots);
  } finally {
    await engine.close();
  }
}
