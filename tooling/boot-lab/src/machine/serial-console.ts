import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { AnsiStripper } from './ansi.js';

const POLL_INTERVAL_MS = 200;
const READ_SIZE = 64 * 1024;

/** Output of the machine's serial port, as plain text. */
export interface SerialConsole {
  /** Text read so far. */
  readonly text: string;
  /** Reads new output, and returns the whole text. */
  readText(): Promise<string>;
  /**
   * Waits until the text after `from` matches.
   *
   * @param from - index into `text`. @default 0
   * @returns the match, with its index in `text`
   * @throws the signal's reason, when it is aborted first
   */
  waitFor(pattern: RegExp, signal: AbortSignal, from?: number): Promise<SerialMatch>;
  close(): Promise<void>;
}

/** Position in the serial text. */
export interface SerialMatch {
  readonly matched: string;
  /** Index of the first character after the match. */
  readonly end: number;
}

/** Follows the file to which QEMU writes the output of the serial port. */
export async function followSerialLog(file: string): Promise<SerialConsole> {
  return new FileSerialConsole(await open(file, 'a+'));
}

class FileSerialConsole implements SerialConsole {
  text = '';
  readonly #file: FileHandle;
  readonly #stripper = new AnsiStripper();
  // A streaming decoder, since the output written so far may end in the middle of a character.
  readonly #decoder = new TextDecoder('utf-8');
  readonly #buffer = new Uint8Array(READ_SIZE);
  #offset = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async waitFor(pattern: RegExp, signal: AbortSignal, from = 0): Promise<SerialMatch> {
    for (;;) {
      await this.#readMore();
      const match = pattern.exec(this.text.slice(from));
      if (match !== null) {
        const [matched] = match;
        return { matched, end: from + match.index + matched.length };
      }
      signal.throwIfAborted();
      await sleep(POLL_INTERVAL_MS);
    }
  }

  async readText(): Promise<string> {
    await this.#readMore();
    return this.text;
  }

  async close(): Promise<void> {
    await this.#readMore();
    await this.#file.close();
  }

  async #readMore(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, READ_SIZE, this.#offset);
      if (bytesRead === 0) {
        return;
      }
      this.#offset += bytesRead;
      const piece = this.#decoder.decode(this.#buffer.subarray(0, bytesRead), { stream: true });
      this.text += this.#stripper.push(piece);
    }
  }
}
