import { lookup as lookUp } from 'node:dns';
import { type LookupFunction } from 'node:net';

import { isInternalAddress } from './redirect-policy.js';

/**
 * Resolves names for connections, and remembers whether their addresses were internal. An attacker
 * who controls a name could answer a second lookup differently.
 */
export class ConnectedHosts {
  /** Maps each host name to true if all addresses that a connection may have used were internal. */
  readonly #internal = new Map<string, boolean>();

  /** Resolver for connections, which remembers the addresses. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const [first] = found;
      const areInternal = found.every(({ address }) => isInternalAddress(address));
      const known = this.#internal.get(hostname) ?? true;
      this.#internal.set(hostname, known && areInternal);
      if (first === undefined || options.all === true) {
        callback(null, found);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };

  /**
   * Returns true if all connections to a host can only have gone to internal addresses. A host that was
   * never resolved here, such as one behind a proxy, does not count as internal.
   */
  isInternal(hostname: string): boolean {
    return this.#internal.get(hostname) ?? false;
  }
}
