import { type Socket } from 'node:net';

/**
 * Time without activity in milliseconds after which a connection may be from an earlier boot, since no
 * machine restarts faster.
 */
const QUIET_MS = 2_000;

/**
 * Connections of GRUB. GRUB uses the same source ports in every boot, may leave its last connection open, and
 * does not reset an old one when the server's kernel sends an ACK for it. While an old connection exists,
 * Linux answers the SYN of the next boot only with an ACK (RFC 9293, section 3.10.7.4), and GRUB gives up
 * after 16 seconds or more.
 *
 * When GRUB closes a connection, it announces a window of 0. Linux then holds back its own FIN, and the
 * connection would outlive the socket by more than a minute. So the socket is reset instead of closed.
 */
export class GrubConnections {
  /** Time of the last activity of each connection, by address. */
  readonly #addresses = new Map<string, Map<Socket, number>>();
  readonly #now: () => number;

  /** @param now - clock, in milliseconds since any point in time */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns true for the User-Agent of GRUB. */
  static isGrub(userAgent: string | undefined): boolean {
    return userAgent?.startsWith('GRUB ') === true;
  }

  /** Records that a connection was used. */
  used(address: string, socket: Socket): void {
    const known = this.#addresses.get(address);
    if (known?.has(socket) === true) {
      known.set(socket, this.#now());
      return;
    }
    if (socket.destroyed) {
      return;
    }
    this.#addresses.set(address, (known ?? new Map<Socket, number>()).set(socket, this.#now()));
    // Must run before the HTTP server closes it.
    socket.prependOnceListener('end', () => {
      socket.resetAndDestroy();
    });
    socket.once('close', () => {
      const sockets = this.#addresses.get(address);
      sockets?.delete(socket);
      if (sockets?.size === 0) {
        this.#addresses.delete(address);
      }
    });
  }

  /**
   * Resets the quiet connections of an address whose machine loads GRUB again; other machines may share the
   * address.
   */
  restarted(address: string): void {
    for (const [socket, usedAt] of this.#addresses.get(address) ?? []) {
      if (this.#now() - usedAt >= QUIET_MS) {
        socket.resetAndDestroy();
      }
    }
  }
}
