import { execFileSync } from 'node:child_process';

/** A network namespace of the run's own, with nothing in it but a loopback device. */
export class PrivateNetwork {
  readonly name: string;

  /** @throws Error when namespaces cannot be made, as without root */
  constructor(name: string) {
    this.name = name;
    execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    // Without an address beside loopback's, tftpd-hpa finds that the host has no IPv4 at all.
    execFileSync('ip', ['-n', name, 'address', 'add', '10.255.0.1/32', 'dev', 'lo']);
  }

  /**
   * The command line that runs a program in here, on one processor, with as many open files as may
   * be, and ahead of whatever else the machine does: in a session of its own, since the scheduler
   * weighs sessions and not processes.
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
