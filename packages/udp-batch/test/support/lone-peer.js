/**
 * Sends itself 100 datagrams, each after the previous one has arrived and the socket has looked for more in vain.
 *
 *   lone-peer.js REPOLLS
 */
import { setImmediate } from 'node:timers';

import { bindUdpSocket } from '../../dist/index.js';

let left = 100;
const socket = await bindUdpSocket(
  { at: { address: '127.0.0.1', port: 0 }, repolls: Number(process.argv[2]) },
  {
    received() {
      left -= 1;
      // Once the socket's callback and all that follows it are over.
      setImmediate(left > 0 ? send : () => void socket.close());
    },
    failed(error) {
      throw error;
    },
  },
);
send();

function send() {
  socket.send([{ remote: socket.local, head: Uint8Array.of(left) }]);
}
