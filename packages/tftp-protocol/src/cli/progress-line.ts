import { performance } from 'node:perf_hooks';

import { type TftpProgress } from '../node/index.js';

/** Minimum interval between two updates, in milliseconds. */
const INTERVAL_MS = 100;

/**
 * Shows the progress of a transfer on one line of a terminal, and nothing if the stream is not a terminal.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  #drawnAt = -Infinity;
  #isDrawn = false;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.#stream = stream;
  }

  /** Updates the line, unless the last update was less than {@link INTERVAL_MS} ago. */
  draw(name: string, { bytes, size }: TftpProgress): void {
    const now = performance.now();
    if (this.#stream.isTTY !== true || now - this.#drawnAt < INTERVAL_MS) {
      return;
    }
    this.#drawnAt = now;
    this.#isDrawn = true;
    const share = size === undefined || size === 0 ? '' : ` (${Math.floor((100 * bytes) / size)}%)`;
    const whole = size === undefined ? '' : ` of ${grouped(size)}`;
    this.#stream.write(`\r\x1b[K${name}: ${grouped(bytes)}${whole} bytes${share}`);
  }

  /** Clears the line before other output. */
  clear(): void {
    if (this.#isDrawn) {
      this.#isDrawn = false;
      this.#stream.write('\r\x1b[K');
    }
  }
}

/** Formats a number with thousands separators. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
