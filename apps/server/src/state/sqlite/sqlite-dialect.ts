import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

import { resolvable } from '../resolvable.js';
import { type SqliteWorker } from './sqlite-worker.js';

/** SQLite dialect for Kysely that runs statements in the database thread. */
export class SqliteDialect implements Dialect {
  readonly #driver: SqliteDriver;

  constructor(worker: SqliteWorker) {
    this.#driver = new SqliteDriver(worker);
  }

  /** Runs statements in one transaction, as a single request to the thread. */
  write(statements: readonly CompiledQuery[]): Promise<void> {
    return this.#driver.write(statements);
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/**
 * Enables transactional schema changes, which SQLite supports but Kysely's adapter does not use.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Driver with a single connection, used by one caller at a time. */
class SqliteDriver implements Driver {
  readonly #worker: SqliteWorker;
  readonly #connection: SqliteConnection;
  #free: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(worker: SqliteWorker) {
    this.#worker = worker;
    this.#connection = new SqliteConnection(worker);
  }

  async write(statements: readonly CompiledQuery[]): Promise<void> {
    await this.acquireConnection();
    try {
      // Without the syntax trees, which would otherwise be copied for the thread.
      const copied = statements.map(({ sql, parameters }) => ({ sql, parameters }));
      await this.#worker.request({ type: 'write', statements: copied });
    } finally {
      await this.releaseConnection();
    }
  }

  async init(): Promise<void> {
    // The worker opens the database when requested.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    const { promise, resolve } = resolvable();
    this.#free = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.run('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.run('commit');
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.run('rollback');
  }

  releaseConnection(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    // The worker belongs to its creator.
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #worker: SqliteWorker;

  constructor(worker: SqliteWorker) {
    this.#worker = worker;
  }

  async run(sql: string): Promise<void> {
    await this.#worker.request({ type: 'run', sql, parameters: [] });
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#worker.request({ type: 'run', sql, parameters });
    // According to Kysely's contract, the query determines the type of its rows.
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // eslint-disable-next-line require-yield, @typescript-eslint/require-await -- Kysely wants one
  async *streamQuery<R>(): AsyncGenerator<QueryResult<R>> {
    throw new Error('the embedded database does not support streaming');
  }
}
