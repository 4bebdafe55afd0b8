import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import xterm from '@xterm/headless';

/** Time after which a text counts as missing, in milliseconds; long, since the machine may be busy. */
const PATIENCE_MS = 120_000;

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Program in a pseudo-terminal, with a terminal emulator that draws its output. */
export class TerminalSession implements AsyncDisposable {
  /** Everything that the program has written. */
  output = '';
  readonly #script: ChildProcess;
  readonly #screen: xterm.Terminal;
  readonly #ttyFile: string;
  readonly #ended: Promise<unknown>;
  #drawn: Promise<void> = Promise.resolve();

  /**
   * Starts a command of the shell in a terminal.
   *
   * @param directory - empty directory for a file of the session
   */
  constructor(
    command: string,
    directory: string,
    { columns, rows }: TerminalSize,
    env: Readonly<Record<string, string>>,
  ) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#ttyFile = join(directory, 'tty');
    const run = `stty cols ${columns} rows ${rows}; tty > ${this.#ttyFile}; exec ${command}`;
    this.#script = spawn('script', ['-qefc', run, '/dev/null'], {
      env: { PATH: process.env['PATH'], SHELL: '/bin/sh', TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#drawn = new Promise((resolve) => {
        this.#screen.write(text, resolve);
      });
    });
    this.#ended = once(this.#script, 'close');
  }

  /** Lines on the screen, without trailing spaces or trailing empty lines. */
  async lines(): Promise<readonly string[]> {
    await this.#drawn;
    const { active } = this.#screen.buffer;
    const lines = Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  /** Position of the cursor, from 0. */
  get cursor(): { readonly column: number; readonly row: number } {
    const { cursorX, cursorY } = this.#screen.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  /** Waits until the screen shows a text; returns its lines. */
  async shows(text: RegExp): Promise<readonly string[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const lines = await this.lines();
      if (text.test(lines.join('\n'))) {
        return lines;
      }
      if (Date.now() > deadline) {
        throw new Error(`the terminal does not show ${String(text)}:\n${lines.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Types keys; `\x03` is Ctrl-C. */
  type(keys: string): void {
    this.#script.stdin?.write(keys);
  }

  /** Changes the size, as resizing a window does. */
  resize({ columns, rows }: TerminalSize): void {
    this.#screen.resize(columns, rows);
    const tty = readFileSync(this.#ttyFile, 'utf8').trim();
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Waits for the end; returns the exit code. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#script.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#script.exitCode === null && this.#script.signalCode === null) {
      this.#script.kill('SIGTERM');
      await this.#ended;
    }
    this.#screen.dispose();
  }
}
