import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

import { fileReason } from '../../config/file-reason.js';
import { readNamedFile } from '../../config/named-files.js';
import { REWRITE_AT_BYTES, TRIM_AT_BYTES } from '../retention.js';
import { type StateEngine } from '../state-engine.js';
import { type StateTables } from '../tables.js';
import { openPostgresChannel } from './postgres-channel.js';

/** Timeout for connecting, and for each statement, in milliseconds. */
const DEADLINE_MS = 5_000;
/**
 * Maximum ratio of the size of pages to that of the rows in them: long rows leave large parts of a page
 * empty.
 */
const PAGES_PER_BYTE = 1.35;
/** Deadline for vacuuming a table, in milliseconds. */
const VACUUM_DEADLINE_MS = 60_000;

/** Number of connections that write boots, hosts and installations, and read the last two. */
const WRITERS = 2;
/** Number of connections that read lists. */
const READERS = 1;

/** Creates the engine for PostgreSQL, whose database several daemons may share. */
export function createPostgresEngine(url: string): StateEngine {
  const db = connect(url, WRITERS);
  const lists = connect(url, READERS);
  return {
    db,
    lists,
    own: () => Promise.resolve(),
    async open() {
      await expectFiles(url);
      return {};
    },
    write: (statements) =>
      db.transaction().execute(async (transaction) => {
        for (const statement of statements) {
          await transaction.executeQuery(statement);
        }
      }),
    usedBytes: () => usedBytes(db, url),
    openChannel: (events) => openPostgresChannel(url, events),
    async close() {
      await Promise.all([db.destroy(), lists.destroy()]);
      return true;
    },
  };
}

/** Returns a database with at most `max` connections, which are opened when they are needed. */
function connect(url: string, max: number): Kysely<StateTables> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'pxeboot',
    max,
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
  pool.on('connect', (client) => {
    client.on('error', () => {
      // The connection was lost. A running statement fails, and the next one gets another connection.
    });
  });
  pool.on('error', () => {
    // An idle connection was lost, as above.
  });
  return new Kysely<StateTables>({ dialect: new PostgresDialect({ pool }) });
}

/** Parameters of a URL that name files, which pg reads whole, and synchronously, for each connection. */
const FILE_PARAMETERS = ['sslcert', 'sslkey', 'sslrootcert'] as const;

/**
 * Checks the files that a URL names.
 *
 * @throws Error when a file cannot be read, is too long, or is not a regular file and so could block the
 *   daemon
 */
async function expectFiles(url: string): Promise<void> {
  if (!URL.canParse(url)) {
    return;
  }
  const { searchParams } = new URL(url);
  for (const name of FILE_PARAMETERS) {
    for (const path of searchParams.getAll(name)) {
      try {
        await readNamedFile(path);
      } catch (cause) {
        throw new Error(`cannot read ${name} ${path}: ${fileReason(cause)}`, { cause });
      }
    }
  }
}

/**
 * Returns the size of the tables in bytes, or, if that calls for trimming, vacuums them first and returns an
 * estimate for the rows in use and their indexes. PostgreSQL keeps the space of removed and replaced rows
 * until it is vacuumed, which happens too rarely by default for a size limit.
 */
async function usedBytes(db: Kysely<StateTables>, url: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select pg_total_relation_size('boots') + pg_total_relation_size('machines') as bytes`.execute(
    db,
  );
  const bytes = rows[0]?.bytes ?? 0;
  if (bytes < TRIM_AT_BYTES) {
    return bytes;
  }
  await vacuum(url, bytes < REWRITE_AT_BYTES ? 'vacuum' : 'vacuum full');
  const inUse = await sql<{ bytes: number }>`
    select
      (select coalesce(sum(pg_column_size(boots.*)), 0)::bigint from boots)
      + (select coalesce(sum(pg_column_size(machines.*)), 0)::bigint from machines)
      + pg_indexes_size('boots') + pg_indexes_size('machines') as bytes`.execute(db);
  return (inUse.rows[0]?.bytes ?? 0) * PAGES_PER_BYTE;
}

async function vacuum(url: string, command: 'vacuum' | 'vacuum full'): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'pxeboot',
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: VACUUM_DEADLINE_MS,
    statement_timeout: VACUUM_DEADLINE_MS,
  });
  client.on('error', () => {
    // The query that was running on the lost connection reports it.
  });
  try {
    await client.connect();
    await client.query(`${command} boots`);
    await client.query(`${command} machines`);
  } finally {
    await client.end();
  }
}
