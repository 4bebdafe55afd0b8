import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian package of each program; a program that is not listed is in the package of the same name. */
const PACKAGES: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'apt-cacher-ng': 'apt-cacher-ng',
  'debconf-set-selections': 'debconf',
  dnsmasq: 'dnsmasq-base',
  'dpkg-deb': 'dpkg',
  flock: 'util-linux',
  gpg: 'gnupg',
  gpgv: 'gpgv',
  'grub-script-check': 'grub-common',
  ip: 'iproute2',
  man: 'man-db',
  mkfifo: 'coreutils',
  nft: 'nftables',
  nsenter: 'util-linux',
  postgres: 'postgresql',
  prlimit: 'util-linux',
  'qemu-system-x86_64': 'qemu-system-x86',
  script: 'bsdutils',
  ss: 'iproute2',
  stty: 'coreutils',
  sysctl: 'procps',
  tftp: 'tftp-hpa',
  unshare: 'util-linux',
};

/**
 * Returns true if one of the programs is missing, for `describe.skipIf` or `it.skipIf`, after printing a line
 * that names the packages to install.
 *
 * @throws Error with `CI=true`, where everything must run
 */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isOnPath(program));
  const packages = new Set(missing.map((program) => PACKAGES[program] ?? program));
  return (
    missing.length > 0 &&
    leaveOut(`missing ${missing.join(', ')} (apt-get install ${[...packages].join(' ')})`)
  );
}

/**
 * Returns true, like {@link lacks}, if a file is missing.
 *
 * @param remedy - command that creates it
 * @throws Error with `CI=true`
 */
export function lacksFile(path: string, remedy: string): boolean {
  return !existsSync(path) && leaveOut(`missing ${path} (run: ${remedy})`);
}

/**
 * Returns true, like {@link lacks}, if a command fails. Use a command that succeeds only if the host allows
 * something.
 *
 * @param command - program and arguments, separated by spaces
 * @throws Error with `CI=true`
 */
export function cannot(command: string): boolean {
  const [program = '', ...args] = command.split(' ');
  return spawnSync(program, args).status !== 0 && leaveOut(`this host fails to ${command}`);
}

/**
 * Returns true, like {@link lacks}, if the tests do not run as root.
 *
 * @throws Error with `CI=true`
 */
export function lacksRoot(): boolean {
  return process.getuid?.() !== 0 && leaveOut('only root can run them');
}

function leaveOut(reason: string): true {
  const message = `tests left out: ${reason}`;
  if (process.env['CI'] === 'true') {
    throw new Error(message);
  }
  process.stderr.write(`SKIP ${message}\n`);
  return true;
}

function isOnPath(program: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
