import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { describe, expect, it } from 'vitest';

import { freeTcpPort, freeUdpPorts } from '../src/index.js';

describe('a free port', () => {
  it('can be bound, and is below those that the system gives out', async () => {
    const port = await freeTcpPort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    const first = await freeUdpPorts(3);
    for (const udpPort of [first, first + 1, first + 2]) {
      const socket = createSocket('udp4').bind(udpPort, '127.0.0.1');
      await once(socket, 'listening');
      socket.close();
    }
    expect(Math.max(port, first + 2)).toBeLessThan(32_768);
  });
});
