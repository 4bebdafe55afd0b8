import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Program that uses a port. */
export interface PortHolder {
  /** Name of the program, as in `dnsmasq`; `pxeboot` for another daemon of this program. */
  readonly program: string;
  readonly pid: number;
}

/**
 * Returns a program on this host that has bound a port; undefined if there is none, if this process may not
 * see it (only root sees all) or has run out of descriptors, or on systems without Linux's `/proc`.
 */
export async function portHolder(
  protocol: 'tcp' | 'udp',
  port: number,
  proc = '/proc',
): Promise<PortHolder | undefined> {
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((table) => textOf(join(proc, 'net', table))),
  );
  const inodes = new Set(tables.flatMap((table) => socketsOf(table, port)));
  if (inodes.size === 0) {
    return undefined;
  }
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (Number(pid) === process.pid || !(await hasSocket(join(proc, pid, 'fd'), inodes))) {
      continue;
    }
    // The process may have ended in the meantime.
    const [name, commandLine] = await Promise.all([
      textOf(join(proc, pid, 'comm')),
      textOf(join(proc, pid, 'cmdline')),
    ]);
    const isOwn = /(?:\/main\.c?js|(?:^|[/\0])pxeboot)\0serve\0/.test(commandLine);
    return { program: isOwn ? 'pxeboot' : name.trim(), pid: Number(pid) };
  }
  return undefined;
}

/** Returns the text of a file; an empty text if it cannot be read. */
function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** State of a listening TCP socket, and of an unconnected UDP socket, in the tables of `/proc/net`. */
const LISTENING: readonly string[] = ['0A', '07'];

/** Returns the inodes of the sockets that listen on a port, from a table of `/proc/net`. */
function socketsOf(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state = '', , , , , , inode] = row.trim().split(/\s+/);
    return inode !== undefined && local.endsWith(suffix) && LISTENING.includes(state)
      ? [inode]
      : [];
  });
}

/**
 * Returns true if a folder of descriptors contains one of the sockets; false if it cannot be read.
 */
async function hasSocket(folder: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(
    names.map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return targets.some((target) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ''));
}
