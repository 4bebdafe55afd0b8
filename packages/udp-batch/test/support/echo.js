/**
 * Answers each datagram with its sender's address and family, until its parent
 * disconnects. Its socket is descriptor 3.
 */
import { Buffer } from 'node:buffer';

import { bindUdpSocket } from '../../dist/index.js';

const socket = await bindUdpSocket(
  { at: { fd: 3 } },
  {
    received(batch) {
      socket.send(
        batch.map(({ remote }) => ({
          remote,
          head: Buffer.from(`${remote.address} ${remote.family}`),
        })),
      );
    },
    failed(error) {
      throw error;
    },
  },
);
process.on('disconnect', () => socket.close());
