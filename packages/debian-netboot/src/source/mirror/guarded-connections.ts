import { lookup as lookUp } from 'node:dns';
import { type LookupFunction } from 'node:net';

import { type Dispatcher } from 'undici';

import { type ConnectionOptions, openConnections } from './connections.js';
import { type ClientConnections } from './http-client.js';
import { type Distance, distanceOf, isNearer, lookupWithin } from './redirect-policy.js';

/**
 * Connections to servers whose redirects must not lead nearer to this host than the servers are. Remembers the
 * addresses of each name that was connected to: an attacker who controls a name could answer a second lookup
 * differently.
 */
export class GuardedConnections implements ClientConnections, AsyncDisposable {
  readonly direct: Dispatcher;
  readonly #options: ConnectionOptions;
  /** Maps each host name to the distance of the farthest address that a connection may have used. */
  readonly #distances = new Map<string, Distance>();
  readonly #redirected = new Map<Distance, Dispatcher>();

  /** @throws {@link NetbootError} `ERR_NETBOOT_INVALID_PROXY` */
  constructor(options: Omit<ConnectionOptions, 'lookup'>) {
    this.#options = options;
    this.direct = openConnections({ ...options, lookup: this.lookup });
  }

  /** Resolver for direct connections, which remembers the addresses. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const [first] = found;
      const known = this.#distances.get(hostname) ?? 'host';
      const farthest = found
        .map(({ address }) => distanceOf(address))
        .reduce((far, next) => (isNearer(far, next) ? next : far), known);
      this.#distances.set(hostname, farthest);
      if (first === undefined || options.all === true) {
        callback(null, found);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };

  /**
   * Returns the distance of the farthest address that a direct connection to a host may have used. A host that
   * was never resolved here, such as one behind a proxy, counts as public.
   */
  readonly distanceOfName = (hostname: string): Distance =>
    this.#distances.get(hostname) ?? 'public';

  readonly redirected = (limit: Distance): Dispatcher => {
    const connections =
      this.#redirected.get(limit) ??
      openConnections({ ...this.#options, lookup: lookupWithin(limit) });
    this.#redirected.set(limit, connections);
    return connections;
  };

  /** Closes the connections once the requests in progress have been answered. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((connections) => connections.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((connections) => connections.destroy()));
  }

  get #all(): readonly Dispatcher[] {
    return [this.direct, ...this.#redirected.values()];
  }
}
