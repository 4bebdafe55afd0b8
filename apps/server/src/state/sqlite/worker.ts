/**
 * Thread of the embedded database. libsql is synchronous: a lock held by another program, or a slow disk,
 * blocks only this thread.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

import type Database from 'libsql';

import { MAX_DATABASE_BYTES, MAX_LOG_BYTES } from '../retention.js';
import { bindable } from './bindable.js';
import { journalOf, JOURNALS } from './journal.js';
import { expectThread } from './thread-check.js';
import {
  type ColumnValue,
  type DatabaseFiles,
  type Statement,
  type WorkerAnswer,
  type WorkerRequest,
} from './worker-messages.js';

type Rows = readonly Readonly<Record<string, ColumnValue>>[];

/** Time to wait for a lock, in milliseconds. */
const LOCK_WAIT_MS = 1000;
const PAGE_BYTES = 4096;

/**
 * Flags for opening or creating a file without waiting: a pipe would block this thread, which would then
 * never end.
 */
const CREATED = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

const files = workerData as DatabaseFiles;
let database: Database.Database | undefined;
let lock: Database.Database | undefined;
/** True once libsql has its threads. */
let isLoaded = false;

/** Statements that are repeated in each write of boots, prepared once. */
const prepared = new Map<string, Database.Statement>();
const MAX_PREPARED = 16;

const BEGIN: Statement = { sql: 'begin immediate', parameters: [] };
const COMMIT: Statement = { sql: 'commit', parameters: [] };
const ROLLBACK: Statement = { sql: 'rollback', parameters: [] };

let before: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: WorkerRequest) => {
  // One at a time, so that answers are sent in the order of the requests.
  before = before.then(async () => {
    parentPort?.postMessage(await answer(request));
  });
});

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    switch (request.type) {
      case 'lock':
        lock ??= await openLock();
        return { ok: true, rows: [], changes: 0 };
      case 'open':
        return { ok: true, rows: [], changes: 0, ...(await openDatabase()) };
      case 'run':
        return {
          ok: true,
          ...(isChange(request) ? inTransaction(() => run(request)) : run(request)),
        };
      case 'write':
        write(request.statements);
        return { ok: true, rows: [], changes: 0 };
    }
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { ok: false, code: typeof code === 'string' ? code : '', message: String(message) };
  }
}

async function connect(file: string, timeout: number): Promise<Database.Database> {
  let Libsql: typeof Database;
  if (!isLoaded) {
    await expectThread();
  }
  try {
    ({ default: Libsql } = await import('libsql'));
  } catch (cause) {
    throw Object.assign(new Error(`libsql has no binary for ${process.platform} ${process.arch}`), {
      code: 'NO_BINARY',
      cause,
    });
  }
  isLoaded = true;
  expectOwnFiles(file);
  prepareFile(file);
  return new Libsql(file, { timeout });
}

/**
 * Creates a file for a database, or checks one that exists, without opening it: closing any descriptor of a file
 * releases all locks that this process has on it (fcntl(2)). SQLite would not notice, and another program that uses
 * the database would delete the write-ahead log, with the boots in it, when it exits.
 */
function prepareFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    // SQLite creates its other files with the mode of this file.
    closeSync(openSync(file, CREATED, 0o600));
    return;
  }
  if (!found.isFile()) {
    throw Object.assign(new Error(`${file} is not a regular file`), { code: 'EFTYPE' });
  }
  if ((found.mode & 0o077) !== 0) {
    chmodSync(file, 0o600);
  }
}

/** Endings of the files of a database. */
const ENDINGS = ['', '-wal', '-shm', '-journal'] as const;

/**
 * As root, refuses files of other users: someone who may add files to the data directory could place a link
 * there, through which root would write anywhere. In processes of other users, an attacker would gain nothing
 * from that.
 */
function expectOwnFiles(file: string): void {
  if (process.geteuid?.() !== 0) {
    return;
  }
  for (const path of ENDINGS.map((ending) => file + ending)) {
    const { uid = 0 } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
    if (uid !== 0) {
      throw Object.assign(
        new Error(`${path} belongs to user ${uid}, who could redirect root's writes`),
        { code: 'NOT_OWNED' },
      );
    }
  }
}

