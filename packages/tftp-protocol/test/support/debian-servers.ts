import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** TFTP server packaged by Debian. */
export interface DebianServer {
  readonly name: string;
  /** Path of its program in its package. */
  readonly program: string;
  /** Returns the arguments to serve a directory on port 69 of a loopback address, in the foreground. */
  readonly args: (directory: string, address?: '127.0.0.1' | '::1') => string[];
  /** True if it accepts uploads. */
  readonly isWritable: boolean;
  /** True if it listens on `::1`. */
  readonly hasIpv6: boolean;
  /** True if it supports RFC 7440. */
  readonly hasWindows: boolean;
  /** True if it supports netascii in full: dnsmasq leaves CR unchanged. */
  readonly hasNetascii: boolean;
}

/** TFTP servers packaged by Debian. */
export const DEBIAN_SERVERS: readonly DebianServer[] = [
  {
    name: 'tftpd-hpa',
    program: 'usr/sbin/in.tftpd',
    args: (directory, address = '127.0.0.1') => [
      ...['-L', '--create', '--permissive', '--umask', '000'],
      ...[
        '--address',
        address === '::1' ? '[::1]:69' : '127.0.0.1:69',
        '--user',
        'root',
        '--secure',
        directory,
      ],
    ],
    isWritable: true,
    hasIpv6: true,
    hasWindows: false,
    hasNetascii: true,
  },
  {
    name: 'atftpd',
    program: 'usr/sbin/atftpd',
    args: (directory) => [
      ...['--daemon', '--no-fork', '--port', '69', '--bind-address', '127.0.0.1'],
      ...['--user', 'root.root', '--logfile', '/dev/null', directory],
    ],
    isWritable: true,
    hasIpv6: false,
    hasWindows: true,
    hasNetascii: true,
  },
  {
    name: 'dnsmasq',
    program: 'usr/sbin/dnsmasq',
    args: (directory) => [
      ...['--keep-in-foreground', '--port=0', '--conf-file=/dev/null', '--pid-file'],
      ...['--interface=lo', '--bind-interfaces', '--enable-tftp', '--user=root'],
      ...['--log-facility=/dev/null', `--tftp-root=${directory}`],
    ],
    isWritable: false,
    hasIpv6: true,
    hasWindows: false,
    hasNetascii: false,
  },
];

/**
 * Unpacks Debian's packages of {@link DEBIAN_SERVERS} into a directory that later runs find again. They are
 * not installed, since that would start daemons, and two of them conflict.
 *
 * @returns the directory of the programs
 */
export function unpackDebianServers(): string {
  const root = join(tmpdir(), 'tftp-protocol-debian-servers');
  if (!existsSync(root)) {
    const work = mkdtempSync(`${root}.`);
    const unpacked = join(work, 'root');
    mkdirSync(unpacked);
    const packages = ['tftpd-hpa', 'atftpd', 'dnsmasq-base'];
    execFileSync('apt-get', ['download', ...packages], { cwd: work, stdio: 'ignore' });
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(work, file), unpacked]);
    }
    try {
      renameSync(unpacked, root);
    } catch (error) {
      // Another run may have unpacked them meanwhile.
      if (!existsSync(root)) {
        throw error;
      }
    }
    rmSync(work, { recursive: true });
  }
  return root;
}
