import { fstatSync, readFileSync } from 'node:fs';

/** A bound UDP socket that this process was started with. */
export interface TftpInheritedSocket {
  /** Its file descriptor. It belongs to the server from then on, and is closed with it. */
  readonly fd: number;
}

/** The first file descriptor that a service manager passes on. */
const FIRST_FD = 3;

/**
 * The sockets that a service manager opened for this process (systemd's socket activation, one
 * `ListenDatagram=` each), for {@link TftpServerOptions.listen}. So a server can answer on port 69
 * without any privilege of its own.
 *
 * @param environment - where `LISTEN_FDS` and `LISTEN_PID` stand
 * @returns none when nothing was passed on, or not to this very process
 * @see sd_listen_fds(3)
 */
export function inheritedSockets(
  environment: NodeJS.ProcessEnv = process.env,
): TftpInheritedSocket[] {
  const { LISTEN_FDS: count, LISTEN_PID: pid } = environment;
  const isForUs = pid === String(process.pid) && /^\d{1,4}$/.test(count ?? '');
  return Array.from({ length: isForUs ? Number(count) : 0 }, (_, at) => ({ fd: FIRST_FD + at }));
}

/** The family of an inherited socket, which `node:dgram` has to be told. */
export function inheritedFamily(fd: number): 'IPv4' | 'IPv6' {
  const inode = String(fstatSync(fd).ino);
  return listsInode('/proc/self/net/udp6', inode) ? 'IPv6' : 'IPv4';
}

/** Whether one of the system's tables of UDP sockets lists an inode; it is the tenth field. */
function listsInode(table: string, inode: string): boolean {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    // Without IPv6 there is no such table; other systems than Linux pass no sockets on.
    return false;
  }
  return text.split('\n').some((line) => line.trim().split(/\s+/)[9] === inode);
}
