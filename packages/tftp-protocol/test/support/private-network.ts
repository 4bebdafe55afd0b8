import { execFileSync } from 'node:child_process';

import { type ProgramResult, runProgram } from './programs.js';
import { RunningProgram } from './running-program.js';

/** Network namespace for a test, with only loopback. */
export class PrivateNetwork implements AsyncDisposable {
  static #count = 0;
  readonly #name: string;
  readonly #running: RunningProgram[] = [];

  constructor() {
    PrivateNetwork.#count += 1;
    this.#name = `tftp-${process.pid}-${PrivateNetwork.#count}`;
    execFileSync('ip', ['netns', 'add', this.#name]);
    this.ip('link', 'set', 'lo', 'up');
    // Unless there is an address besides loopback's, tftpd-hpa assumes that the host has no IPv4 at all.
    this.ip('address', 'add', '10.255.0.1/32', 'dev', 'lo');
  }

  /** Changes the links and addresses of this network. */
  ip(...args: readonly string[]): void {
    execFileSync('ip', ['-n', this.#name, ...args]);
  }

  /** Connects this network to another one; both addresses carry a prefix length. */
  connect(address: string, other: PrivateNetwork, otherAddress: string): void {
    const [name, otherName] = [`to${other.#name.slice(-10)}`, `to${this.#name.slice(-10)}`];
    const peer = ['peer', 'name', otherName, 'netns', other.#name];
    this.ip('link', 'add', name, 'type', 'veth', ...peer);
    this.ip('address', 'add', address, 'dev', name);
    this.ip('link', 'set', name, 'up');
    other.ip('address', 'add', otherAddress, 'dev', otherName);
    other.ip('link', 'set', otherName, 'up');
  }

  /** Adds nftables tables. */
  filter(tables: string): void {
    execFileSync('ip', this.#inside(['nft', '-f', '-']), { input: tables });
  }

  /** Drops a percentage of all received UDP datagrams, at random. */
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

  /** Runs a program in this network to its end. */
  run(...command: readonly [program: string, ...args: string[]]): Promise<ProgramResult> {
    return runProgram('ip', this.#inside(command));
  }

  /** Starts a program in this network that runs until the end of the test. */
  launch(...command: readonly [program: string, ...args: string[]]): RunningProgram {
    const program = new RunningProgram('ip', this.#inside(command));
    this.#running.push(program);
    return program;
  }

  /** Starts a program in this network that runs until the end of the test, and waits for its port. */
  async start(program: string, args: readonly string[], port: number): Promise<void> {
    const started = this.launch(program, ...args);
    await started.until(async () => {
      const { stdout } = await this.run('ss', '-H', '-l', '-u', '-n', `sport = :${port}`);
      return stdout !== '';
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((program) => program[Symbol.asyncDispose]()));
    execFileSync('ip', ['netns', 'delete', this.#name]);
  }

  #inside(command: readonly string[]): string[] {
    return ['netns', 'exec', this.#name, ...command];
  }
}