/** Acquires the lock, which the kernel releases however this process ends. */
async function openLock(): Promise<Database.Database | undefined> {
  if (files.lock === undefined) {
    return undefined;
  }
  const opened = await connect(files.lock, 0);
  try {
    opened.prepare('PRAGMA journal_mode = MEMORY').all();
    opened.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    opened.close();
    throw (error as { code?: unknown }).code === 'SQLITE_BUSY'
      ? Object.assign(new Error(`another daemon holds ${files.lock}`), { code: 'OTHER_DAEMON' })
      : error;
  }
  return opened;
}

async function openDatabase(): Promise<{ movedTo?: string }> {
  prepared.clear();
  database?.close();
  database = undefined;
  try {
    database = await openChecked();
    return {};
  } catch (error) {
    if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) {
      throw error;
    }
  }
  const movedTo = moveAside();
  database = await openChecked();
  return { movedTo };
}

async function openChecked(): Promise<Database.Database> {
  const opened = await connect(files.database, LOCK_WAIT_MS);
  try {
    for (const setting of [
      ...JOURNALS[files.journal ?? journalOf(files.database)],
      'cache_size = -1024',
      `max_page_count = ${MAX_DATABASE_BYTES / PAGE_BYTES}`,
      `journal_size_limit = ${MAX_LOG_BYTES / 2}`,
    ]) {
      opened.prepare(`PRAGMA ${setting}`).all();
    }
    const [found] = opened.prepare('PRAGMA quick_check(1)').all() as [{ quick_check?: string }?];
    if (found?.quick_check !== 'ok') {
      throw Object.assign(new Error(found?.quick_check ?? 'unreadable'), {
        code: 'SQLITE_CORRUPT',
      });
    }
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/**
 * Renames a damaged database and its log instead of deleting them, so that someone may be able to recover
 * data from them.
 */
function moveAside(): string {
  const movedTo = `${files.database}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  for (const ending of ['-wal', '-shm', '-journal', '']) {
    if (existsSync(files.database + ending)) {
      renameSync(files.database + ending, movedTo + ending);
    }
  }
  return movedTo;
}

function run({ sql, parameters }: Statement): { rows: Rows; changes: number } {
  if (database === undefined) {
    throw new Error('the database is not open');
  }
  // Passed as one list, since libsql mistakes a single null for a set of named values.
  const values = parameters.map(bindable);
  if (sql === 'rollback' && !database.inTransaction) {
    // SQLite has already rolled back on its own, as it does when the disk is full.
    return { rows: [], changes: 0 };
  }
  const statement = prepared.get(sql) ?? prepare(database, sql);
  if (statement.reader) {
    return { rows: statement.all(values) as Rows, changes: 0 };
  }
  if (/^begin/i.test(sql)) {
    refuseLongLog();
  }
  return { rows: [], changes: statement.run(values).changes };
}

/**
 * Returns true for a change that is not part of a transaction yet. It needs its own, so that only BEGIN can meet the
 * lock of another program: libsql does not reset a statement that fails because of a lock, and while such a change is
 * pending, SQLite reports success for later changes without committing them. BEGIN is reset when it is run again.
 *
 * No change begins with WITH, but Kysely's query for the names of all tables does. A read must not wait for the lock.
 */
function isChange({ sql }: Statement): boolean {
  return (
    database?.inTransaction === false && !/^\s*(?:select|with|begin|commit|rollback)\b/i.test(sql)
  );
}

function inTransaction<Result>(work: () => Result): Result {
  run(BEGIN);
  try {
    const result = work();
    run(COMMIT);
    return result;
  } catch (error) {
    run(ROLLBACK);
    throw error;
  }
}

function write(statements: readonly Statement[]): void {
  inTransaction(() => {
    statements.forEach(run);
  });
}

function prepare(opened: Database.Database, sql: string): Database.Statement {
  const statement = opened.prepare(sql);
  const isRepeated = sql.startsWith('insert') || sql === BEGIN.sql || sql === COMMIT.sql;
  if (isRepeated && prepared.size < MAX_PREPARED) {
    prepared.set(sql, statement);
  }
  return statement;
}

/**
 * Shortens the log if it is too long, and throws if it remains too long. SQLite cannot shorten it while
 * another program reads an old state of the database.
 */
function refuseLongLog(): void {
  const log = statSync(`${files.database}-wal`, { throwIfNoEntry: false });
  if ((log?.size ?? 0) <= MAX_LOG_BYTES) {
    return;
  }
  database?.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
  if (statSync(`${files.database}-wal`).size > MAX_LOG_BYTES) {
    throw Object.assign(new Error('another program has been reading the database for too long'), {
      code: 'SQLITE_BUSY',
    });
  }
}
