/**
 * Sends windows of 64 datagrams to a peer that does not exist, and then to one that does.
 */
import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';

import { bindUdpSocket } from '../../dist/index.js';

const COUNT = 64;
const events = new EventEmitter();
const at = { address: '127.0.0.1', port: 0 };
const ignore = { received: () => undefined, failed: () => undefined };
const vacant = await bindUdpSocket({ at }, ignore);
const peer = vacant.local;
await vacant.close();
const socket = await bindUdpSocket({ at, peer }, ignore);
const window = Array.from({ length: COUNT }, (_, number) => ({
  remote: peer,
  head: Uint8Array.of(number),
  body: new Uint8Array(99),
}));
for (let round = 0; round < 20; round += 1) {
  // The second call gets the error that the first one caused, before libuv notices it.
  socket.send(window);
  socket.send(window);
  await setImmediate();
}
let received = 0;
const real = await bindUdpSocket(
  { at: peer },
  {
    ...ignore,
    received(batch) {
      received += batch.length;
      events.emit('received');
    },
  },
);
// The first of these sends may report an error from an earlier one.
while (received < 2 * COUNT) {
  const arrived = once(events, 'received');
  socket.send(window);
  await arrived;
}
await Promise.all([socket.close(), real.close()]);
