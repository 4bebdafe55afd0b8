import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** TFTP server to measure. */
export interface MeasuredServer {
  readonly name: string;
  /** True if the server supports windows of several blocks (RFC 7440). */
  readonly hasWindows: boolean;
  /** Returns a command that serves `directory` on loopback port 69, in the foreground. */
  command(directory: string): readonly string[];
}

/**
 * Returns the TFTP servers of Debian's packages, unpacked but not installed: installing them would start
 * daemons, and two of them conflict.
 */
export function debianServers(): MeasuredServer[] {
  const root = unpacked('pxe-debian-tftp-servers', ['tftpd-hpa', 'atftpd', 'dnsmasq-base']);
  return [
    {
      name: 'tftpd-hpa',
      hasWindows: false,
      command: (directory) => [
        join(root, 'usr/sbin/in.tftpd'),
        ...['-L', '--address', '127.0.0.1:69', '--user', 'root', '--secure', directory],
      ],
    },
    {
      name: 'atftpd',
      hasWindows: true,
      command: (directory) => [
        join(root, 'usr/sbin/atftpd'),
        ...['--daemon', '--no-fork', '--port', '69', '--bind-address', '127.0.0.1'],
        ...['--maxthread', '8192', '--user', 'root.root', '--logfile', '/dev/null', directory],
      ],
    },
    {
      name: 'dnsmasq',
      hasWindows: false,
      command: (directory) => [
        join(root, 'usr/sbin/dnsmasq'),
        ...['--keep-in-foreground', '--port=0', '--conf-file=/dev/null', '--pid-file'],
        ...['--interface=lo', '--bind-interfaces', '--enable-tftp', '--quiet-tftp'],
        ...['--tftp-max=8192', '--user=root', '--log-facility=/dev/null'],
        `--tftp-root=${directory}`,
      ],
    },
  ];
}

/** Returns the path of Debian's nginx, unpacked but not installed. */
export function debianNginx(): string {
  return join(unpacked('pxe-debian-nginx', ['nginx']), 'usr/sbin/nginx');
}

/** Unpacks packages once into a folder in the temporary directory; returns the folder with their files. */
function unpacked(folder: string, packages: readonly string[]): string {
  const cache = join(tmpdir(), folder);
  const root = join(cache, 'root');
  if (!existsSync(join(cache, 'complete'))) {
    mkdirSync(root, { recursive: true });
    execFileSync('apt-get', ['download', ...packages], { cwd: cache, stdio: 'ignore' });
    for (const file of readdirSync(cache).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(cache, file), root]);
    }
    mkdirSync(join(cache, 'complete'));
  }
  return root;
}
