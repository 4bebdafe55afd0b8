import { performance } from 'node:perf_hooks';

import { type TftpProgress } from '../node/index.js';

/** Milliseconds between two states of the line. */
const INTERVAL_MS = 100;

/** The last line of a terminal, which says how far a transfer has come; nothing elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  #drawnAt = -Infinity;
  #isDrawn = false;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.#stream = stream;
  }

  /** Draws the line anew, unless that was done a moment ago. */
  draw(name: string, { bytes, size }: TftpProgress): void {
    const now = performance.now();
    if (this.#stream.isTTY !== true || now - this.#drawnAt < INTERVAL_MS) {
      return;
    }
    this.#drawnAt = now;
    this.#isDrawn = true;
    const share =
      size === undefined || size === 0 ? '' : ` (${Math.floor((100 * bytes) / size)} %)`;
    const whole = size === undefined ? '' : ` of ${grouped(size)}`;
    this.#stream.write(`\r\x1b[K${name}: ${grouped(bytes)}${whole} bytes${share}`);
  }

  /** Takes the line away, so that something else can be written. */
  clear(): void {
    if (this.#isDrawn) {
      this.#isDrawn = false;
      this.#stream.write('\r\x1b[K');
    }
  }
}

/** A number with its thousands set apart. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
