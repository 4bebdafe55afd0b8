import { type Kysely } from 'kysely';

import { type StateTables } from './tables.js';

/** Result of opening a database. */
export interface OpenedState {
  /** Name that a damaged database was given; a new one took its place. */
  readonly movedTo?: string;
}

/** Database of the state: SQLite in the data directory, or PostgreSQL. */
export interface StateEngine {
  readonly db: Kysely<StateTables>;
  /**
   * Becomes the owner of the data directory, where the engine has one.
   *
   * @throws StateError with the reason `other-daemon` while another one owns it
   */
  own(): Promise<void>;
  /** Opens the database, whatever the version of its schema. Call it again after an error. */
  open(): Promise<OpenedState>;
  /** Bytes in use; undefined where the size has no bound. */
  usedBytes(): Promise<number | undefined>;
  close(): Promise<void>;
}
