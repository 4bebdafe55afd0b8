import { type Server } from 'node:http';

import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { ListenError } from '../errors.js';
import { portHolder } from '../port-holder.js';

/**
 * Creates and binds one server per address. If one cannot be bound, those already bound are closed.
 *
 * The address `*` means every address, IPv4 and IPv6.
 *
 * @param plane - name of the listener in errors, as in `boot HTTP`
 * @param onError - called with later errors from a listener, such as those of accept(2); it keeps listening
 * @throws {@link ListenError} when an address cannot be bound
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
      throw new ListenError(plane, formatListenAddress(address), error, {
        holder: await portHolder('tcp', address.port),
      });
    }
    server.on('error', onError);
    bound.push(server);
  }
  return bound;
}

/**
 * Maximum number of connections waiting for accept, capped by net.core.somaxconn. Node's default of 511
 * overflows in a flood, and a client whose SYN is dropped retries only after a second.
 */
const BACKLOG = 4096;

function bind(server: Server, { address, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Without a host, Node binds :: for both families, or 0.0.0.0 on a host without IPv6.
    const host = address === '*' ? undefined : address;
    server.listen({ port, host, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Stops listening. Closes idle connections immediately, and busy ones when they are done or after `graceMs`.
 */
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
