import { fstatSync, readFileSync, readlinkSync } from 'node:fs';

/** Bound UDP socket inherited by this process. */
export interface TftpInheritedSocket {
  /** File descriptor; owned by the server, which closes it. */
  readonly fd: number;
}

/** First file descriptor passed by a service manager. */
const FIRST_FD = 3;

/**
 * Returns the sockets that a service manager opened for this process (systemd socket activation, one
 * `ListenDatagram=` each), for {@link TftpServerOptions.listen}. They let an unprivileged server use
 * port 69.
 *
 * @param environment - has `LISTEN_FDS` and `LISTEN_PID`
 * @returns an empty array if no sockets were passed to this process
 * @see sd_listen_fds(3)
 */
export function inheritedSockets(
  environment: NodeJS.ProcessEnv = process.env,
): TftpInheritedSocket[] {
  const { LISTEN_FDS: count, LISTEN_PID: pid } = environment;
  const isForUs = pid === String(process.pid) && /^\d{1,4}$/.test(count ?? '');
  return Array.from({ length: isForUs ? Number(count) : 0 }, (_, at) => ({ fd: FIRST_FD + at }));
}

/** Returns the address family of an inherited socket, which `node:dgram` needs to know. */
export function inheritedFamily(fd: number): 'IPv4' | 'IPv6' {
  const inode = inodeOf(fd);
  return listsInode('/proc/self/net/udp6', inode) ? 'IPv6' : 'IPv4';
}

/**
 * Returns the inode of a socket. Avoids fstatSync() on an open socket: after that call, Node's
 * realpathSync(), and so the next import(), may leave symbolic links unresolved.
 *
 * @throws NodeJS.ErrnoException `EBADF` if the descriptor is not open
 */
function inodeOf(fd: number): string | undefined {
  try {
    // The link leads to a name such as "socket:[4711]", where the number is the inode.
    return /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0];
  } catch {
    return String(fstatSync(fd).ino);
  }
}

/** Returns true if a table of UDP sockets in /proc lists an inode, in the tenth field of a line. */
function listsInode(table: string, inode: string | undefined): boolean {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    // The table for IPv6 may be missing. Systems other than Linux have no tables, and pass no sockets.
    return false;
  }
  return text.split('\n').some((line) => line.trim().split(/\s+/)[9] === inode);
}
