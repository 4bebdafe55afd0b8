import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Program that uses a port. */
export interface PortHolder {
  /** Name of the program, as in `dnsmasq`. */
  readonly program: string;
  readonly pid: number;
}

/**
 * Returns a program on this host that has bound an IPv4 UDP port; undefined if there is none, if this process
 * may not see it (only root sees all) or has no descriptor left, or on systems without Linux's `/proc`.
 */
export async function udpPortHolder(port: number, proc = '/proc'): Promise<PortHolder | undefined> {
  const inodes = socketsOf(await readFile(join(proc, 'net/udp'), 'latin1').catch(() => ''), port);
  if (inodes.size === 0) {
    return undefined;
  }
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (Number(pid) === process.pid || !(await hasSocket(join(proc, pid, 'fd'), inodes))) {
      continue;
    }
    // The process may have ended in the meantime.
    const program = await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '');
    return { program: program.trim(), pid: Number(pid) };
  }
  return undefined;
}

/** Returns the socket inodes of a port in `/proc/net/udp`. */
function socketsOf(table: string, port: number): ReadonlySet<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').slice(1);
  return new Set(
    rows.flatMap((row) => {
      const fields = row.trim().split(/\s+/);
      const [, local = ''] = fields;
      const inode = fields[9];
      return inode !== undefined && local.endsWith(suffix) ? [inode] : [];
    }),
  );
}

/**
 * Returns true if a folder of descriptors contains one of the sockets; false if it cannot be read.
 */
async function hasSocket(folder: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const target = await readlink(join(folder, name)).catch(() => '');
    const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inodes.has(inode)) {
      return true;
    }
  }
  return false;
}
