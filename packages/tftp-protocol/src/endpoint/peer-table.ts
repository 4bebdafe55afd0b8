/** Transfers by the path of their datagrams: local socket, remote address and remote port. */
export class PeerTable<Local, T> {
  readonly #byLocal = new Map<Local, Map<string, Map<number, T>>>();

  /** The transfer on a path. */
  find(local: Local, address: string, port: number): T | undefined {
    return this.#byLocal.get(local)?.get(address)?.get(port);
  }

  /** Puts a transfer on a path that is free. */
  add(local: Local, address: string, port: number, transfer: T): void {
    let byAddress = this.#byLocal.get(local);
    if (byAddress === undefined) {
      byAddress = new Map();
      this.#byLocal.set(local, byAddress);
    }
    let byPort = byAddress.get(address);
    if (byPort === undefined) {
      byPort = new Map();
      byAddress.set(address, byPort);
    }
    byPort.set(port, transfer);
  }

  /** Takes the path's transfer out; nothing is left of a path that is gone. */
  remove(local: Local, address: string, port: number): void {
    const byAddress = this.#byLocal.get(local);
    const byPort = byAddress?.get(address);
    if (byAddress === undefined || byPort === undefined) {
      return;
    }
    byPort.delete(port);
    if (byPort.size === 0) {
      byAddress.delete(address);
    }
    if (byAddress.size === 0) {
      this.#byLocal.delete(local);
    }
  }
}
