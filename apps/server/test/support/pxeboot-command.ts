import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Entry file of the built command-line program; PXEBOOT_TEST_PROGRAM selects another build. */
export const PXEBOOT =
  process.env['PXEBOOT_TEST_PROGRAM'] ??
  fileURLToPath(new URL('../../dist/main.cjs', import.meta.url));

/** Result of a command. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Program and arguments that run node, as in `['setpriv', '--bounding-set=-all']`. */
  readonly prefix?: readonly string[];
  /** Descriptor for its standard output. @default a pipe */
  readonly stdout?: number;
  /** Encoding of its output. @default 'utf8' */
  readonly encoding?: BufferEncoding;
}

/** Starts a command without the environment's pxeboot settings. */
export function startPxeboot(
  args: readonly string[],
  { env = {}, cwd, prefix = [], stdout }: RunOptions = {},
): ChildProcess {
  const [program = process.execPath, ...rest] = [...prefix, process.execPath, PXEBOOT, ...args];
  return spawn(program, rest, {
    cwd,
    env: { ...withoutSettings(process.env), ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
}

/** Returns the environment without settings of pxeboot. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PXEBOOT_')));
}

/**
 * Kills a process with its children, and waits for its end: an apt-get that it has started would keep
 * writing into a directory that the test removes.
 */
export async function killTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  // While stopped, the process starts no other children, and nobody else gets the ids of children that end.
  child.kill('SIGSTOP');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  for (const id of children.split(' ').filter((word) => word !== '')) {
    process.kill(Number(id), 'SIGKILL');
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Runs a command to its end. */
export async function runPxeboot(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = startPxeboot(args, options);
  const output = { stdout: '', stderr: '' };
  const { encoding } = options;
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString(encoding)));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString(encoding)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
