import { type LookupFunction } from 'node:net';

import { type Dispatcher } from 'undici';

import { parseCertificates } from './certificates.js';
import { type ConnectionOptions, openConnections } from './connections.js';
import { type ClientConnections } from './http-client.js';
import {
  type Distance,
  distanceOf,
  isNearer,
  lookupWithin,
  resolverOf,
} from './redirect-policy.js';

/** Options of guarded connections. */
export interface GuardedConnectionOptions extends Omit<ConnectionOptions, 'lookup' | 'ca'> {
  /** PEM certificates to trust in addition to those that Node.js trusts. */
  readonly ca?: string | undefined;
}

/**
 * Connections to servers whose redirects must not lead nearer to this host than the servers themselves are.
 * Remembers the addresses behind each name, since an attacker who controls a name could answer a second
 * lookup differently.
 */
export class GuardedConnections implements ClientConnections, AsyncDisposable {
  readonly direct: Dispatcher;
  /** Resolver for direct connections, which remembers the addresses. */
  readonly lookup: LookupFunction = resolverOf((hostname, found) => {
    const known = this.#distances.get(hostname) ?? 'host';
    const farthest = found
      .map(({ address }) => distanceOf(address))
      .reduce((far, next) => (isNearer(far, next) ? next : far), known);
    this.#distances.set(hostname, farthest);
    return found;
  });
  readonly #options: Omit<ConnectionOptions, 'lookup'>;
  /** Distance of the farthest address that a connection may have used, by host name. */
  readonly #distances = new Map<string, Distance>();
  readonly #redirected = new Map<Distance, Dispatcher>();

  /** @throws {@link NetbootError} `ERR_NETBOOT_INVALID_PROXY` or `ERR_NETBOOT_INVALID_CA` */
  constructor({ ca, ...options }: GuardedConnectionOptions) {
    this.#options = { ...options, ca: ca === undefined ? [] : parseCertificates(ca) };
    this.direct = openConnections({ ...this.#options, lookup: this.lookup });
  }

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

/**
 * Connections of a client, and those among them that must be closed at the end: a dispatcher that was passed
 * in belongs to the caller.
 */
export interface ChosenConnections {
  readonly connections: ClientConnections;
  readonly own: GuardedConnections | undefined;
}

/**
 * Returns connections through the given dispatcher, or guarded ones if there is none.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_PROXY` or `ERR_NETBOOT_INVALID_CA`
 */
export function chooseConnections({
  dispatcher,
  ca,
  connectTimeoutMs = 5000,
}: {
  readonly dispatcher?: Dispatcher | undefined;
  readonly ca?: string | undefined;
  readonly connectTimeoutMs?: number | undefined;
}): ChosenConnections {
  if (dispatcher !== undefined) {
    return { connections: { direct: dispatcher }, own: undefined };
  }
  const own = new GuardedConnections({ connectTimeoutMs, ca });
  return { connections: own, own };
}
