import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const PXEBOOT = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** One line of the daemon's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

/** How a command ended. */
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
}

/** Starts a command, which the settings of whoever runs the tests do not reach. */
export function startPxeboot(
  args: readonly string[],
  { env = {}, cwd, prefix = [] }: RunOptions = {},
): ChildProcess {
  const [program = process.execPath, ...rest] = [...prefix, process.execPath, PXEBOOT, ...args];
  return spawn(program, rest, {
    cwd,
    env: { ...withoutSettings(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PXEBOOT_')));
}

/** Runs a command to its end. */
export async function runPxeboot(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = startPxeboot(args, options);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** `pxeboot serve` on loopback, with ports of its own choice. */
export class RunningDaemon implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  #stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts the daemon and waits until it serves. */
  static async start(args: readonly string[], options: RunOptions = {}): Promise<RunningDaemon> {
    const ports = [
      '--tftp-listen',
      '127.0.0.1:0',
      '--http-listen',
      '127.0.0.1:0',
      '--admin-listen',
      '127.0.0.1:0',
      '--source-kind',
      'apt',
    ];
    const child = startPxeboot(['serve', '--log-format', 'json', ...ports, ...args], options);
    const daemon = new RunningDaemon(child);
    child.stderr?.on('data', (chunk: Buffer) => (daemon.#stderr += chunk.toString()));
    if (child.stdout === null) throw new Error('the daemon has no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      daemon.log.push(JSON.parse(line) as LogLine);
    });
    await daemon.logged('serve.ready');
    return daemon;
  }

  /** Waits for a log line of an event. */
  async logged(event: string, timeoutMs = 20_000): Promise<LogLine> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const line = this.log.find((candidate) => candidate.event === event);
      if (line !== undefined) return line;
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`no ${event} in the log; exit ${this.#child.exitCode}; ${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The port that a plane listens on. */
  port(plane: 'tftp' | 'http' | 'admin'): number {
    const ready = this.log.find(({ event }) => event === 'serve.ready');
    const [address = ''] = (ready?.[plane] ?? []) as string[];
    return Number(address.slice(address.lastIndexOf(':') + 1));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code once the process has ended. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
