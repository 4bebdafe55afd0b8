import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type BootChange } from '../machines/boot-correlator.js';
import { createEventStream, type EventStream } from './event-stream.js';

const CHANGE: BootChange = {
  type: 'updated',
  boot: {
    id: 1,
    address: '192.0.2.1',
    startedAt: 1_000,
    lastSeenAt: 2_000,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'booting',
  },
};

describe('event stream', () => {
  let change: () => void;
  let stream: EventStream;
  let port: number;
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    if (stream.hasRoom) {
      stream.attach(response, request.headers['last-event-id'] as string | undefined);
    } else {
      response.writeHead(503).end();
    }
  });

  /** Opens the stream on a plain socket. */
  async function open(lastEventId = ''): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    const header = lastEventId === '' ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`);
    await once(socket, 'readable');
    return socket;
  }

  async function until(socket: Socket, pattern: RegExp): Promise<string> {
    let text = '';
    for (;;) {
      text += (socket.read() as Buffer | null)?.toString() ?? '';
      if (pattern.test(text)) {
        return text;
      }
      await once(socket, 'readable');
    }
  }

  beforeEach(async () => {
    const followers: ((change: BootChange) => void)[] = [];
    stream = createEventStream(
      {
        follow(follower) {
          followers.push(follower);
          return () => undefined;
        },
      },
      { heartbeatMs: 50, maxEvents: 100, maxClients: 2 },
    );
    change = () => {
      for (const follower of followers) {
        follower(CHANGE);
      }
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(async () => {
    stream.close();
    for (const socket of sockets.splice(0)) {
      socket.destroy();
    }
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  it('sends a comment now and then, for proxies that close silent connections', async () => {
    expect(await until(await open(), /\n:\n\n[\s\S]*\n:\n\n/)).toContain('text/event-stream');
  });

  it('resumes while the events are kept, and sends a reset when they are not', async () => {
    const socket = await open();
    change();
    const [, id = ''] = /^id: (\w+-1)$/m.exec(await until(socket, /-1\n[\s\S]*data: .*\n/)) ?? [];
    for (let count = 0; count < 60; count++) {
      change();
    }
    const missed = await until(await open(id), /-61\n/);
    expect(missed.match(/^event: boot$/gm)).toHaveLength(60);
    socket.destroy();
    for (let count = 0; count < 200; count++) {
      change();
    }
    expect(await until(await open(id), /event: reset/)).not.toContain('event: boot');
  });

  it('has no room for more clients than its limit until one leaves', async () => {
    const first = await open();
    await open();
    expect(stream.hasRoom).toBe(false);
    expect(await until(await open(), /HTTP/)).toContain('503');
    first.destroy();
    await expect.poll(() => stream.hasRoom).toBe(true);
  });

  it('disconnects a client that does not read, and serves the others', async () => {
    const lazy = await open();
    lazy.pause();
    const eager = await open();
    let received = 0;
    eager.on('data', (chunk: Buffer) => (received += chunk.length));
    let sent = 0;
    while (!stream.hasRoom && sent < 200_000) {
      for (let count = 0; count < 200; count++) {
        change();
        sent++;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.hasRoom).toBe(true);
    const before = received;
    change();
    await expect.poll(() => received).toBeGreaterThan(before);
    expect(eager.destroyed).toBe(false);
  });

  it('ends the streams when the daemon stops', async () => {
    const socket = await open();
    stream.close();
    socket.resume();
    await once(socket, 'end');
  });
});
