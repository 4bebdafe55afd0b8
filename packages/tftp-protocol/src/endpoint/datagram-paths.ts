/**
 * Classification of datagrams.
 *
 * A path is a local socket, a remote address and a remote port, so one port can serve any number of
 * transfers; a driver may also give a transfer its own socket when it accepts the request.
 *
 * ```
 * datagram on a listening socket
 *   request                                   `request`, unless from port 0; some firmware uses port
 *                                             69
 *   anything else, known path                 `transfer`, if answered from this socket
 *   ACK, unknown path                         `orphan`, unless from port 0 or 69
 *   anything else                             nothing: two servers could answer each other forever
 * datagram on a transfer's own socket
 *   from its peer                             `transfer`
 *   from anyone else                          nothing: an ERROR (RFC 1350 §4) would show an attacker who
 *                                             tries all ports where to send forged packets
 * ```
 */
import { PeerTable, type TftpEndpointAddress } from './peer-table.js';
import { isAck, isRequest } from './request.js';
import { type ServerTransfer } from './server-transfer.js';

/** Classification of a received datagram: the transfer that it belongs to, a request, or an orphan. */
export type DatagramMeaning<Local> =
  | ServerTransfer<Local>
  | {
      readonly type: 'request';
      /** Active transfer on this path, if any. */
      readonly current: ServerTransfer<Local> | undefined;
    }
  /** Acknowledgement of an unknown transfer, for instance one from before a restart of the server. */
  | { readonly type: 'orphan' };

/** Ports that get an ERROR only in answer to a request: a server on such a port would answer the ERROR. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([0, 69]);

const ORPHAN = { type: 'orphan' } as const;

/** Paths of active transfers. */
export class DatagramPaths<Local> {
  readonly #paths = new PeerTable<Local, ServerTransfer<Local>>();
  /** Transfers with their own socket, by that socket. */
  readonly #owned = new Map<Local, ServerTransfer<Local>>();

  /** Adds a transfer on the path of its request; the path must be free. */
  add(transfer: ServerTransfer<Local>): void {
    this.#paths.add(transfer.listener, transfer);
  }

  /** Gives a transfer its own socket. */
  own(transfer: ServerTransfer<Local>, local: Local): void {
    transfer.local = local;
    this.#owned.set(local, transfer);
  }

  /** Removes a transfer. */
  remove(transfer: ServerTransfer<Local>): void {
    const { listener, local } = transfer;
    this.#paths.remove(listener, transfer);
    if (local !== listener) {
      this.#owned.delete(local);
    }
  }

  /** Classifies a datagram; undefined for one that gets no answer. */
  meaningOf(
    datagram: Uint8Array,
    local: Local,
    remote: TftpEndpointAddress,
  ): DatagramMeaning<Local> | undefined {
    const owner = this.#owned.size === 0 ? undefined : this.#owned.get(local);
    if (owner !== undefined) {
      const isPeer = remote.address === owner.remote.address && remote.port === owner.remote.port;
      return isPeer ? owner : undefined;
    }
    const current = this.#paths.find(local, remote);
    if (isRequest(datagram)) {
      return remote.port === 0 ? undefined : { type: 'request', current };
    }
    if (current !== undefined) {
      return current.local === local ? current : undefined;
    }
    return isAck(datagram) && !REFUSED_PORTS.has(remote.port) ? ORPHAN : undefined;
  }
}
