import { connect } from 'node:net';

/** Maximum time for a host to answer, in milliseconds. */
const PATIENCE_MS = 3_000;

/** Returns true if a host answers over TCP: it accepts or refuses a connection. */
export function answersTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (isAlive: boolean): void => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('timeout', () => {
      end(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET');
    });
  });
}
