import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

import { type StateEngine } from '../state-engine.js';
import { type StateTables } from '../tables.js';

/** Timeout of connecting, and of each statement, in milliseconds. */
const DEADLINE_MS = 5_000;

/** Creates the engine for PostgreSQL, whose database several daemons may share. */
export function createPostgresEngine(url: string): StateEngine {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'pxeboot',
    max: 2,
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: DEADLINE_MS,
    statement_timeout: DEADLINE_MS,
    idle_in_transaction_session_timeout: 2 * DEADLINE_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    types: {
      // pg returns a bigint as text; ours are below 2^53.
      getTypeParser: (type, format): ((value: string) => unknown) =>
        type === pg.types.builtins.INT8
          ? Number
          : (pg.types.getTypeParser(type, format) as (value: string) => unknown),
    },
  });
  pool.on('error', () => {
    // An idle connection was lost; the next statement opens another one or reports the failure.
  });
  const db = new Kysely<StateTables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    own: () => Promise.resolve(),
    open: () => Promise.resolve({}),
    usedBytes: () => Promise.resolve(undefined),
    close: () => db.destroy(),
  };
}
