import { type CompiledQuery, type Kysely } from 'kysely';

import { type StateTables } from './tables.js';

/** Result of opening a database. */
export interface OpenedState {
  /** New name of a damaged database, which was replaced by a new one. */
  readonly movedTo?: string;
}

/** Database of the state: SQLite in the data directory, or PostgreSQL. */
export interface StateEngine {
  readonly db: Kysely<StateTables>;
  /**
   * Becomes the owner of the data directory, if the engine uses one.
   *
   * @throws {@link StateError} with the reason `other-daemon` while another daemon owns it
   */
  own(): Promise<void>;
  /** Opens the database, with any version of its schema. Call it again after an error. */
  open(): Promise<OpenedState>;
  /** Runs statements without results in one transaction, with as few round trips as possible. */
  write(statements: readonly CompiledQuery[]): Promise<void>;
  /**
   * Makes the space of removed and replaced rows reusable if the engine does not do so by itself,
   * and returns the size in use, in bytes.
   */
  usedBytes(): Promise<number>;
  close(): Promise<void>;
}
