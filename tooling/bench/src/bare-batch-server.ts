/**
 * Upper bound for a server on `@pxe/udp-batch`: `bare-batch-server DIRECTORY` answers each ACK with the blocks
 * after it, from memory. It only keeps the window of each client, and checks, limits and repeats nothing, so no
 * real server on that package can be expected to be faster.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decodePacket, encodePacket, findOption } from '@pxe/tftp-protocol';
import {
  bindUdpSocket,
  fallbackReason,
  type ReceivedUdpDatagram,
  type UdpEndpoint,
} from '@pxe/udp-batch';

interface Client {
  readonly blksize: number;
  readonly windowsize: number;
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: bare-batch-server DIRECTORY');
}
if (fallbackReason !== undefined) {
  throw new Error(`no native sockets: ${fallbackReason}`);
}
const file = new Uint8Array(readFileSync(join(directory, 'initrd')));
/** Clients by port; they share one address. */
const clients = new Map<number, Client>();

/** Maximum number of datagrams per system call. */
const MAX_PACKED = 64;
/** Blocks to send. */
const pack = {
  count: 0,
  remotes: [] as UdpEndpoint[],
  heads: new Uint8Array(4 * MAX_PACKED),
  headBytes: 4,
  memories: Array.from({ length: MAX_PACKED }, () => file.buffer),
  offsets: [] as number[],
  lengths: [] as number[],
};

const socket = await bindUdpSocket(
  {
    at: { address: '127.0.0.1', port: 69 },
    recvBufferSize: 4 * 1024 * 1024,
    sendBufferSize: 2 * 1024 * 1024,
    repolls: 20,
    reusesDatagrams: true,
  },
  {
    received: (batch) => {
      for (const datagram of batch) {
        answer(datagram);
      }
      sendPack();
    },
    failed: (error) => {
      throw error;
    },
  },
);

function answer({ payload, remote }: ReceivedUdpDatagram): void {
  const client = clients.get(remote.port);
  if (payload[1] === 4 && client !== undefined) {
    addWindow(client, (Number(payload[2]) << 8) | Number(payload[3]), remote);
    return;
  }
  const decoded = decodePacket(payload);
  if (decoded.ok && decoded.packet.type === 'rrq') {
    const { options } = decoded.packet;
    const number = (name: string): number => Number(findOption(options, name) ?? 1);
    clients.set(remote.port, { blksize: number('blksize'), windowsize: number('windowsize') });
    socket.send([{ remote, head: encodePacket({ type: 'oack', options }) }]);
  }
}

/** Adds the window after an ACK; wire numbers are unique, since the file has fewer blocks. */
function addWindow({ blksize, windowsize }: Client, acked: number, remote: UdpEndpoint): void {
  const last = Math.floor(file.length / blksize) + 1;
  const end = Math.min(acked + windowsize, last);
  for (let block = acked + 1; block <= end; block += 1) {
    const at = pack.count;
    const start = (block - 1) * blksize;
    pack.remotes[at] = remote;
    pack.heads[4 * at + 1] = 3;
    pack.heads[4 * at + 2] = block >> 8;
    pack.heads[4 * at + 3] = block;
    pack.offsets[at] = file.byteOffset + start;
    pack.lengths[at] = Math.min(blksize, file.length - start);
    pack.count += 1;
    if (pack.count === MAX_PACKED) {
      sendPack();
    }
  }
}

function sendPack(): void {
  if (pack.count > 0) {
    socket.sendPack(pack);
    pack.count = 0;
  }
}
