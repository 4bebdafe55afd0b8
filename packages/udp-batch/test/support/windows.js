/**
 * Sends 64 datagrams of each length to itself, and prints how many arrived intact, by length.
 *
 *   windows.js [SEGMENTATION]      `off` to do without UDP GSO
 */
import { EventEmitter, once } from 'node:events';

import { bindUdpSocket } from '../../dist/index.js';

const LENGTHS = [100, 1428, 1472, 1473, 2000, 1400];
const COUNT = 64;
const intact = Object.fromEntries(LENGTHS.map((length) => [length, 0]));
let left = LENGTHS.length * COUNT;
const done = new EventEmitter();
const socket = await bindUdpSocket(
  {
    at: { address: '127.0.0.1', port: 0 },
    recvBufferSize: 8 * 1024 * 1024,
    segmentation: process.argv[2] !== 'off',
  },
  {
    received(batch) {
      for (const { payload } of batch) {
        const expected = (COUNT - (left % COUNT || COUNT)) & 0xff;
        intact[payload.length] += payload.every((byte) => byte === expected) ? 1 : 0;
        left -= 1;
      }
      if (left === 0) {
        done.emit('done');
      }
    },
    failed(error) {
      throw error;
    },
    unsent(error) {
      throw error;
    },
  },
);
const finished = once(done, 'done');
for (const length of LENGTHS) {
  socket.send(
    Array.from({ length: COUNT }, (_, number) => ({
      remote: socket.local,
      head: new Uint8Array(4).fill(number),
      body: new Uint8Array(length - 4).fill(number),
    })),
  );
}
await finished;
await socket.close();
console.log(JSON.stringify(intact));
