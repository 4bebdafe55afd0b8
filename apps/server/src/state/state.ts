import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely } from 'kysely';

import { type ServerConfig } from '../config/schema.js';
import { type Logger } from '../log/logger.js';
import { type BootJournal } from '../machines/boot-journal.js';
import { createBootExchange, type OpenBootExchange } from './boot-exchange.js';
import { type BootHistory, createBootHistory } from './boot-history.js';
import { createBootRecorder } from './boot-recorder.js';
import { readBoots } from './boot-table.js';
import { databaseFiles } from './database-files.js';
import { readExchangeKey } from './exchange-key.js';
import { type StateFailure } from './failure.js';
import { resolvable } from './resolvable.js';
import { type OpenTextChannel, type StateEngine } from './state-engine.js';
import { stateLines } from './state-lines.js';
import { type StateTables } from './tables.js';

/** Maximum time for which the start of the daemon waits for the history, in milliseconds. */
const HISTORY_WAIT_MS = 1_000;
/**
 * Interval at which the key of the exchange is read, in milliseconds: someone may have replaced it, or restored the
 * database.
 */
const READ_KEY_EVERY_MS = 10_000;
/**
 * Time from the moment when updates from other daemons arrive until their boots are read from the database, in
 * milliseconds. By then they have stored what they sent before: they process requests after two seconds.
 */
const CATCH_UP_AFTER_MS = 5_000;
/** Maximum number of boots that are read then. */
const CATCH_UP_BOOTS = 250;

/** Database of the journal, as used by the daemon. */
export interface State {
  /** True if boots are remembered across restarts. */
  readonly isStored: boolean;
  /** Boots in the journal, and those that are only in the database. */
  readonly history: BootHistory;
  /** Failure that began the current outage of the database; undefined while it is available. */
  readonly failure: StateFailure | undefined;
  /**
   * Resolves when the journal has its history or loading it has failed, but after one second at the latest.
   */
  readonly started: Promise<void>;
  /** Resolves after the first attempt to open the database, however long it takes. */
  readonly tried: Promise<void>;
  /**
   * Calls a function as soon as this daemon owns the data directory; immediately if there is no database.
   */
  whenOwned(callback: () => void): void;
  /** Calls a function with the database when it is open, and again after each outage. */
  whenOpen(callback: (db: Kysely<StateTables>) => void): void;
  close(): Promise<void>;
}

export interface StateOptions {
  readonly config: Pick<ServerConfig, 'dataDir' | 'state'>;
  /** True if the data directory is not writable. */
  readonly isReadOnly: boolean;
  readonly journal: BootJournal;
  readonly logger: Logger;
}

/**
 * Restores the journal's history, and from then on records its boots. While the database is unavailable, the
 * journal keeps them in memory.
 */
export async function startState({
  config,
  isReadOnly,
  journal,
  logger,
}: StateOptions): Promise<State> {
  const engine = await createEngine(config, isReadOnly);
  if (engine === undefined) {
    if (config.state !== 'off') {
      logger.info(
        { event: 'state.read-only' },
        'boots are kept only in memory: dataDir is read-only; set state.url to keep them',
      );
    }
    return {
      isStored: false,
      history: createBootHistory({ journal }),
      failure: undefined,
      started: Promise.resolve(),
      tried: Promise.resolve(),
      whenOwned: (callback) => {
        callback();
      },
      whenOpen: () => undefined,
      close: () => Promise.resolve(),
    };
  }
  const owned = resolvable();
  const openings: ((db: Kysely<StateTables>) => void)[] = [];
  let isOpen = false;
  let isClosed = false;
  let exchange: OpenBootExchange | undefined;
  let unshare: () => void = () => undefined;
  let readingKeys: NodeJS.Timeout | undefined;
  let catchingUp: NodeJS.Timeout | undefined;
  let outage: StateFailure | undefined;
  const lines = stateLines(logger);
  const catchUp = async (): Promise<void> => {
    try {
      const boots = await readBoots(engine.lists, CATCH_UP_BOOTS);
      if (!isClosed) {
        journal.restore(boots);
      }
    } catch (error) {
      lines.unreadable(error);
    }
  };
  const share = async (open: OpenTextChannel): Promise<void> => {
    let key: Buffer;
    try {
      key = await readExchangeKey(engine.db);
    } catch (error) {
      lines.unshared(error);
      return;
    }
    lines.shared();
    if (isClosed) {
      return;
    }
    if (exchange !== undefined) {
      exchange.use(key);
      return;
    }
    exchange = createBootExchange({
      open,
      key,
      onOpen() {
        clearTimeout(catchingUp);
        catchingUp = setTimeout(() => void catchUp(), CATCH_UP_AFTER_MS).unref();
      },
      onFlood: lines.flooded,
      onOtherTime: lines.otherTime,
    });
    unshare = journal.share(exchange);
  };
  const recorder = createBootRecorder(engine, {
    ...lines,
    failed: (failure) => {
      outage = failure;
      lines.failed(failure);
    },
    recovered: (lostBoots) => {
      outage = undefined;
      lines.recovered(lostBoots);
    },
    history: (boots) => {
      journal.restore(boots);
    },
    owned: owned.resolve,
    opened: async () => {
      const { openChannel } = engine;
      if (openChannel !== undefined) {
        await share(openChannel);
        readingKeys ??= setInterval(() => void share(openChannel), READ_KEY_EVERY_MS).unref();
      }
      isOpen = true;
      for (const callback of openings) {
        callback(engine.db);
      }
    },
  });
  const stop = journal.follow(({ type, boot, isForeign }) => {
    // Silence ends a boot in all daemons, and the one that last served it may have ended, too.
    if (isForeign !== true || (type === 'ended' && boot.outcome !== 'installer')) {
      recorder.record(boot);
    }
  });
  return {
    isStored: true,
    history: createBootHistory({
      journal,
      database: () => (isOpen ? engine.lists : undefined),
      onFailure: lines.unreadable,
    }),
    get failure() {
      return outage;
    },
    tried: recorder.started,
    started: Promise.race([recorder.started, delay(HISTORY_WAIT_MS, undefined, { ref: false })]),
    whenOwned(callback) {
      void owned.promise.then(() => {
        if (!isClosed) {
          callback();
        }
      });
    },
    whenOpen(callback) {
      openings.push(callback);
      if (isOpen) {
        callback(engine.db);
      }
    },
    async close() {
      isClosed = true;
      clearInterval(readingKeys);
      clearTimeout(catchingUp);
      unshare();
      await exchange?.close();
      stop();
      if (!(await recorder.close())) {
        lines.hung();
        process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
      }
    },
  };
}

/**
 * Creates the configured engine, whose modules are loaded only now; returns undefined if none is configured.
 */
async function createEngine(
  { dataDir, state }: Pick<ServerConfig, 'dataDir' | 'state'>,
  isReadOnly: boolean,
): Promise<StateEngine | undefined> {
  if (state === 'off') {
    return undefined;
  }
  if (typeof state === 'object' && state.url !== undefined) {
    const { createPostgresEngine } = await import('./postgres/postgres-engine.js');
    return createPostgresEngine(state.url);
  }
  if (isReadOnly) {
    return undefined;
  }
  const { createSqliteEngine } = await import('./sqlite/sqlite-engine.js');
  return createSqliteEngine(databaseFiles(dataDir));
}
