import { constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';

import sonicBoom from 'sonic-boom';

const { SonicBoom } = sonicBoom;

/** Importance of a line, which decides how full the buffer may be before the line is dropped. */
export type LineRank = 'detail' | 'info' | 'warning' | 'kept';

/**
 * Share of the buffer that lines of a rank may fill. While the log cannot be written, new lines of the
 * lowest rank are dropped first; the last quarter is reserved for errors and finished TFTP transfers.
 */
const SHARES: Readonly<Record<LineRank, number>> = {
  detail: 0.25,
  info: 0.5,
  warning: 0.75,
  kept: 1,
};

const CAPACITY_BYTES = 1024 * 1024;
/** Delay before writing to a full disk or a failed device is retried, in milliseconds. */
const RETRY_AFTER_MS = 1000;

export interface LogDestinationOptions {
  /** Descriptor to write to. @default 1, standard output */
  readonly fd?: number;
  /** Maximum number of bytes buffered while the log cannot be written. @default 1_048_576 (1 MiB) */
  readonly capacityBytes?: number;
  /** Called when writing resumes, with the number of dropped lines. */
  readonly onDropped: (lines: number) => void;
}

/**
 * Log destination that never throws or blocks, and uses limited memory. If the disk is full, or the reader
 * stops or disconnects, lines are dropped and counted.
 */
export interface LogDestination {
  write(line: string, rank: LineRank): void;
  /** True while nothing is waiting to be written. */
  readonly isIdle: boolean;
  /** Flushes for at most `timeoutMs`, or until a write fails, then gives up. */
  close(timeoutMs: number): Promise<void>;
}

export function createLogDestination(options: LogDestinationOptions): LogDestination {
  const { capacityBytes = CAPACITY_BYTES, onDropped } = options;
  const output = new SonicBoom({ fd: nonBlocking(options.fd ?? process.stdout.fd), sync: false });
  let pendingBytes = 0;
  let dropped = 0;
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;
  let onIdle = (): void => undefined;

  output.on('write', (bytes: number) => {
    pendingBytes = Math.max(0, pendingBytes - bytes);
    if (dropped === 0 || pendingBytes > capacityBytes / 2) {
      return;
    }
    const lines = dropped;
    dropped = 0;
    onDropped(lines);
  });
  output.on('drain', () => {
    pendingBytes = 0;
    onIdle();
  });
  // There is nowhere else to report it. Buffered lines are written with the next attempt.
  output.on('error', () => {
    onIdle();
    retry ??= setTimeout(() => {
      retry = undefined;
      if (!isClosed) {
        output.flush();
      }
    }, RETRY_AFTER_MS).unref();
  });

  return {
    write(line, rank) {
      const bytes = Buffer.byteLength(line);
      if (isClosed || pendingBytes + bytes > capacityBytes * SHARES[rank]) {
        dropped++;
        return;
      }
      pendingBytes += bytes;
      output.write(line);
    },
    get isIdle() {
      return pendingBytes === 0;
    },
    async close(timeoutMs) {
      if (pendingBytes > 0) {
        await new Promise<void>((resolve) => {
          const deadline = setTimeout(resolve, timeoutMs);
          onIdle = () => {
            clearTimeout(deadline);
            resolve();
          };
        });
      }
      isClosed = true;
      clearTimeout(retry);
      output.destroy();
    },
  };
}

/**
 * Returns a descriptor whose writes fail with EAGAIN instead of waiting for a reader. Node does
 * this for pipes and sockets when it opens `process.stdout`, but a terminal (stopped by Ctrl-S)
 * stays blocking, so it is opened a second time.
 */
function nonBlocking(fd: number): number {
  if (!isatty(fd)) {
    return fd;
  }
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/dev/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // The terminal belongs to another user: writes may block, but only in their own thread.
    return fd;
  }
}
