/**
 * Sends itself 100 datagrams, each after the previous one has arrived and the socket has looked for more in vain.
 *
 *   lone-peer.js REPOLLS [SOCKETS]
 *
 * With several sockets, they take turns.
 */
import { setImmediate } from 'node:timers';

import { bindUdpSocket } from '../../dist/index.js';

const [repolls, count = '1'] = process.argv.slice(2);
let left = 100;
const sockets = await Promise.all(
  Array.from({ length: Number(count) }, () =>
    bindUdpSocket(
      { at: { address: '127.0.0.1', port: 0 }, repolls: Number(repolls) },
      {
        received() {
          left -= 1;
          // Once the socket's callback and all that follows it are over.
          setImmediate(left > 0 ? send : close);
        },
        failed(error) {
          throw error;
        },
      },
    ),
  ),
);
send();

function send() {
  const socket = sockets[left % sockets.length];
  socket.send([{ remote: socket.local, head: Uint8Array.of(left) }]);
}

function close() {
  for (const socket of sockets) {
    void socket.close();
  }
}
