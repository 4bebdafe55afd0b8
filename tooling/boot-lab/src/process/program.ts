import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

import { LabError } from '../errors.js';

/** Output of a program that a line was written to. */
export type OutputStream = 'stdout' | 'stderr';

/** A program that runs as long as a boot does. */
export interface ProgramOptions {
  /** Name in reports. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File for both outputs, in order of arrival. */
  readonly logFile: string;
  /** @default the lab's own environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each complete line of output. */
  readonly onLine?: (line: string, stream: OutputStream) => void;
}

/** A started program. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the program has ended and its output is on disk; never rejects. */
  readonly exited: Promise<ProgramExit>;
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
  /** `exit code 1`, `signal SIGKILL` */
  readonly how: string;
  readonly code: number | null;
  /** True if it ended because of `stop`. */
  readonly stopped: boolean;
}

/**
 * Starts a program in its own process group, so that Ctrl-C in the terminal only reaches the lab,
 * which then stops its programs in order.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` when it cannot be started
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, command, args, logFile, env, onLine } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: env ?? process.env,
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new LabError('ERR_LAB_PROGRAM', `${name} (${command}) does not start`, { cause });
  }
  const { pid } = child;
  if (pid === undefined) {
    throw new LabError('ERR_LAB_PROGRAM', `${name} has no process id`);
  }

  let stopped = false;
  const exited = recordOutput(child, logFile, onLine).then(([code, signal]) => ({
    how: code === null ? `signal ${signal ?? 'unknown'}` : `exit code ${code}`,
    code,
    stopped,
  }));
  return {
    name,
    pid,
    logFile,
    exited,
    async stop(signal = 'SIGTERM', graceMs = 5_000) {
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
    },
  };
}

async function recordOutput(
  child: ChildProcess,
  logFile: string,
  onLine: ProgramOptions['onLine'],
): Promise<[number | null, NodeJS.Signals | null]> {
  const log = createWriteStream(logFile, { flags: 'a' });
  const streams = [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
  ] as const;
  for (const [stream, input] of streams) {
    if (input === null) {
      continue;
    }
    createInterface({ input }).on('line', (line) => {
      log.write(`${line}\n`);
      onLine?.(line, stream);
    });
  }
  const ended = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (code, signal) => {
      resolve([code, signal]);
    });
  });
  log.end();
  await finished(log);
  return ended;
}
