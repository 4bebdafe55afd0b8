/**
 * Requests one name again and again, from one address and at a steady rate, over TFTP or HTTP.
 *
 *   node long-names.js SERVER tftp|http NAME BYTES_PER_SECOND SECONDS [CONNECTIONS]
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { PORTS } from '../daemon/daemon.js';
import { addressAt, OWN_ADDRESSES } from '../network/address-pool.js';

const DEFAULT_CONNECTIONS = '8';
/**
 * Maximum number of bytes that wait in this process for one connection, while the server is busy. Requests beyond it
 * count as sent, but are not sent.
 */
const MAX_UNSENT_BYTES = 4e6;

const [server = '', plane, name = '', bytesPerSecond, seconds, ...rest] = process.argv.slice(2);
const [connectionCount = DEFAULT_CONNECTIONS] = rest;
const message =
  plane === 'tftp'
    ? Buffer.from(`\0\x01${name}\0octet\0`, 'latin1')
    : Buffer.from(`GET /${name} HTTP/1.1\r\nHost: ${server}\r\n\r\n`, 'latin1');
const localAddress = addressAt(OWN_ADDRESSES, 0);
const datagrams = createSocket('udp4');
await new Promise<void>((resolve) => {
  datagrams.bind(0, localAddress, resolve);
});
const connections: Socket[] = [];

function send(turn: number): void {
  if (plane === 'tftp') {
    datagrams.send(message, PORTS.tftp, server);
    return;
  }
  const at = turn % Number(connectionCount);
  let connection = connections[at];
  if (connection === undefined || connection.destroyed) {
    connection = connect({ host: server, port: PORTS.http, localAddress });
    // The server reset the connection: another one is opened with the next message.
    connection.on('error', () => undefined).resume();
    connections[at] = connection;
  }
  if (connection.writableLength < MAX_UNSENT_BYTES) {
    connection.write(message);
  }
}

const startedAt = performance.now();
const durationMs = Number(seconds) * 1000;
let sent = 0;
for (let passedMs = 0; passedMs < durationMs; passedMs = performance.now() - startedAt) {
  const due = ((passedMs / 1000) * Number(bytesPerSecond)) / message.length;
  for (; sent < due; sent += 1) {
    send(sent);
  }
  await delay(5);
}
process.exit();
