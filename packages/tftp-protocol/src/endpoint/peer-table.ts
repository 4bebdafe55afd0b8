/** Address of one end of a UDP path. */
export interface TftpEndpointAddress {
  /** IP address in text form, with its scope for link-local IPv6 (`fe80::1%eth0`). */
  readonly address: string;
  /** UDP port, 0 to 65,535. */
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** Item that belongs to a remote address and port. */
export interface PeerBound {
  readonly remote: TftpEndpointAddress;
}

/** Transfers of one local socket. */
interface Peers<T> {
  /** Only transfer of a remote port, by that port. */
  readonly lone: Map<number, T>;
  /** Transfers of a remote port that several addresses use, by the port and the address. */
  readonly sharing: Map<number, Map<string, T>>;
}

/**
 * Transfers by the path of their datagrams: local socket, remote port and remote address. The port is looked
 * up before the address, since it distinguishes nearly all transfers and is cheaper. If several addresses use
 * one port, as with firmware that has a fixed port, a table distinguishes them.
 */
export class PeerTable<Local, T extends PeerBound> {
  readonly #byLocal = new Map<Local, Peers<T>>();

  /** Returns the transfer on a path. */
  find(local: Local, remote: TftpEndpointAddress): T | undefined {
    const peers = this.#byLocal.get(local);
    const lone = peers?.lone.get(remote.port);
    if (lone === undefined) {
      return peers?.sharing.get(remote.port)?.get(remote.address);
    }
    // A transport may use one object for all datagrams of a peer.
    const isSame = lone.remote === remote || lone.remote.address === remote.address;
    return isSame ? lone : undefined;
  }

  /** Adds a transfer on a free path. */
  add(local: Local, transfer: T): void {
    let peers = this.#byLocal.get(local);
    if (peers === undefined) {
      peers = { lone: new Map(), sharing: new Map() };
      this.#byLocal.set(local, peers);
    }
    const { port, address } = transfer.remote;
    const lone = peers.lone.get(port);
    const sharing = peers.sharing.get(port);
    if (sharing !== undefined) {
      sharing.set(address, transfer);
    } else if (lone === undefined) {
      peers.lone.set(port, transfer);
    } else {
      peers.lone.delete(port);
      peers.sharing.set(port, new Map([[lone.remote.address, lone]]).set(address, transfer));
    }
  }

  /** Removes a transfer and its path. */
  remove(local: Local, transfer: T): void {
    const peers = this.#byLocal.get(local);
    const { port, address } = transfer.remote;
    if (peers === undefined || this.find(local, transfer.remote) !== transfer) {
      return;
    }
    const sharing = peers.sharing.get(port);
    sharing?.delete(address);
    if (sharing === undefined) {
      peers.lone.delete(port);
    } else if (sharing.size === 0) {
      peers.sharing.delete(port);
    }
    if (peers.lone.size + peers.sharing.size === 0) {
      this.#byLocal.delete(local);
    }
  }
}
