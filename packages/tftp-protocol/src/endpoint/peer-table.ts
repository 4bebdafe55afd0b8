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

/** Maximum number of peers on one port that are searched linearly rather than in a table. */
const MAX_LISTED = 8;

type Peers<T> = T[] | Map<string, T>;

/**
 * Transfers by the path of their datagrams: local socket, remote port and remote address. The port is looked
 * up before the address, since it distinguishes nearly all transfers and is cheaper. If many addresses use
 * one port, as with firmware that has a fixed port, a table distinguishes them.
 */
export class PeerTable<Local, T extends PeerBound> {
  readonly #byLocal = new Map<Local, Map<number, Peers<T>>>();

  /** Returns the transfer on a path. */
  find(local: Local, { address, port }: TftpEndpointAddress): T | undefined {
    const peers = this.#byLocal.get(local)?.get(port);
    if (peers === undefined) {
      return undefined;
    }
    if (peers instanceof Map) {
      return peers.get(address);
    }
    for (const candidate of peers) {
      if (candidate.remote.address === address) {
        return candidate;
      }
    }
    return undefined;
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
      byPort.set(port, [transfer]);
    } else if (others instanceof Map) {
      others.set(address, transfer);
    } else if (others.length < MAX_LISTED) {
      others.push(transfer);
    } else {
      const table = new Map(others.map((other) => [other.remote.address, other]));
      byPort.set(port, table.set(address, transfer));
    }
  }

  /** Removes a transfer and its path. */
  remove(local: Local, transfer: T): void {
    const byPort = this.#byLocal.get(local);
    const { port, address } = transfer.remote;
    const peers = byPort?.get(port);
    if (byPort === undefined || peers === undefined) {
      return;
    }
    let left: number;
    if (peers instanceof Map) {
      if (peers.get(address) === transfer) {
        peers.delete(address);
      }
      left = peers.size;
    } else {
      const others = peers.filter((other) => other !== transfer);
      byPort.set(port, others);
      left = others.length;
    }
    if (left === 0) {
      byPort.delete(port);
      if (byPort.size === 0) {
        this.#byLocal.delete(local);
      }
    }
  }
}
