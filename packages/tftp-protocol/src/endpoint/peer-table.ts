/** One end of a UDP path. */
export interface TftpEndpointAddress {
  /** IP address in text form, with its scope for link-local IPv6 (`fe80::1%eth0`). */
  readonly address: string;
  /** UDP port, 0 to 65,535. */
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** Something that belongs to a remote address and port. */
export interface PeerBound {
  readonly remote: TftpEndpointAddress;
}

/** Peers of one port that are looked through one by one; above it, they are found by address. */
const MAX_LISTED = 8;

type Peers<T> = T[] | Map<string, T>;

/**
 * Transfers by the path of their datagrams: local socket, remote port and remote address. The port
 * comes before the address, since it tells nearly all of them apart and is cheaper to look up. Where
 * many addresses use one port, as firmware with a fixed port does, they are told apart by a table.
 */
export class PeerTable<Local, T extends PeerBound> {
  readonly #byLocal = new Map<Local, Map<number, Peers<T>>>();

  /** The transfer on a path. */
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

  /** Puts a transfer on a path that is free. */
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

  /** Takes a transfer out; nothing is left of a path that is gone. */
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
