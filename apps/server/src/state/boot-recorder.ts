import { setTimeout as delay } from 'node:timers/promises';

import { type Boot } from '../machines/boot.js';
import { BootQueue } from './boot-queue.js';
import { readBoots, trim, writeBoots } from './boot-table.js';
import { type StateFailure, stateFailure } from './failure.js';
import { migrate } from './migrate.js';
import { resolvable } from './resolvable.js';
import { isTrimDue, TRIM_EVERY_MS } from './retention.js';
import { type StateEngine } from './state-engine.js';

/**
 * Time from a change until it is written, in milliseconds; all changes within this time are written together.
 */
const WRITE_AFTER_MS = 500;
/** Maximum number of boots in one transaction. */
const BOOTS_AT_ONCE = 250;
/** Number of boots restored to the journal at start. */
const HISTORY_BOOTS = 1_000;
/** Pauses between attempts while the database is unavailable, in milliseconds. */
const RETRY_AFTER_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** Maximum time for the last write when the daemon stops, in milliseconds. */
const LAST_WRITE_MS = 2_000;

/** Callbacks of a {@link BootRecorder}. */
export interface RecorderEvents {
  /** Called once with the boots in the database, newest first. */
  readonly history: (boots: readonly Boot[]) => void;
  /**
   * Called once, when this daemon owns the data directory, or has to assume that it does because locking does
   * not work.
   */
  readonly owned: () => void;
  /** Called each time the database has been opened and has the newest schema, before the history is read. */
  readonly opened: () => Promise<void>;
  /** Called at the first failure of each outage. */
  readonly failed: (failure: StateFailure) => void;
  /**
   * Called when the database is available again.
   *
   * @param lostBoots - number of boots dropped because too many were waiting
   */
  readonly recovered: (lostBoots: number) => void;
  /** Called when a damaged database was renamed and replaced by a new one. */
  readonly movedAside: (movedTo: string) => void;
}

/** Writes boots to the database from a bounded queue; callers never wait. */
export interface BootRecorder {
  /** Queues a boot, or its newer version. */
  record(boot: Boot): void;
  /** Resolves after the first attempt to open the database. */
  readonly started: Promise<void>;
  /**
   * Writes the waiting boots, for at most two seconds, and closes the database. Boots not written by then are
   * lost.
   *
   * @returns the result of {@link StateEngine.close}
   */
  close(): Promise<boolean>;
}

export function createBootRecorder(engine: StateEngine, events: RecorderEvents): BootRecorder {
  const queue = new BootQueue();
  const closing = new AbortController();
  const started = resolvable();
  let wake: () => void = () => undefined;
  let isOwned = false;
  let isLoaded = false;
  let isFailing = false;
  let attempts = 0;
  let writtenBytes = 0;
  let trimmedAt = 0;
  let isFull = false;

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await open();
        started.resolve();
        await work();
      } catch (error) {
        const failure = stateFailure(error);
        isFull = failure.reason === 'full';
        if (!isFailing) {
          isFailing = true;
          events.failed(failure);
        }
        started.resolve();
        if (failure.isPermanent) {
          own();
          return;
        }
        await pause(RETRY_AFTER_MS[attempts] ?? RETRY_AFTER_MS.at(-1) ?? 0);
        attempts = Math.min(attempts + 1, RETRY_AFTER_MS.length);
      }
    }
  }

  async function open(): Promise<void> {
    try {
      await engine.own();
    } catch (error) {
      // If locking does not work at all, assume that no other daemon is running.
      if (stateFailure(error).reason !== 'other-daemon') {
        own();
      }
      throw error;
    }
    own();
    const { movedTo } = await engine.open();
    if (movedTo !== undefined) {
      events.movedAside(movedTo);
    }
    await migrate(engine.db);
    await events.opened();
    if (!isLoaded) {
      isLoaded = true;
      events.history(await readBoots(engine.db, HISTORY_BOOTS));
    }
  }

  function own(): void {
    if (!isOwned) {
      isOwned = true;
      events.owned();
    }
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      if (isFull) {
        // The database may have reached its limit, so the space must come from older boots.
        await trimHistory();
      }
      // Boots that change in the meantime wait for the next turn.
      for (let left = queue.size; left > 0; left -= BOOTS_AT_ONCE) {
        await write();
        await trimIfDue();
      }
      await trimIfDue();
      if (isFailing) {
        isFailing = false;
        attempts = 0;
        events.recovered(queue.takeLost());
      }
      if (queue.size === 0) {
        await changeOrTimeout();
      }
      await pause(WRITE_AFTER_MS);
    }
  }

  async function trimIfDue(): Promise<void> {
    if (isTrimDue({ writtenBytes, elapsedMs: performance.now() - trimmedAt })) {
      await trimHistory();
    }
  }

  async function trimHistory(): Promise<void> {
    await trim(engine.db, { now: Date.now(), usedBytes: await engine.usedBytes() });
    writtenBytes = 0;
    trimmedAt = performance.now();
    isFull = false;
  }

  async function write(): Promise<void> {
    const boots = queue.take(BOOTS_AT_ONCE);
    if (boots.length === 0) {
      return;
    }
    try {
      writtenBytes += await writeBoots(engine, boots);
    } catch (error) {
      queue.putBack(boots);
      throw error;
    }
  }

  /** Waits until a boot is queued, a trim is due, or the recorder closes. */
  async function changeOrTimeout(): Promise<void> {
    if (closing.signal.aborted) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TRIM_EVERY_MS);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits for `ms`, or until the recorder closes. */
  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
  }

  const running = run();
  return {
    started: started.promise,
    record(boot) {
      queue.put(boot);
      wake();
    },
    async close() {
      closing.abort();
      wake();
      const lastWrite = async (): Promise<void> => {
        await running;
        while (!isFailing && queue.size > 0) {
          await write();
        }
      };
      const deadline = new AbortController();
      await Promise.race([
        lastWrite().catch((error: unknown) => {
          events.failed(stateFailure(error));
        }),
        delay(LAST_WRITE_MS, undefined, { signal: deadline.signal }).catch(() => undefined),
      ]);
      deadline.abort();
      return await engine.close();
    },
  };
}
