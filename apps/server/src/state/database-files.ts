import { join } from 'node:path';

import { type DatabaseFiles } from './sqlite/worker-messages.js';

/** Returns the paths of the embedded database in a data directory. */
export function databaseFiles(dataDir: string): Required<Pick<DatabaseFiles, 'database' | 'lock'>> {
  return { database: join(dataDir, 'state.db'), lock: join(dataDir, 'state.lock') };
}
