import { execFileSync } from 'node:child_process';

/** Private network namespace with only a loopback device. */
export class PrivateNetwork {
  readonly name: string;

  /** @throws Error when the namespace cannot be created, for example without root */
  constructor(name: string) {
    this.name = name;
    execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    // Without an address other than loopback's, tftpd-hpa assumes that the host has no IPv4.
    execFileSync('ip', ['-n', name, 'address', 'add', '10.255.0.1/32', 'dev', 'lo']);
  }

  /**
   * Returns a command that runs a program in the namespace on one processor, with the maximum number of
   * open files and a high priority; in a separate session, since the scheduler weighs sessions, not
   * processes.
   */
  inside(processor: number, command: readonly string[]): [program: string, ...args: string[]] {
    const prepare = 'echo -20 >/proc/self/autogroup; ulimit -n $(ulimit -H -n); exec "$@"';
    return [
      'ip',
      ...['netns', 'exec', this.name],
      ...['taskset', '--cpu-list', String(processor)],
      ...['setsid', '--wait', 'sh', '-c', prepare, 'sh'],
      ...command,
    ];
  }

  /** Removes the namespace. */
  remove(): void {
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}
