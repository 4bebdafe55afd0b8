import { constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';

import sonicBoom from 'sonic-boom';

const { SonicBoom } = sonicBoom;

/** How much a line matters, which decides how long it finds room in a buffer that fills. */
export type LineRank = 'detail' | 'info' | 'warning' | 'kept';

/**
 * Share of the buffer that lines of a rank may fill. While the log cannot be written, the newest
 * lines of the lowest rank are dropped first, and the last quarter is for errors and boots.
 */
const SHARES: Readonly<Record<LineRank, number>> = {
  detail: 0.25,
  info: 0.5,
  warning: 0.75,
  kept: 1,
};

const CAPACITY_BYTES = 1024 * 1024;
/** How soon a disk that was full, or a device that failed, is tried again. */
const RETRY_AFTER_MS = 1000;

export interface LogDestinationOptions {
  /** @default 1, standard output */
  readonly fd?: number;
  /** Bytes that wait while the log cannot be written. @default 1_048_576 (1 MiB) */
  readonly capacityBytes?: number;
  /** Called once lines are written again, with the number of those that were dropped. */
  readonly onDropped: (lines: number) => void;
}

/**
 * Takes log lines and never fails, blocks or grows: a full disk, a reader that stops or one that
 * leaves costs lines, and those are counted.
 */
export interface LogDestination {
  write(line: string, rank: LineRank): void;
  /** Writes what still can be written within this time, then gives up. */
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
  // There is no other place to report it. What waits goes out with the next attempt.
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
 * A descriptor whose writes fail with EAGAIN where they would wait for a reader. Node makes pipes
 * and sockets so when it opens `process.stdout`; a terminal, which Ctrl-S stops, stays blocking
 * there, so it is opened once more.
 */
function nonBlocking(fd: number): number {
  if (!isatty(fd)) {
    return fd;
  }
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/dev/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // It belongs to another user: writes may wait, in a thread of their own.
    return fd;
  }
}
