import { type ChildProcess, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { freeTcpPort, freeUdpPorts } from '@pxe/test-host';

import { type RunOptions, startPxeboot } from './pxeboot-command.js';
import { TEST_STORE } from './test-store.js';

const run = promisify(execFile);

/** Time limit for an answer about readiness, in milliseconds; long, since the host may be busy. */
const READY_TIMEOUT_MS = 10_000;

/** `pxeboot serve` on loopback with preselected ports, so that nobody has to read its log. */
export class UnreadDaemon implements AsyncDisposable {
  readonly http: number;
  readonly tftp: number;
  readonly admin: number;
  stderr = '';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: Record<'http' | 'tftp' | 'admin', number>) {
    this.#child = child;
    this.http = ports.http;
    this.tftp = ports.tftp;
    this.admin = ports.admin;
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    child.stdout?.resume();
  }

  /** Starts the daemon on the tests' store, without a source of images, and waits until it is ready. */
  static async start(
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<UnreadDaemon> {
    const ports = {
      http: await freeTcpPort(),
      tftp: await freeUdpPorts(),
      admin: await freeTcpPort(),
    };
    const child = startPxeboot(
      [
        ...['serve', '--data-dir', TEST_STORE, '--log-format', 'json', '--drain-timeout', '1s'],
        ...['--source-kind', 'directory', '--source-path', '/nonexistent'],
        ...['--tftp-listen', `127.0.0.1:${ports.tftp}`, '--http-listen', `127.0.0.1:${ports.http}`],
        ...['--admin-listen', `127.0.0.1:${ports.admin}`, ...args],
      ],
      options,
    );
    const daemon = new UnreadDaemon(child, ports);
    while (!(await daemon.isReady())) {
      if (daemon.hasEnded) {
        throw new Error(`the daemon has ended: ${daemon.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return daemon;
  }

  /** Process id of the started program, which is the daemon's if a prefix uses `exec`. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async isReady(): Promise<boolean> {
    try {
      // Until the daemon listens, the port may belong to a program that never answers.
      const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
      const answer = await fetch(`http://127.0.0.1:${this.admin}/readyz`, { signal });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  /** Loads a boot loader over HTTP and, with curl, over TFTP; returns true if both copies have its hash. */
  async boots(): Promise<boolean> {
    const path = 'lpxelinux.0';
    const answer = await fetch(`http://127.0.0.1:${this.http}/${path}`);
    const hash = answer.headers.get('etag')?.slice(1, -1);
    const byHttp = Buffer.from(await answer.arrayBuffer());
    const { stdout: byTftp } = await run(
      'curl',
      ['-sS', '--max-time', '240', `tftp://127.0.0.1:${this.tftp}/${path}`],
      { encoding: 'buffer', maxBuffer: 1024 * 1024 },
    );
    return sha256(byHttp) === hash && sha256(byTftp) === hash;
  }

  /** Resident memory in bytes. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code, or with the signal that ended the process. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    if (!this.hasEnded) {
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) {
      return;
    }
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
