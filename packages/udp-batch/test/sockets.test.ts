/** Behaviour that both kinds of sockets share. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type ReceivedUdpDatagram, type UdpDatagram, type UdpEndpoint } from '../src/udp-socket.js';
import { pattern, Sockets, TRANSPORTS } from './support/transports.js';

/** Lengths around each boundary of the native module's memory, and the largest possible with IPv4. */
const LENGTHS = [
  0, 1, 4, 15, 16, 17, 63, 64, 65, 516, 1472, 2047, 2048, 2049, 2111, 2112, 2113, 9000, 65_507,
];

describe.each(TRANSPORTS)('%s socket', (kind, bind) => {
  it('delivers datagrams of all lengths, with their sender', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    const bodies = LENGTHS.map((length) => pattern(length, length));
    client.socket.send(bodies.map((body) => ({ remote: server.socket.local, head: body })));
    await expect.poll(() => server.received).toHaveLength(LENGTHS.length);
    expect(server.received.map(({ payload }) => [...payload])).toEqual(
      bodies.map((body) => [...body]),
    );
    expect(server.received[0]?.remote).toEqual(client.socket.local);
    expect(client.unsent).toEqual([]);
  });

  it('joins head and body, wherever they are', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    const bytes = pattern(4096);
    const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(9);
    const pairs = [
      [bytes.subarray(0, 4), bytes.subarray(100, 1500)],
      [bytes.subarray(7, 200), bytes.subarray(3, 5)],
      [bytes.subarray(4096), bytes.subarray(4000)],
      [bytes.subarray(0, 65), bytes.subarray(1000, 2983)],
      [bytes.subarray(0, 65), bytes.subarray(1000, 2984)],
      [bytes.subarray(0, 4), new Uint8Array()],
      [Uint8Array.of(1), shared],
      [detached(), bytes.subarray(0, 70)],
      [bytes.subarray(0, 4), detached()],
    ] as const;
    const byteArrays = pairs.map((pair) =>
      // A detached array cannot be read, but it has no bytes anyway.
      pair.flatMap((bytes) => (bytes.length === 0 ? [] : [...bytes])),
    );
    client.socket.send(pairs.map(([head, body]) => ({ remote: server.socket.local, head, body })));
    await expect.poll(() => server.received).toHaveLength(pairs.length);
    expect(server.received.map(({ payload }) => [...payload])).toEqual(byteArrays);
  });

  it.each([
    ['a window', { count: 16, headBytes: 4, bodyBytes: 1428, lastBytes: 1428 }],
    ['a short last datagram', { count: 16, headBytes: 4, bodyBytes: 1428, lastBytes: 5 }],
    ['an empty last body', { count: 3, headBytes: 4, bodyBytes: 512, lastBytes: 0 }],
    ['a single datagram', { count: 1, headBytes: 4, bodyBytes: 100, lastBytes: 7 }],
    ['no heads', { count: 5, headBytes: 0, bodyBytes: 70, lastBytes: 70 }],
    ['no bodies', { count: 5, headBytes: 64, bodyBytes: 0, lastBytes: 0 }],
    ['long bodies', { count: 4, headBytes: 4, bodyBytes: 9000, lastBytes: 9 }],
    ['long heads', { count: 4, headBytes: 65, bodyBytes: 10, lastBytes: 10 }],
    ['many datagrams', { count: 150, headBytes: 4, bodyBytes: 20, lastBytes: 1 }],
  ])('sends the datagrams of a series: %s', async (_, shape) => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    const { count, headBytes, bodyBytes, lastBytes } = shape;
    const heads = pattern(count * headBytes, 1);
    const bytes = pattern((count - 1) * bodyBytes + lastBytes, 2);
    const expected = Array.from({ length: count }, (_, at) => [
      ...heads.subarray(at * headBytes, (at + 1) * headBytes),
      ...bytes.subarray(at * bodyBytes, (at + 1) * bodyBytes),
    ]);
    const middle = bytes.length >> 1;
    const ways = [
      [bytes],
      [bytes.subarray(0, middle), bytes.slice(middle)],
      [new Uint8Array(), bytes],
      [bytes, new Uint8Array()],
      [bytes.subarray(0, 1), bytes.subarray(1, 2), bytes.subarray(2)],
      [new Uint8Array(new SharedArrayBuffer(bytes.length))],
    ];
    ways.at(-1)?.[0]?.set(bytes);
    for (const bodies of ways) {
      client.socket.sendSeries({ remote: server.socket.local, count, heads, bodies, bodyBytes });
      await expect.poll(() => server.received.length).toBe(count);
      expect(server.received.splice(0).map(({ payload }) => [...payload])).toEqual(expected);
    }
    expect(client.unsent).toEqual([]);
  });

  it('reports the datagrams of a series that cannot be sent', async () => {
    await using sockets = new Sockets();
    const { socket, unsent } = await sockets.open(bind);
    const remote = { address: 'nowhere', port: 9, family: 'IPv4' } as const;
    const heads = Uint8Array.of(1, 2);
    socket.sendSeries({ remote, count: 2, heads, bodies: [pattern(20)], bodyBytes: 10 });
    await expect.poll(() => unsent).toHaveLength(2);
    expect(unsent).toMatchObject([
      [
        { code: 'EINVAL' },
        { remote, head: heads.subarray(0, 1), body: pattern(20).subarray(0, 10) },
      ],
      [{ code: 'EINVAL' }, { remote, head: heads.subarray(1), body: pattern(20).subarray(10) }],
    ]);
    await socket.close();
    socket.sendSeries({ remote, count: 2, heads, bodies: [pattern(20)], bodyBytes: 10 });
    expect(unsent).toHaveLength(2);
  });

  it.each([
    ['answers', { count: 20, headBytes: 4 }],
    ['no datagrams', { count: 0, headBytes: 4 }],
    ['no heads', { count: 3, headBytes: 0 }],
    ['long heads', { count: 3, headBytes: 65 }],
    ['many datagrams', { count: 150, headBytes: 4 }],
  ])('sends the datagrams of a pack: %s', async (_, { count, headBytes }) => {
    await using sockets = new Sockets();
    const servers = [await sockets.open(bind), await sockets.open(bind)] as const;
    const client = await sockets.open(bind);
    const heads = pattern((count + 2) * headBytes, 1);
    const bodies = [pattern(3_000, 2), undefined, pattern(3_000, 3), pattern(3_000, 2)];
    // Two more entries than datagrams.
    const numbers = Array.from({ length: count + 2 }, (_, at) => at);
    client.socket.sendPack({
      count,
      remotes: numbers.map((at) => servers[at % 3 === 0 ? 1 : 0].socket.local),
      heads,
      headBytes,
      memories: numbers.map((at) => bodies[(at >> 1) % 4]?.buffer),
      offsets: numbers.map((at) => at * 3),
      lengths: numbers.map((at) => 100 + at),
    });
    const datagrams = numbers
      .slice(0, count)
      .map((at) => [
        ...heads.subarray(at * headBytes, (at + 1) * headBytes),
        ...(bodies[(at >> 1) % 4]?.subarray(at * 3, at * 4 + 100) ?? []),
      ]);
    for (const [index, server] of servers.entries()) {
      const own = datagrams.filter((_, at) => (at % 3 === 0 ? 1 : 0) === index);
      await expect.poll(() => server.received.length).toBe(own.length);
      expect(server.received.map(({ payload }) => [...payload])).toEqual(own);
    }
    expect(client.unsent).toEqual([]);
  });

  it('reports the datagrams of a pack that cannot be sent', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const { socket, unsent } = await sockets.open(bind);
    const nowhere = { address: 'nowhere', port: 9, family: 'IPv4' } as const;
    const { buffer } = pattern(20);
    const pack = {
      count: 3,
      remotes: [nowhere, server.socket.local, nowhere],
      heads: Uint8Array.of(1, 2, 3),
      headBytes: 1,
      memories: [buffer, buffer, undefined],
      offsets: [0, 5, 0],
      lengths: [5, 6, 0],
    };
    socket.sendPack(pack);
    await expect.poll(() => unsent).toHaveLength(2);
    const code = 'EINVAL';
    expect(unsent).toMatchObject([
      [{ code }, { remote: nowhere, head: Uint8Array.of(1), body: pattern(20).subarray(0, 5) }],
      [{ code }, { remote: nowhere, head: Uint8Array.of(3) }],
    ]);
    await expect
      .poll(() => server.received.map(({ payload }) => [...payload]))
      .toEqual([[2, ...pattern(20).subarray(5, 11)]]);
    await socket.close();
    socket.sendPack(pack);
    expect(unsent).toHaveLength(2);
  });

  it('sends no body of a pack that is not in its memory', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const { socket } = await sockets.open(bind);
    const memories = [detached().buffer, pattern(9).buffer, pattern(9).buffer, pattern(9).buffer];
    socket.sendPack({
      count: 4,
      remotes: memories.map(() => server.socket.local),
      heads: Uint8Array.of(1, 2, 3, 4),
      headBytes: 1,
      memories,
      offsets: [0, 5, 5],
      lengths: [9, 5, 4],
    });
    await expect.poll(() => server.received.some(({ payload }) => payload[0] === 3)).toBe(true);
    for (const { payload } of server.received) {
      expect(payload.length).toBe(payload[0] === 3 ? 5 : 1);
    }
  });

  it('lends its handler each datagram, if that is allowed', async () => {
    await using sockets = new Sockets();
    const payloads: number[][] = [];
    const ports: number[] = [];
    const server = await sockets.open((binding, handler) =>
      bind(
        { ...binding, reusesDatagrams: true },
        {
          ...handler,
          received(batch) {
            payloads.push(...batch.map(({ payload }) => [...payload]));
            ports.push(...batch.map(({ remote }) => remote.port));
          },
        },
      ),
    );
    const clients = [await sockets.open(bind), await sockets.open(bind)];
    const expected: number[][] = [];
    const senders: number[] = [];
    for (const lengths of [[4], [4], [16, 16, 17, 17], [17, 4], [4, 0, 5, 2000], [5, 5, 0]]) {
      for (const client of clients) {
        const sent = lengths.map((length, at) => pattern(length, at + expected.length));
        client.socket.send(sent.map((head) => ({ remote: server.socket.local, head })));
        expected.push(...sent.map((payload) => [...payload]));
        senders.push(...sent.map(() => client.socket.local.port));
        await expect.poll(() => payloads).toHaveLength(expected.length);
      }
    }
    expect(payloads).toEqual(expected);
    expect(ports).toEqual(senders);
  });

  it('sends any number of datagrams in order', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    const other = await sockets.open(bind);
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const batch = numbers.map((number): UdpDatagram => {
      const remote = number % 10 === 9 ? other.socket.local : server.socket.local;
      return { remote, head: Uint8Array.of(number), body: pattern(number % 7 === 6 ? 90 : 100) };
    });
    client.socket.send(batch);
    await expect.poll(() => server.received.length + other.received.length).toBe(200);
    const isForOther = (number: number): boolean => number % 10 === 9;
    expect(server.received.map(({ payload }) => payload[0])).toEqual(
      numbers.filter((number) => !isForOther(number)),
    );
    expect(other.received.map(({ payload }) => payload[0])).toEqual(numbers.filter(isForOther));
    expect(server.received.every(({ payload }) => [91, 101].includes(payload.length))).toBe(true);
  });

  it('sends broadcasts if that is allowed', async () => {
    await using sockets = new Sockets();
    const everybody = { address: '127.255.255.255', port: 0 };
    const server = await sockets.open(bind, { at: everybody });
    const client = await sockets.open(bind, { broadcast: true });
    const other = await sockets.open(bind);
    const broadcast = { remote: server.socket.local, head: Uint8Array.of(1) };
    client.socket.send([broadcast]);
    other.socket.send([broadcast]);
    await expect.poll(() => other.unsent).toMatchObject([[{ code: 'EACCES' }, broadcast]]);
    await expect.poll(() => server.received).toMatchObject([{ remote: client.socket.local }]);
  });

  it('speaks IPv6', async () => {
    await using sockets = new Sockets();
    const at = { address: '::1', port: 0 };
    const server = await sockets.open(bind, { at });
    const client = await sockets.open(bind, { at });
    expect(server.socket.local).toMatchObject({ address: '::1', family: 'IPv6' });
    for (const number of [1, 2]) {
      client.socket.send([{ remote: server.socket.local, head: Uint8Array.of(number) }]);
      await expect.poll(() => server.received).toHaveLength(number);
    }
    expect(server.received[1]?.remote).toEqual(client.socket.local);
  });

  it.each(['127.0.0.1', '::1'])('answers the sender of a datagram on %s', async (address) => {
    await using sockets = new Sockets();
    const at = { address, port: 0 };
    const server = await sockets.open(bind, { at });
    const clients = [await sockets.open(bind, { at }), await sockets.open(bind, { at })];
    for (const [index, { socket, received }] of clients.entries()) {
      socket.send([{ remote: server.socket.local, head: Uint8Array.of(index) }]);
      await expect.poll(() => server.received).toHaveLength(index + 1);
      const [{ remote, payload }] = server.received.slice(-1) as [ReceivedUdpDatagram];
      server.socket.send([{ remote, head: payload }]);
      await expect.poll(() => received).toMatchObject([{ payload, remote: server.socket.local }]);
    }
  });

  it('reports the datagrams that cannot be sent, and sends the rest', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    const good = server.socket.local;
    const remotes: UdpEndpoint[] = [
      { ...good, address: 'localhost' },
      { ...good, address: '::1', family: 'IPv6' },
      { ...good, port: 65_536 },
      { ...good, port: Number.NaN },
      { ...good, port: 0 },
    ];
    const batch = remotes.map((remote) => ({ remote, head: Uint8Array.of(1) }));
    const tooLong = { remote: good, head: new Uint8Array(65_508) };
    client.socket.send([...batch, tooLong, { remote: good, head: Uint8Array.of(2) }]);
    await expect.poll(() => server.received.map(({ payload }) => payload[0])).toEqual([2]);
    await expect.poll(() => client.unsent).toHaveLength(6);
    expect(client.unsent.map(([, datagram]) => datagram)).toEqual([...batch, tooLong]);
    const codes = client.unsent.map(([error]) => 'code' in error && error.code);
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'EINVAL'), 'EMSGSIZE']);
    expect(client.unsent[0]?.[0].message).toMatch(/EINVAL.* localhost:\d+$/);
  });

  it('drops datagrams that cannot be sent if there is no unsent callback', async () => {
    await using sockets = new Sockets();
    const { socket } = await sockets.open((binding) =>
      bind(binding, { received: () => undefined, failed: () => undefined }),
    );
    const head = new Uint8Array(70_000);
    expect(() => {
      socket.send([{ remote: { ...socket.local, port: 0 }, head }]);
      socket.send([{ remote: socket.local, head }]);
    }).not.toThrow();
    await new Promise(setImmediate);
  });

  it('gives the reason why a port cannot be bound', async () => {
    await using sockets = new Sockets();
    const { socket } = await sockets.open(bind);
    await expect(sockets.open(bind, { at: socket.local })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
      address: '127.0.0.1',
      port: socket.local.port,
    });
    await expect(
      sockets.open(bind, { at: { address: '192.0.2.1', port: 0 } }),
    ).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it('shares its port if that is allowed', async () => {
    await using sockets = new Sockets();
    const first = await sockets.open(bind, { reuseAddr: true });
    const second = await sockets.open(bind, { reuseAddr: true, at: first.socket.local });
    expect(second.socket.local).toEqual(first.socket.local);
  });

  it('sets the sizes of its buffers', async () => {
    await using sockets = new Sockets();
    const small = await sockets.open(bind, { recvBufferSize: 4096, sendBufferSize: 8192 });
    const client = await sockets.open(bind);
    const body = new Uint8Array(4000);
    const datagram = { remote: small.socket.local, head: body };
    client.socket.send(Array.from({ length: 64 }, () => datagram));
    client.socket.send([{ remote: client.socket.local, head: Uint8Array.of(1) }]);
    await expect.poll(() => client.received).toHaveLength(1);
    await expect.poll(() => small.received.length).toBeGreaterThan(0);
    expect(small.received.length).toBeLessThan(64);
  });

  it('reports ICMP errors from its only peer, and continues', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const peer = server.socket.local;
    await server.socket.close();
    const client = await sockets.open(bind, { peer });
    client.socket.send([{ remote: peer, head: Uint8Array.of(1) }]);
    await expect.poll(() => client.failures).toHaveLength(1);
    expect(client.failures[0]).toMatchObject({ code: 'ECONNREFUSED' });
    const again = await sockets.open(bind, { at: peer });
    client.socket.send([{ remote: peer, head: Uint8Array.of(2) }]);
    await expect.poll(() => again.received).toHaveLength(1);
    again.socket.send([{ remote: client.socket.local, head: Uint8Array.of(3) }]);
    await expect.poll(() => client.received).toHaveLength(1);
  });

  it('sends to its only peer, whatever receiver a datagram names', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const { socket, unsent } = await sockets.open(bind, { peer: server.socket.local });
    const remote = { address: '::1', port: 0, family: 'IPv6' } as const;
    socket.send([{ remote, head: Uint8Array.of(1) }]);
    socket.sendSeries({
      remote,
      count: 1,
      heads: Uint8Array.of(2),
      bodies: [pattern(3)],
      bodyBytes: 3,
    });
    await expect.poll(() => server.received).toHaveLength(2);
    expect(unsent).toEqual([]);
  });

  it('refuses a peer of the other address family', async () => {
    await using sockets = new Sockets();
    const peer = { address: '::1', port: 9, family: 'IPv6' } as const;
    await expect(sockets.open(bind, { peer })).rejects.toThrow();
    await expect(
      sockets.open(bind, { at: { address: '::1', port: 0 }, peer: { ...peer, address: 'x' } }),
    ).rejects.toThrow();
  });

  it('delivers and sends nothing once it is closed', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bind);
    const client = await sockets.open(bind);
    client.socket.send([{ remote: server.socket.local, head: Uint8Array.of(1) }]);
    await server.socket.close();
    await server.socket.close();
    await server.socket[Symbol.asyncDispose]();
    server.socket.ref();
    server.socket.unref();
    server.socket.send([{ remote: client.socket.local, head: Uint8Array.of(2) }]);
    expect(server.socket.queuedDatagrams).toBe(0);
    expect(server.socket.queuedBytes).toBe(0);
    // The server's port is free at once.
    const heir = await sockets.open(bind, { at: server.socket.local });
    client.socket.send([{ remote: heir.socket.local, head: Uint8Array.of(3) }]);
    await expect.poll(() => heir.received).toHaveLength(1);
    expect(server.received).toEqual([]);
    expect(client.received).toEqual([]);
  });

  it('works without buffer sizes and segmentation', async () => {
    const received: number[] = [];
    const socket = await bind(
      { at: { address: '127.0.0.1', port: 0 }, segmentation: false },
      { received: (batch) => received.push(batch.length), failed: () => undefined },
    );
    socket.unref();
    socket.ref();
    socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
    await expect.poll(() => received).toEqual([1]);
    await socket.close();
  });

  it('may be closed by its own callback', async () => {
    await using sockets = new Sockets();
    const client = await sockets.open(bind);
    let batches = 0;
    let closed: Promise<void> | undefined;
    const { socket } = await sockets.open((binding) => {
      const opened = bind(binding, {
        received() {
          batches += 1;
          closed = Promise.resolve(opened).then((it) => it.close());
        },
        failed: () => undefined,
      });
      return opened;
    });
    client.socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
    await expect.poll(() => batches).toBe(1);
    await closed;
    client.socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
    client.socket.send([{ remote: client.socket.local, head: Uint8Array.of(1) }]);
    await expect.poll(() => client.received).toHaveLength(1);
    expect(batches).toBe(1);
  });

  it('refuses a descriptor that is not a UDP socket', async () => {
    await using sockets = new Sockets();
    const fd = openSync('/dev/null', 'r');
    try {
      await expect(sockets.open(bind, { at: { fd } })).rejects.toThrow();
      // The caller still owns the descriptor.
      expect(() => readFileSync(`/proc/self/fdinfo/${fd}`)).not.toThrow();
    } finally {
      closeSync(fd);
    }
  });

  it.each(['IPv4', 'IPv6', 'both'] as const)('takes over a bound socket of %s', async (family) => {
    const bound = createSocket({
      type: family === 'IPv4' ? 'udp4' : 'udp6',
      ipv6Only: family === 'IPv6',
    });
    const before = new Set(socketDescriptors());
    bound.bind(0, family === 'IPv4' ? '127.0.0.1' : '::');
    await once(bound, 'listening');
    const fd = socketDescriptors().find((one) => !before.has(one));
    const program = spawn(process.execPath, [join(import.meta.dirname, 'support/echo.js')], {
      stdio: ['ipc', 'inherit', 'inherit', fd],
      env: { ...process.env, ...(kind !== 'native' && { UDP_BATCH_NATIVE: 'off' }) },
    });
    const { port } = bound.address();
    // From now on, only the program reads from the socket.
    bound.close();
    await using sockets = new Sockets();
    const address = family === 'IPv6' ? '::1' : '127.0.0.1';
    const client = await sockets.open(bind, { at: { address, port: 0 } });
    const remote = { address, port, family: client.socket.local.family };
    await expect
      .poll(() => {
        client.socket.send([{ remote, head: Uint8Array.of(1) }]);
        return client.received.map(({ payload }) => String.fromCodePoint(...payload)).at(-1);
      })
      .toBe(`${address} ${remote.family}`);
    program.disconnect();
    await expect(once(program, 'exit')).resolves.toEqual([0, null]);
  });
});

/** Returns an array whose memory was moved to another thread. */
function detached(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(100);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

/** Returns the descriptors of the sockets of this process. */
function socketDescriptors(): number[] {
  return readdirSync('/proc/self/fd')
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
      } catch {
        // The descriptor that listed the directory is already closed.
        return false;
      }
    })
    .map(Number);
}
