/**
 * Reads a file over TFTP in many transfers from one address, each as slowly as the server tolerates; a
 * transfer that the server ends is begun again. Also repeats the first request of each at a steady rate.
 * Prints "open" after the first round of requests. If SMALL_FILE is given, the address first reads it
 * completely, and then acknowledges nothing.
 *
 *   node slow-readers.js SERVER ADDRESS TRANSFERS FILE REPEATS_PER_SECOND SECONDS [SMALL_FILE]
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { PORTS } from '../daemon/daemon.js';
import { acknowledgement, readRequest } from './tftp-request.js';

const ACK_AFTER_MS = 1_000;
const BEGIN_AGAIN_MS = 3_000;
const PER_STEP = 50;

const [server = '', address = '', transfers, filename = '', repeatsPerSecond, seconds, small] =
  process.argv.slice(2);
const request = readRequest({ filename });

const DATA_HEAD = 4;
const BLOCK = 512;

/** Reads a whole file, as fast as the server sends it. */
async function read(name: string): Promise<void> {
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => {
    socket.on('message', (message, remote) => {
      socket.send(acknowledgement(message.readUInt16BE(2)), remote.port, server, () => {
        if (message.length < DATA_HEAD + BLOCK) {
          resolve();
        }
      });
    });
    socket.bind(0, address, () => {
      socket.send(readRequest({ filename: name }), PORTS.tftp, server);
    });
  });
  socket.close();
}

if (small !== undefined) {
  await read(small);
}

/** Begins a transfer; returns a function that repeats its request. */
function readSlowly(): () => void {
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
  const begin = (): void => {
    socket.send(request, PORTS.tftp, server);
  };
  const again = setInterval(begin, BEGIN_AGAIN_MS);
  socket.on('message', (message, remote) => {
    if (message.length < 4 || message.readUInt16BE(0) !== 3) {
      return;
    }
    if (small !== undefined) {
      return;
    }
    again.refresh();
    setTimeout(() => {
      socket.send(acknowledgement(message.readUInt16BE(2)), remote.port, server);
    }, ACK_AFTER_MS);
  });
  // An ICMP error: the server has closed the port of the transfer.
  socket.on('error', () => undefined);
  socket.bind(0, address, begin);
  return begin;
}

const repeats: (() => void)[] = [];
while (repeats.length < Number(transfers)) {
  repeats.push(readSlowly());
  if (repeats.length % PER_STEP === 0) {
    await delay(20);
  }
}
console.log('open');

const startedAt = performance.now();
const durationMs = Number(seconds) * 1000;
let sent = 0;
for (let passedMs = 0; passedMs < durationMs; passedMs = performance.now() - startedAt) {
  for (const due = (passedMs / 1000) * Number(repeatsPerSecond); sent < due; sent += 1) {
    repeats[sent % repeats.length]?.();
  }
  await delay(5);
}
process.exit();
