/**
 * Upper bound for a server on `node:dgram`: `bare-server DIRECTORY` answers each ACK with the blocks after
 * it, from memory. It only keeps the window of each client, and checks and repeats nothing, so no real
 * server on `node:dgram` can be expected to be faster.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decodePacket, encodePacket, findOption } from '@pxe/tftp-protocol';

interface Client {
  readonly blksize: number;
  readonly windowsize: number;
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: bare-server DIRECTORY');
}
const file = readFileSync(join(directory, 'initrd'));
const clients = new Map<number, Client>();
/** Minimum number of clients for which the datagrams of one event loop turn are answered together. */
const MANY = 4;
let received: [datagram: Buffer, from: RemoteInfo][] = [];

const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 * 1024 * 1024,
  sendBufferSize: 2 * 1024 * 1024,
  lookup: (host, _options, callback) => {
    callback(null, host, 4);
  },
});
socket.on('message', (datagram, from) => {
  // Immediate answers are fastest for one client, batches for many.
  if (clients.size < MANY) {
    answer([datagram, from]);
    return;
  }
  if (received.length === 0) {
    setImmediate(() => {
      const batch = received;
      received = [];
      batch.forEach(answer);
    });
  }
  received.push([datagram, from]);
});
socket.bind(69, '127.0.0.1');

function answer([datagram, { port, address }]: (typeof received)[number]): void {
  const client = clients.get(port);
  if (datagram[1] === 4 && client !== undefined) {
    sendWindow(client, datagram.readUInt16BE(2), port, address);
    return;
  }
  const decoded = decodePacket(datagram);
  if (decoded.ok && decoded.packet.type === 'rrq') {
    const { options } = decoded.packet;
    const number = (name: string): number => Number(findOption(options, name) ?? 1);
    clients.set(port, { blksize: number('blksize'), windowsize: number('windowsize') });
    socket.send(encodePacket({ type: 'oack', options }), port, address);
  }
}

/** Sends the window after an ACK; wire numbers are unique, since the file has fewer blocks. */
function sendWindow(
  { blksize, windowsize }: Client,
  acked: number,
  port: number,
  address: string,
): void {
  const last = Math.floor(file.length / blksize) + 1;
  for (let block = acked + 1; block <= Math.min(acked + windowsize, last); block += 1) {
    const body = file.subarray((block - 1) * blksize, block * blksize);
    socket.send(dataPacket(block, body), port, address);
  }
}

const memory = Buffer.from([0, 3, ...new Uint8Array(2 + 65_464)]);

/** Encodes a DATA packet in a buffer that all packets reuse: the kernel has copied it once `send` returns. */
function dataPacket(block: number, body: Uint8Array): Uint8Array {
  memory.writeUInt16BE(block, 2);
  memory.set(body, 4);
  return memory.subarray(0, 4 + body.length);
}
