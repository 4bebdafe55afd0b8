/** Sends a datagram to itself from a socket that lets routers fragment, and prints `received`. */
import { Buffer } from 'node:buffer';

import { bindUdpSocket } from '../../dist/index.js';

const socket = await bindUdpSocket(
  { at: { address: '127.0.0.1', port: 0 }, allowFragmentation: true },
  {
    received() {
      console.log('received');
      socket.close();
    },
    failed(error) {
      throw error;
    },
  },
);
socket.send([{ remote: socket.local, head: Buffer.from('datagram') }]);
