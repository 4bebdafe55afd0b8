import { FairTurns } from './fair-turns.js';
import { type SocketMemoryReader } from './system-resources.js';

/** Maximum size of a piece for one connection while kernel memory is watched, in bytes. */
export const WATCHED_PIECE_BYTES = 64 * 1024;
/**
 * Kernel memory that such a piece may take, in bytes: socket buffers are larger than the data in them.
 */
const PIECE_COST_BYTES = 2 * WATCHED_PIECE_BYTES;
/** Minimum interval between two readings of the kernel memory in use, in milliseconds. */
const READ_INTERVAL_MS = 20;
/** Time after which pieces that wait for memory try again, in milliseconds. */
const RETRY_INTERVAL_MS = 50;
/** Time after which connections are closed if most pieces keep waiting, in milliseconds. */
const SHORT_FOR_MS = 500;
/** Fraction of the budget that stays in use when connections are closed. */
const RELIEVED_FRACTION = 1 / 2;

export interface KernelMemoryOptions {
  /** Budget in bytes. */
  readonly maxBytes: number;
  /** Returns the number of bytes of kernel memory that the sockets of this process use. */
  readonly read: SocketMemoryReader;
  /** Called when this fraction of the connections must be closed to free memory, from 0 to 1. */
  readonly relieve: (fraction: number) => void;
  /** Called once if the memory can no longer be read; it is not limited from then on. */
  readonly onError: (error: unknown) => void;
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
}

/**
 * Keeps the kernel memory of unread responses to slow clients below a budget. Linux counts socket buffers
 * towards the memory limit of a container, and a client that reads for a while and then stops makes its
 * buffer grow to 4 MiB, so a few hundred of them exceed the limit and the process is killed.
 *
 * JavaScript code cannot limit the buffer of a connection, but it can stop writing: each piece of a response
 * waits while the budget is used up, and sources take turns. When most pieces have waited for half a second,
 * clients are not reading the data that fills the budget, and connections are closed.
 */
export class KernelMemory {
  readonly #options: KernelMemoryOptions;
  readonly #now: () => number;
  readonly #queue = new FairTurns(0);
  /** Bytes in use: the most recent reading, plus the cost of the pieces admitted since. */
  #used = 0;
  #readAt = -Infinity;
  #isUnreadable = false;
  #waiting = 0;
  #shortSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KernelMemoryOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Resolves when one piece of at most {@link WATCHED_PIECE_BYTES} may be written; returns undefined if it
   * may be written immediately.
   *
   * @param address - plain address of the client
   */
  take(address: string): Promise<void> | undefined {
    if (this.#waiting === 0 && this.#hasRoom()) {
      this.#used += PIECE_COST_BYTES;
      return undefined;
    }
    this.#waiting++;
    this.#timer ??= setTimeout(() => {
      this.#retry();
    }, RETRY_INTERVAL_MS);
    return this.#queue.take(address);
  }

  /** Number of pieces that wait for memory. */
  get waiting(): number {
    return this.#waiting;
  }

  #hasRoom(): boolean {
    if (this.#isUnreadable) {
      return true;
    }
    const { maxBytes } = this.#options;
    if (this.#used + PIECE_COST_BYTES > maxBytes) {
      const now = this.#now();
      if (now - this.#readAt >= READ_INTERVAL_MS) {
        this.#used = this.#read();
        this.#readAt = now;
      }
    }
    return this.#used + PIECE_COST_BYTES <= maxBytes;
  }

  #read(): number {
    try {
      return this.#options.read();
    } catch (error) {
      this.#isUnreadable = true;
      this.#options.onError(error);
      return 0;
    }
  }

  #retry(): void {
    const before = this.#waiting;
    while (this.#waiting > 0 && this.#hasRoom()) {
      this.#waiting--;
      this.#used += PIECE_COST_BYTES;
      this.#queue.give();
    }
    if (this.#waiting <= before / 2) {
      this.#shortSince = undefined;
    } else {
      this.#relieve();
    }
    if (this.#waiting > 0) {
      this.#timer?.refresh();
    } else {
      this.#timer = undefined;
    }
  }

  #relieve(): void {
    const now = this.#now();
    this.#shortSince ??= now;
    if (now - this.#shortSince >= SHORT_FOR_MS) {
      const { maxBytes, relieve } = this.#options;
      const excess = this.#used - maxBytes * RELIEVED_FRACTION;
      relieve(Math.max(0, excess) / this.#used);
    }
  }
}
