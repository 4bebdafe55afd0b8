import { once } from 'node:events';
import { connect } from 'node:net';

/** An HTTP answer as it came over the wire. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Header lines in their order and case. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** True when the server closed the connection by itself. */
  readonly closed: boolean;
}

/** Writes `request` to a fresh connection and reads until the server closes or goes quiet. */
export async function rawHttp(port: number, request: string, quietMs = 300): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(socket, 'end').then(() => true);
  socket.write(request);
  const quiet = once(socket, 'data').then(
    () =>
      new Promise<false>((resolve) => {
        const timer = setTimeout(resolve, quietMs, false);
        socket.on('data', () => timer.refresh());
      }),
  );
  const closed = await Promise.race([ended, quiet]);
  socket.destroy();
  const bytes = Buffer.concat(chunks);
  const split = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...headers] = bytes
    .subarray(0, Math.max(split, 0))
    .toString()
    .split('\r\n');
  return { statusLine, headers, body: bytes.subarray(split + 4), closed };
}
