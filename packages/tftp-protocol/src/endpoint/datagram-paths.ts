/**
 * How datagrams are told apart.
 *
 * A path is a local socket, a remote address and a remote port, so one port serves any number of
 * transfers; a driver may also give each transfer a socket of its own when it accepts it.
 *
 * ```
 * datagram on a listening socket
 *   a request                                 `request`, unless it comes from port 0; some firmware
 *                                             asks from port 69
 *   anything else, path known                 `transfer`, if that is answered from here
 *   anything else                             nothing: two servers could go on answering each other
 * datagram on a socket that belongs to one transfer
 *   from its peer                             `transfer`
 *   from anyone else                          `stranger`, unless it is an error or from port 0 or 69
 * ```
 */
import { PeerTable, type TftpEndpointAddress } from './peer-table.js';
import { isError, isRequest } from './request.js';
import { type ServerTransfer } from './server-transfer.js';

/** What a datagram is. */
export type DatagramMeaning<Local> =
  | { readonly type: 'transfer'; readonly transfer: ServerTransfer<Local> }
  | {
      readonly type: 'request';
      /** The transfer that is on its path already. */
      readonly current: ServerTransfer<Local> | undefined;
    }
  /** It came to the socket of a transfer, but not from its peer (RFC 1350 §4). */
  | { readonly type: 'stranger' };

/** Strangers at these ports get no answer: the other end would be a server, which answers it. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([0, 69]);

const STRANGER = { type: 'stranger' } as const;

/** The paths of transfers under way, by which datagrams are told apart. */
export class DatagramPaths<Local> {
  readonly #paths = new PeerTable<Local, ServerTransfer<Local>>();
  /** Sockets that belong to one transfer. */
  readonly #owned = new Map<Local, ServerTransfer<Local>>();

  /** Puts a transfer on the path of its request, which is free. */
  add(transfer: ServerTransfer<Local>): void {
    this.#paths.add(transfer.listener, transfer);
  }

  /** Gives a transfer a socket of its own. */
  own(transfer: ServerTransfer<Local>, local: Local): void {
    transfer.local = local;
    this.#owned.set(local, transfer);
  }

  /** Takes a transfer out. */
  remove(transfer: ServerTransfer<Local>): void {
    const { listener, local } = transfer;
    this.#paths.remove(listener, transfer);
    if (local !== listener) {
      this.#owned.delete(local);
    }
  }

  /** Tells what a datagram is; undefined for what gets no answer. */
  meaningOf(
    datagram: Uint8Array,
    local: Local,
    remote: TftpEndpointAddress,
  ): DatagramMeaning<Local> | undefined {
    const owner = this.#owned.size === 0 ? undefined : this.#owned.get(local);
    if (owner !== undefined) {
      if (remote.address === owner.remote.address && remote.port === owner.remote.port) {
        return { type: 'transfer', transfer: owner };
      }
      return isError(datagram) || REFUSED_PORTS.has(remote.port) ? undefined : STRANGER;
    }
    const current = this.#paths.find(local, remote);
    if (isRequest(datagram)) {
      return remote.port === 0 ? undefined : { type: 'request', current };
    }
    return current?.local === local ? { type: 'transfer', transfer: current } : undefined;
  }
}
