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

/**
 * Transfers by the path of their datagrams: local socket, remote port and remote address. The port is looked
 * up before the address, since it distinguishes nearly all transfers and is cheaper. If several addresses use
 * one port, as with firmware that has a fixed port, a table distinguishes them.
 */
export class PeerTable<Local, T extends PeerBound> {
  readonly #byLocal = new Map<Local, Map<number, T | Map<string, T>>>();

  /** Returns the transfer on a path. */
  find(local: Local, { address, port }: TftpEndpointAddress): T | undefined {
    const peers = this.#byLocal.get(local)?.get(port);
    if (peers instanceof Map) {
      return peers.get(address);
    }
    return peers?.remote.address === address ? peers : undefined;
  }

  /** Adds a transfer on a free path. */
  add(local: Local, transfer: T): void {
    let byPort = this.#byLocal.get(local);
    if (byPort === undefined) {
      byPort = new Map();
      this.#byLocal.set(local, byPort);
    }
    const { port, address } = transfer.remote;
    const others = byPort.get(port);
    if (others === undefined) {
      byPort.set(port, transfer);
    } else if (others instanceof Map) {
      others.set(address, transfer);
    } else {
      byPort.set(port, new Map([[others.remote.address, others]]).set(address, transfer));
    }
  }

  /** Removes a transfer and its path. */
  remove(local: Local, transfer: T): void {
    const byPort = this.#byLocal.get(local);
    const { port, address } = transfer.remote;
    const peers = byPort?.get(port);
    if (peers instanceof Map && peers.get(address) === transfer) {
      peers.delete(address);
    }
    const isLast = peers === transfer || (peers instanceof Map && peers.size === 0);
    if (byPort !== undefined && isLast) {
      byPort.delete(port);
      if (byPort.size === 0) {
        this.#byLocal.delete(local);
      }
    }
  }
}
