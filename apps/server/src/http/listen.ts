import { type Server } from 'node:http';

import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { ListenError } from '../errors.js';

/**
 * Binds one server per address; when one fails, those already bound are closed.
 *
 * An address of `*` is every address, IPv4 and IPv6.
 *
 * @param plane - what the error calls the listener, as in `boot HTTP`
 * @param onError - called with later errors of a listener, such as those of accept(2); it listens on
 * @throws {@link ListenError}
 */
export async function listen(
  plane: string,
  addresses: readonly ListenAddress[],
  create: () => Server,
  onError: (error: Error) => void,
): Promise<Server[]> {
  const bound: Server[] = [];
  for (const address of addresses) {
    const server = create();
    try {
      await bind(server, address);
    } catch (error) {
      await closeServers(bound, 0);
      throw new ListenError(plane, formatListenAddress(address), error);
    }
    server.on('error', onError);
    bound.push(server);
  }
  return bound;
}

/**
 * Connections that wait to be accepted; the system caps it (net.core.somaxconn). Node's 511 overflow in
 * a flood, and the clients that are turned away try again only after a second.
 */
const BACKLOG = 4096;

function bind(server: Server, { address, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Without a host, Node takes :: for both families, or 0.0.0.0 on a host without IPv6.
    const host = address === '*' ? undefined : address;
    server.listen({ port, host, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Closes idle connections at once and busy ones when they are done, at the latest after `graceMs`. */
export async function closeServers(servers: readonly Server[], graceMs: number): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          const deadline = setTimeout(() => {
            server.closeAllConnections();
          }, graceMs);
          server.close(() => {
            clearTimeout(deadline);
            resolve();
          });
          server.closeIdleConnections();
        }),
    ),
  );
}
