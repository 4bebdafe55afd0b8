import { Kysely, sql } from 'kysely';

import { type StateEngine } from '../state-engine.js';
import { type StateTables } from '../tables.js';
import { SqliteDialect } from './sqlite-dialect.js';
import { SqliteWorker } from './sqlite-worker.js';
import { type DatabaseFiles } from './worker-messages.js';

/**
 * Creates the engine for SQLite, which runs in its own thread. Nothing is opened before the
 * first call.
 *
 * @param program - program of the thread, if it is not in the folder of this module
 */
export function createSqliteEngine(files: DatabaseFiles, program?: URL): StateEngine {
  const worker = new SqliteWorker(files, program);
  const dialect = new SqliteDialect(worker);
  const db = new Kysely<StateTables>({ dialect });
  return {
    db,
    lists: db,
    async own() {
      await worker.request({ type: 'lock' });
    },
    async open() {
      const { movedTo } = await worker.request({ type: 'open' });
      return movedTo === undefined ? {} : { movedTo };
    },
    write: (statements) => dialect.write(statements),
    async usedBytes() {
      const { rows } = await sql<{ bytes: number }>`
        select (page_count - freelist_count) * page_size as bytes
        from pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(db);
      return rows[0]?.bytes ?? 0;
    },
    close: () => worker.close(),
  };
}
