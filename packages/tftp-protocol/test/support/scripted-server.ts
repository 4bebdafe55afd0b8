import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { decodePacket, encodePacket, type TftpPacket } from '../../src/index.js';

/** Server that answers each packet as scripted by a test, correctly or not. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Received packets, in order. */
  readonly received: readonly TftpPacket[];
  /** Ports from which they came, in the same order. */
  readonly remotePorts: readonly number[];
  /** Sends an unexpected packet. */
  send(port: number, packet: TftpPacket): void;
}

/** Starts a server on loopback that answers each packet with those that `answer` returns. */
export async function scriptedServer(
  answer: (packet: TftpPacket, count: number) => readonly TftpPacket[],
): Promise<ScriptedServer> {
  const socket = createSocket('udp4');
  const received: TftpPacket[] = [];
  const remotePorts: number[] = [];
  socket.on('message', (bytes, { address, port }) => {
    const decoded = decodePacket(bytes);
    if (decoded.ok) {
      received.push(decoded.packet);
      remotePorts.push(port);
      for (const packet of answer(decoded.packet, received.length)) {
        socket.send(encodePacket(packet), port, address);
      }
    }
  });
  socket.bind({ address: '127.0.0.1', port: 0 });
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received,
    remotePorts,
    send: (port, packet) => {
      socket.send(encodePacket(packet), port, '127.0.0.1');
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => {
        socket.close(resolve);
      });
    },
  };
}
