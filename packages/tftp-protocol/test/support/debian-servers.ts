import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A TFTP server of Debian. */
export interface DebianServer {
  readonly name: string;
  readonly program: string;
  /** Serves a directory on port 69 of loopback, in the foreground. */
  args(directory: string): string[];
  /** Whether it takes files. */
  readonly isWritable: boolean;
  /** Whether it knows RFC 7440. */
  readonly hasWindows: boolean;
  /** Whether it knows netascii in full: dnsmasq leaves CR as it is. */
  readonly hasNetascii: boolean;
}

/**
 * TFTP servers out of Debian's packages, unpacked beside the repository: installing them starts
 * daemons, and two of them conflict.
 */
export function debianServers(): DebianServer[] {
  const root = unpacked(['tftpd-hpa', 'atftpd', 'dnsmasq-base']);
  return [
    {
      name: 'tftpd-hpa',
      program: join(root, 'usr/sbin/in.tftpd'),
      args: (directory) => [
        ...['-L', '--create', '--permissive', '--umask', '000'],
        ...['--address', '127.0.0.1:69', '--user', 'root', '--secure', directory],
      ],
      isWritable: true,
      hasWindows: false,
      hasNetascii: true,
    },
    {
      name: 'atftpd',
      program: join(root, 'usr/sbin/atftpd'),
      args: (directory) => [
        ...['--daemon', '--no-fork', '--port', '69', '--bind-address', '127.0.0.1'],
        ...['--user', 'root.root', '--logfile', '/dev/null', directory],
      ],
      isWritable: true,
      hasWindows: true,
      hasNetascii: true,
    },
    {
      name: 'dnsmasq',
      program: join(root, 'usr/sbin/dnsmasq'),
      args: (directory) => [
        ...['--keep-in-foreground', '--port=0', '--conf-file=/dev/null', '--pid-file'],
        ...['--interface=lo', '--bind-interfaces', '--enable-tftp', '--user=root'],
        ...['--log-facility=/dev/null', `--tftp-root=${directory}`],
      ],
      isWritable: false,
      hasWindows: false,
      hasNetascii: false,
    },
  ];
}

function unpacked(packages: readonly string[]): string {
  const root = join(tmpdir(), 'tftp-protocol-debian-servers');
  if (!existsSync(root)) {
    const work = `${root}.${process.pid}`;
    mkdirSync(join(work, 'root'), { recursive: true });
    execFileSync('apt-get', ['download', ...packages], { cwd: work, stdio: 'ignore' });
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(work, file), join(work, 'root')]);
    }
    try {
      renameSync(join(work, 'root'), root);
    } catch (error) {
      // Another run was faster.
      if (!existsSync(root)) {
        throw error;
      }
    }
    rmSync(work, { recursive: true });
  }
  return root;
}
