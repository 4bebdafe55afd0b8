import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

import { LabError } from './errors.js';
import { Journal } from './journal.js';

/** Output of a program that a line was written to. */
export type OutputStream = 'stdout' | 'stderr';

/** Options for starting a program. */
export interface ProgramOptions {
  /** Name in reports. @default the name of the command */
  readonly name?: string;
  /** File for both outputs, in order of arrival. @default none */
  readonly logFile?: string;
  /** @default the lab's own environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each complete line of output. */
  readonly onLine?: (line: string, stream: OutputStream) => void;
  /**
   * Process group: its own, so that Ctrl-C in the terminal only reaches the lab, which then stops its
   * programs in order; or the lab's. @default 'own'
   */
  readonly group?: 'own' | 'lab';
  /** Time limit in milliseconds, after which the program is killed. @default no limit */
  readonly timeoutMs?: number;
}

/** A started program. Disposing of it kills it. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Lines of both outputs, in order of arrival. */
  readonly lines: Journal<string>;
  /** Lines of standard output. */
  readonly stdout: Journal<string>;
  /** Settles when the program has ended and its output is complete; never rejects. */
  readonly exited: Promise<ProgramExit>;
  /**
   * Waits for the first line of either output that matches, now or later.
   *
   * @param limit - time limit in milliseconds, or a signal that ends the wait
   * @throws {@link LabError} with the end of its output: `ERR_LAB_PROGRAM` when it ends first,
   *   `ERR_LAB_DEADLINE` when the time is up
   * @throws the signal's reason when that is aborted first
   */
  line(pattern: RegExp, limit: number | AbortSignal): Promise<string>;
  /**
   * Waits for the program to end.
   *
   * @returns its standard output
   * @throws {@link LabError} `ERR_LAB_PROGRAM` with the end of its output when it failed
   */
  output(): Promise<string>;
  /**
   * Asks the program to end, waits, and kills it if it does not.
   *
   * @param signal - first signal to send. @default 'SIGTERM'
   * @param graceMs - time to wait before SIGKILL, in milliseconds. @default 5000
   */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ProgramExit>;
}

/** Exit status of a program. */
export interface ProgramExit {
  /** Description, such as `exit code 1` or `signal SIGKILL`. */
  readonly how: string;
  readonly code: number | null;
  /** True if the program ended because of `stop`. */
  readonly stopped: boolean;
}

/** Length of the end of the output in error messages, in characters. */
const LAST_WORDS = 2000;

/**
 * Starts a program.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` when it cannot be started
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const { name = basename(command), logFile, env, onLine, group = 'own', timeoutMs } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: group === 'own',
    env: env ?? process.env,
    ...(timeoutMs !== undefined && { timeout: timeoutMs, killSignal: 'SIGKILL' }),
  });
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...status) => {
      resolve(status);
    });
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new LabError('ERR_LAB_PROGRAM', `${name} (${command}) does not start`, { cause });
  }
  const lines = new Journal<string>();
  const stdout = new Journal<string>();
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (line) => {
      log?.write(`${line}\n`);
      if (stream === 'stdout') {
        stdout.append(line);
      }
      lines.append(line);
      onLine?.(line, stream);
    });
  }

  let stopped = false;
  const exited = closed.then(async ([code, signal]) => {
    if (log !== undefined) {
      log.end();
      await finished(log);
    }
    return {
      how: code === null ? `signal ${signal ?? 'unknown'}` : `exit code ${code}`,
      code,
      stopped,
    };
  });
  const failure = (code: 'ERR_LAB_PROGRAM' | 'ERR_LAB_DEADLINE', what: string): LabError => {
    const lastWords = lines.entries.join('\n').slice(-LAST_WORDS);
    return new LabError(code, `${name} ${what}:\n${lastWords}`);
  };
  const stop: Program['stop'] = async (signal = 'SIGTERM', graceMs = 5_000) => {
    stopped = true;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
    }
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    try {
      return await exited;
    } finally {
      clearTimeout(killer);
    }
  };
  return {
    name,
    pid: child.pid ?? 0,
    lines,
    stdout,
    exited,
    stop,
    async line(pattern, limit) {
      const end = new AbortController();
      void exited.then(({ how }) => {
        end.abort(failure('ERR_LAB_PROGRAM', `ended (${how}) without a line like ${pattern}`));
      });
      const timer =
        typeof limit === 'number'
          ? setTimeout(() => {
              const what = `has no line like ${pattern} after ${limit} ms`;
              end.abort(failure('ERR_LAB_DEADLINE', what));
            }, limit)
          : undefined;
      const signals = [end.signal, ...(typeof limit === 'number' ? [] : [limit])];
      try {
        const matches = (line: string): boolean => pattern.test(line);
        return (await lines.next(0, matches, AbortSignal.any(signals))).value;
      } finally {
        clearTimeout(timer);
      }
    },
    async output() {
      const { code, how } = await exited;
      if (code !== 0) {
        throw failure('ERR_LAB_PROGRAM', `${args.join(' ').slice(0, 200)} ended (${how})`);
      }
      return stdout.entries.join('\n');
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}
