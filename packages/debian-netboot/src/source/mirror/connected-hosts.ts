import { lookup as lookUp } from 'node:dns';
import { type LookupFunction } from 'node:net';

import { isInternalAddress } from './redirect-policy.js';

/**
 * Resolves names for connections, and remembers what kind of addresses those went to. A second lookup
 * could be answered differently by whoever answers for the name.
 */
export class ConnectedHosts {
  /** By name, whether every address that a connection may have gone to was internal. */
  readonly #internal = new Map<string, boolean>();

  /** For the connections that are to be remembered. */
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
   * Whether connections to a host went to internal addresses alone. A host that no connection was made to
   * does not count as internal, such as one that a proxy connects to.
   */
  isInternal(hostname: string): boolean {
    return this.#internal.get(hostname) ?? false;
  }
}
