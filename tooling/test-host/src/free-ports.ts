import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Range of the returned ports. It is below the range from which the system picks a port for sockets bound to
 * port 0 (ip(7)), so that no other program gets a returned port by chance before its program has bound it.
 */
const PORTS = { from: 20_000, to: 32_000 } as const;

/** Returns a TCP port that nobody listens on, for programs that cannot choose one themselves. */
export async function freeTcpPort(): Promise<number> {
  let port: number;
  do {
    port = randomInt(PORTS.from, PORTS.to);
  } while (!(await canListen(port)));
  return port;
}

/**
 * Returns consecutive UDP ports that no socket is bound to; a free TCP port may be taken for UDP.
 *
 * @param count - number of ports
 * @returns the first port
 */
export async function freeUdpPorts(count = 1): Promise<number> {
  for (;;) {
    const first = randomInt(PORTS.from, PORTS.to - count);
    const isFree = await Promise.all(
      Array.from({ length: count }, (_, index) => canBind(first + index)),
    );
    if (isFree.every(Boolean)) {
      return first;
    }
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return isReady(server.listen(port, '0.0.0.0'), (closed) => server.close(closed));
}

async function canBind(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return isReady(socket.bind(port, '0.0.0.0'), (closed) => socket.close(closed));
}

/** Waits until a socket listens or fails; closes it if it listens. */
async function isReady(
  socket: NodeJS.EventEmitter,
  close: (closed: () => void) => unknown,
): Promise<boolean> {
  try {
    await once(socket, 'listening');
  } catch {
    return false;
  }
  await new Promise<void>((resolve) => {
    close(resolve);
  });
  return true;
}
