import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { LabHostError, type Namespace } from '@pxe/lab-host';

/** A program running in a namespace. It is killed with the namespace at the latest. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Output so far. */
  readonly lines: readonly string[];
  /**
   * Waits for the first line of output that contains a text.
   *
   * @throws `LabHostError` `ERR_LAB_HOST_PROGRAM` when it exits or the time is up before
   */
  lineWith(text: string, timeoutMs: number): Promise<string>;
  /**
   * Resolves with its whole output when it exits.
   *
   * @throws `LabHostError` `ERR_LAB_HOST_PROGRAM` when it failed
   */
  output(): Promise<string>;
  /** Waits for it to exit, with any status. */
  ended(): Promise<void>;
}

/** Starts a program in a namespace. It is killed after `timeoutMs`. */
export async function startProgram(
  namespace: Namespace,
  command: string,
  args: readonly string[],
  timeoutMs = 3_600_000,
): Promise<Program> {
  const child = spawn('ip', ['netns', 'exec', namespace.name, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  const errors: Buffer[] = [];
  let onLine: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine();
  });
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const closed = new Promise<number>((resolve) => {
    child.once('error', () => {
      resolve(-1);
    });
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  // Callers look at the daemon next: let the program start first.
  await delay(50);
  const failure = (code: number): LabHostError =>
    new LabHostError(
      'ERR_LAB_HOST_PROGRAM',
      `${command} ${args.join(' ').slice(0, 200)} ended with ${code}: ${Buffer.concat(errors).toString().slice(-1000)}`,
    );
  return {
    pid: child.pid ?? 0,
    lines,
    async lineWith(text, waitMs) {
      const found = new Promise<string>((resolve) => {
        const look = (): void => {
          const line = lines.find((candidate) => candidate.includes(text));
          if (line !== undefined) {
            resolve(line);
          }
        };
        onLine = look;
        look();
      });
      const passed = delay(waitMs, undefined, { ref: false });
      const line = await Promise.race([found, closed, passed]);
      if (typeof line !== 'string') {
        throw failure(line ?? -1);
      }
      return line;
    },
    async output() {
      const code = await closed;
      if (code !== 0) {
        throw failure(code);
      }
      return lines.join('\n');
    },
    async ended() {
      await closed;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
      }
      await closed;
    },
  };
}
