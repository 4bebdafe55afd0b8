import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { aptFlags } from './apt-flags.js';
import { killTree, type RunOptions, startPxeboot } from './pxeboot-command.js';

/** Time after which a line of the log counts as missing, in milliseconds; long, since the machine may be busy. */
const PATIENCE_MS = 120_000;

/** Line of the daemon's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

/** `pxeboot serve` on loopback, with free ports. */
export class RunningDaemon implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  /** Standard error so far. */
  stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
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
      '--syslog-listen',
      '127.0.0.1:0',
    ];
    const source = args.includes('--source-kind') ? [] : aptFlags();
    const settings = ['--log-format', 'json', ...ports, ...source, ...args];
    const child = startPxeboot(['serve', ...settings], options);
    const daemon = new RunningDaemon(child);
    child.stderr?.on('data', (chunk: Buffer) => (daemon.stderr += chunk.toString()));
    if (child.stdout === null) {
      throw new Error('the daemon has no standard output');
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      daemon.log.push(JSON.parse(line) as LogLine);
    });
    await daemon.logged('serve.ready');
    return daemon;
  }

  /** Waits for a log line of an event. */
  async logged(event: string): Promise<LogLine> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const line = this.log.find((candidate) => candidate.event === event);
      if (line !== undefined) {
        return line;
      }
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`no ${event} in the log; exit ${this.#child.exitCode}; ${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Port of a plane. */
  port(plane: 'tftp' | 'http' | 'admin' | 'syslog'): number {
    const ready = this.log.find(({ event }) => event === 'serve.ready');
    const [address = ''] = (ready?.[plane] ?? []) as string[];
    return Number(address.slice(address.lastIndexOf(':') + 1));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code once the process has ended and its log is read. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killTree(this.#child);
  }
}
