import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Program that runs until the end of a test. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];

  constructor(command: string, args: readonly string[], cwd?: string) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd });
    this.#child = child;
    this.#exited = once(child, 'exit');
    createInterface(child.stdout).on('line', (line) => this.#lines.push(line));
    child.stderr.on('data', (bytes: Buffer) => this.#errors.push(bytes.toString()));
  }

  /** Process id; undefined if the program could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lines on its standard output so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Waits until a condition holds.
   *
   * @throws Error with the program's standard error output if the program ends first
   */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      if (this.#child.exitCode !== null) {
        throw new Error(`${this.#child.spawnfile} has ended: ${this.#errors.join('')}`);
      }
      await sleep(50);
    }
  }

  /**
   * Terminates the program with SIGTERM.
   *
   * @returns the exit code; null if the program did not handle the signal
   */
  async terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#exited;
    return this.#child.exitCode;
  }

  /** Kills the program with its whole process group: some servers have a process for each transfer. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      process.kill(-pid, 'SIGKILL');
      await this.#exited;
    }
  }
}
