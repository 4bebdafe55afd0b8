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
   * The same database for lists. Users may request lists as often as they like, so these do not use the
   * connections that write boots and installations.
   */
  readonly lists: Kysely<StateTables>;
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
   * Makes the space of removed and replaced rows reusable if the engine does not do so on its own, and
   * returns the size in use, in bytes.
   */
  usedBytes(): Promise<number>;
  /**
   * Opens a channel for messages to all programs on the same database; only for a database that several daemons can
   * share. Anyone who may connect to the database can read them, and send others.
   */
  readonly openChannel?: OpenTextChannel;
  /**
   * Closes the database, which may take a few seconds.
   *
   * @returns false if a call on it never ends, as on a disk that hangs; the process then cannot exit on its own
   */
  close(): Promise<boolean>;
}

export interface ChannelEvents {
  /**
   * Called with each message, including those from this program; returns false for one that another program must
   * have sent.
   */
  readonly onText: (text: string) => boolean;
  /** Called each time that the channel is connected. */
  readonly onOpen: () => void;
  /** Called when the channel is closed temporarily because other programs sent too many messages. */
  readonly onFlood: () => void;
}

export type OpenTextChannel = (events: ChannelEvents) => TextChannel;

/** Channel for messages to all programs on the same database. */
export interface TextChannel {
  /** Sends a message of less than 8,000 bytes; discards it while there is no connection. */
  send(text: string): void;
  close(): Promise<void>;
}
