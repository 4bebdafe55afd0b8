/**
 * A mirror that never finishes a response, or that redirects to another URL. Prints its URL once it is
 * listening.
 *
 *   node endless-mirror.js HOST PORT interim            endless interim responses (status 102)
 *   node endless-mirror.js HOST PORT chunks             an endless body, in chunks of one byte
 *   node endless-mirror.js HOST PORT redirect URL       a redirect to the URL
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

const [host = '', port = '', kind = '', target = ''] = process.argv.slice(2);

/** Start of a response, and the part that is repeated as fast as the client takes it. */
const ANSWERS: Readonly<Record<string, readonly [start: string, repeated: string]>> = {
  interim: ['', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1_000)],
  chunks: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(5_000)],
  redirect: [
    `HTTP/1.1 302 Found\r\nLocation: ${target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    '',
  ],
};
const [start, repeated] = ANSWERS[kind] ?? ['', ''];

async function answer(socket: Socket): Promise<void> {
  await once(socket, 'data');
  socket.resume();
  socket.write(start);
  if (repeated === '') {
    socket.end();
  }
  while (repeated !== '' && !socket.destroyed) {
    if (!socket.write(repeated)) {
      await once(socket, 'drain');
    }
  }
}

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  // A closed connection ends the loop as well, by rejecting the promise.
  answer(socket).catch(() => undefined);
});
server.listen(Number(port), host, () => {
  console.log(`http://${host}:${port}/debian`);
});
