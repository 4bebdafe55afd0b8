import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { type Namespace } from '@pxe/lab-host';

/** Result of the load generator. */
export interface LoadResult {
  readonly seconds: number;
  /** Payload bytes received in order and verified. */
  readonly bytes: number;
  readonly completed: number;
  readonly failed: number;
  readonly unfinished: number;
  /** Number of times that a client received nothing for a second. */
  readonly retries: number;
  /** Number of clients that received a wrong byte. */
  readonly wrong: number;
}

/** Returns the sum of two results. */
export function added(one: LoadResult, other: LoadResult): LoadResult {
  return {
    seconds: one.seconds + other.seconds,
    bytes: one.bytes + other.bytes,
    completed: one.completed + other.completed,
    failed: one.failed + other.failed,
    unfinished: one.unfinished + other.unfinished,
    retries: one.retries + other.retries,
    wrong: one.wrong + other.wrong,
  };
}

/** Parameters of a run. */
export interface LoadPlan {
  readonly file: string;
  readonly copy: string;
  readonly clients: number;
  readonly blksize: number;
  readonly windowsize: number;
  readonly seconds: number;
}

/** Compiles a load generator into a directory: `load` for TFTP, `http-load` for HTTP. */
export function compileLoadGenerator(
  directory: string,
  name: 'load' | 'http-load' = 'load',
): string {
  const program = join(directory, name);
  const source = join(import.meta.dirname, `../load/${name}.c`);
  execFileSync('cc', ['-O2', '-Wall', '-o', program, source], { stdio: 'inherit' });
  return program;
}

/** Runs the load generator in a network, on one processor. */
export async function runLoad(
  program: string,
  network: Namespace,
  processor: number,
  plan: LoadPlan,
): Promise<LoadResult> {
  const { file, copy, clients, blksize, windowsize, seconds } = plan;
  const numbers = [clients, blksize, windowsize, seconds].map(String);
  const args = pinned(processor, [program, '69', file, copy, ...numbers]);
  const { stdout, stderr } = await network.run(...args);
  process.stderr.write(stderr);
  return JSON.parse(stdout) as LoadResult;
}

/**
 * Returns a command that runs a program on one processor, with the maximum number of open files and a
 * high priority; in a separate session, since a scheduler with autogroups weighs sessions, not processes.
 */
export function pinned(
  processor: number,
  command: readonly string[],
): [program: string, args: string[]] {
  const prepare = 'echo -20 >/proc/self/autogroup; ulimit -n $(ulimit -H -n); exec "$@"';
  const session = ['nice', '-n', '-20', 'setsid', '--wait', 'sh', '-c', prepare, 'sh'];
  return ['taskset', ['--cpu-list', String(processor), ...session, ...command]];
}
