import { type TftpEndpointAddress } from './address.js';

/** Something that belongs to a remote address and port. */
export interface PeerBound {
  readonly remote: TftpEndpointAddress;
}

/**
 * Transfers by the path of their datagrams: local socket, remote port and remote address. The port
 * comes before the address, since it tells nearly all of them apart and is cheaper to look up.
 */
export class PeerTable<Local, T extends PeerBound> {
  readonly #byLocal = new Map<Local, Map<number, T[]>>();

  /** The transfer on a path. */
  find(local: Local, { address, port }: TftpEndpointAddress): T | undefined {
    const candidates = this.#byLocal.get(local)?.get(port);
    if (candidates === undefined) {
      return undefined;
    }
    for (const candidate of candidates) {
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
    const { port } = transfer.remote;
    const others = byPort.get(port);
    if (others === undefined) {
      byPort.set(port, [transfer]);
    } else {
      others.push(transfer);
    }
  }

  /** Takes a transfer out; nothing is left of a path that is gone. */
  remove(local: Local, transfer: T): void {
    const byPort = this.#byLocal.get(local);
    const { port } = transfer.remote;
    const left = byPort?.get(port)?.filter((other) => other !== transfer) ?? [];
    if (left.length > 0) {
      byPort?.set(port, left);
    } else if (byPort?.delete(port) === true && byPort.size === 0) {
      this.#byLocal.delete(local);
    }
  }
}
