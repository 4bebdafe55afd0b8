import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { type ProgramResult, runProgram } from './programs.js';

/** A network namespace of a test's own: loopback, and nothing else. */
export class PrivateNetwork implements AsyncDisposable {
  static #count = 0;
  readonly #name: string;
  readonly #running: (() => Promise<void>)[] = [];

  constructor() {
    PrivateNetwork.#count += 1;
    this.#name = `tftp-${process.pid}-${PrivateNetwork.#count}`;
    execFileSync('ip', ['netns', 'add', this.#name]);
    execFileSync('ip', ['-n', this.#name, 'link', 'set', 'lo', 'up']);
    // Without an address beside loopback's, tftpd-hpa finds that the host has no IPv4 at all.
    execFileSync('ip', ['-n', this.#name, 'address', 'add', '10.255.0.1/32', 'dev', 'lo']);
  }

  /** Loses a share of all UDP datagrams, at random. */
  lose(percent: number): void {
    const rules = `
      table inet loss {
        chain input {
          type filter hook input priority 0; policy accept;
          meta l4proto udp numgen random mod 100 < ${percent} drop
        }
      }`;
    execFileSync('ip', this.#inside(['nft', '-f', '-']), { input: rules });
  }

  /** Runs a program in here to its end. */
  run(...command: readonly [program: string, ...args: string[]]): Promise<ProgramResult> {
    return runProgram('ip', this.#inside(command));
  }

  /** Starts a program in here that runs until the end of the test, and waits for its port. */
  async start(program: string, args: readonly string[], port: number): Promise<void> {
    const child = spawn('ip', this.#inside([program, ...args]), {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const errors: string[] = [];
    child.stderr.on('data', (bytes: Buffer) => errors.push(bytes.toString()));
    const exited = once(child, 'exit');
    this.#running.push(async () => {
      // Its whole process group: some servers have a process for each transfer.
      if (child.exitCode === null && child.pid !== undefined) {
        process.kill(-child.pid, 'SIGKILL');
        await exited;
      }
    });
    for (let tries = 0; tries < 600; tries += 1) {
      const { stdout } = await this.run('ss', '-H', '-l', '-u', '-n', `sport = :${port}`);
      if (stdout !== '') {
        return;
      }
      if (child.exitCode !== null) {
        break;
      }
      await sleep(100);
    }
    throw new Error(`${program} does not listen on port ${port}: ${errors.join('')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((stop) => stop()));
    execFileSync('ip', ['netns', 'delete', this.#name]);
  }

  #inside(command: readonly string[]): string[] {
    return ['netns', 'exec', this.#name, ...command];
  }
}
