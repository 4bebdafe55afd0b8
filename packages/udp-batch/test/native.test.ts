/** Native sockets: what `node:dgram` cannot do, and the module itself. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { BatchSockets } from '../src/batch-socket.js';
import { systemError } from '../src/errors.js';
import { bindDgramSocket, bindUdpSocket, fallbackReason } from '../src/index.js';
import { loadNativeModule } from '../src/native-binding.js';
import { PeerAddresses } from '../src/peer-addresses.js';
import { type UdpBinding } from '../src/udp-socket.js';
import { bindNative, nativeModule, pattern, Sockets } from './support/transports.js';

const PACKAGE = join(import.meta.dirname, '..');

/** Error for anything that a socket of `node:dgram` cannot do. */
const NOT_NATIVE = { name: 'UdpBatchError', code: 'ERR_UDP_BATCH_NOT_NATIVE' };

describe('native socket', () => {
  it('is what bindUdpSocket opens if the native module loads', async () => {
    expect(fallbackReason).toBeUndefined();
    await using sockets = new Sockets();
    const server = await sockets.open(bindUdpSocket);
    const client = await sockets.open(bindUdpSocket);
    const datagram = { remote: server.socket.local, head: Uint8Array.of(1) };
    client.socket.send(Array.from({ length: 64 }, () => datagram));
    await expect.poll(() => server.received).toHaveLength(64);
    expect(server.batches).toEqual([64]);
  });

  it('uses the objects of a batch and its short payloads again, if that is allowed', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bindNative, { reusesDatagrams: true });
    const client = await sockets.open(bindNative);
    const send = async (...heads: readonly Uint8Array[]): Promise<void> => {
      server.received.length = 0;
      client.socket.send(heads.map((head) => ({ remote: server.socket.local, head })));
      await expect.poll(() => server.received).toHaveLength(heads.length);
    };
    await send(pattern(4, 1), pattern(17, 1));
    const [first, second] = server.received.map(({ payload }) => payload);
    await send(pattern(4, 2), pattern(17, 2));
    expect([first, second]).toEqual([pattern(4, 2), pattern(17, 1)]);
    expect(server.received.map(({ payload }) => payload)).toEqual([pattern(4, 2), pattern(17, 2)]);
    // The handler may even give the memory away.
    structuredClone(first, { transfer: [first?.buffer as ArrayBuffer] });
    await send(pattern(4, 3));
    expect(server.received[0]?.payload).toEqual(pattern(4, 3));
  });

  it('uses nothing again if it reports where datagrams were received', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bindNative, { reusesDatagrams: true, packetInfo: true });
    for (const number of [1, 2]) {
      server.socket.send([{ remote: server.socket.local, head: Uint8Array.of(number) }]);
      await expect.poll(() => server.received).toHaveLength(number);
    }
    expect(server.received.map(({ payload }) => [...payload])).toEqual([[1], [2]]);
    expect(server.received[0]?.local).toBeDefined();
  });

  it('reports where a datagram was received, and can answer from there', async () => {
    await using sockets = new Sockets();
    const loopback = interfaceIndex();
    for (const [wildcard, address] of [
      ['0.0.0.0', '127.0.0.7'],
      ['::', '::1'],
    ] as const) {
      const own = { address: wildcard, port: 0 };
      const server = await sockets.open(bindNative, { at: own, packetInfo: true });
      const { family, port } = server.socket.local;
      const at = { address: family === 'IPv4' ? '127.0.0.1' : '::1', port: 0 };
      const client = await sockets.open(bindNative, { at });
      client.socket.send([{ remote: { address, port, family }, head: Uint8Array.of(1) }]);
      await expect.poll(() => server.received).toHaveLength(1);
      const [datagram] = server.received;
      expect(datagram?.local).toEqual({
        destination: address,
        address,
        interfaceIndex: loopback,
      });
      const remote = client.socket.local;
      const answer = { remote, head: Uint8Array.of(2) };
      server.socket.send([
        { ...answer, ...(datagram?.local && { from: datagram.local }) },
        { ...answer, from: { interfaceIndex: loopback } },
        { ...answer, from: { address } },
      ]);
      await expect.poll(() => client.received).toHaveLength(3);
      expect(client.received[0]?.remote).toEqual({ address, port, family });
      expect(client.received[2]?.remote).toEqual({ address, port, family });
    }
  });

  it('does not send from an address that does not belong to this host', async () => {
    await using sockets = new Sockets();
    const { socket, unsent } = await sockets.open(bindNative);
    const datagram = { remote: socket.local, head: Uint8Array.of(1) };
    for (const from of [
      { address: 'here' },
      { address: '::1' },
      { address: '192.0.2.1' },
      { interfaceIndex: 999_999 },
    ]) {
      socket.send([{ ...datagram, from }]);
    }
    const codes = unsent.map(([error]) => 'code' in error && error.code);
    // Linux's error code for a foreign address depends on the host's routes.
    expect(codes).toEqual(['EINVAL', 'EINVAL', expect.any(String), 'ENODEV']);
  });

  it('sends to a link-local address with its scope', async () => {
    await using sockets = new Sockets();
    const at = { address: '::', port: 0 };
    const { socket, unsent } = await sockets.open(bindNative, { at });
    const remote = { address: 'fe80::1%lo', port: 9, family: 'IPv6' } as const;
    socket.send([{ remote, head: Uint8Array.of(1) }]);
    // Loopback has no link-local network, so sending fails; without a scope, the address would be invalid.
    expect(unsent.every(([error]) => !error.message.includes('EINVAL'))).toBe(true);
  });

  it('spreads peers over the sockets of a port', async () => {
    await using sockets = new Sockets();
    const first = await sockets.open(bindNative, { reusePort: true });
    const second = await sockets.open(bindNative, { reusePort: true, at: first.socket.local });
    for (let peers = 0; peers < 64; peers += 1) {
      const peer = await sockets.open(bindNative);
      peer.socket.send([{ remote: first.socket.local, head: Uint8Array.of(1) }]);
    }
    await expect.poll(() => first.received.length + second.received.length).toBe(64);
    expect(Math.min(first.received.length, second.received.length)).toBeGreaterThan(0);
  });

  it('receives from one interface only', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bindNative, { device: 'lo', allowFragmentation: true });
    const client = await sockets.open(bindNative, { allowFragmentation: true });
    client.socket.send([{ remote: server.socket.local, head: new Uint8Array(3000) }]);
    await expect.poll(() => server.received).toHaveLength(1);
    await expect(sockets.open(bindNative, { device: 'absent0' })).rejects.toMatchObject({
      code: 'ENODEV',
      syscall: 'setsockopt',
      address: '127.0.0.1',
    });
    await expect(sockets.open(bindNative, { device: 'x'.repeat(40) })).rejects.toThrow(TypeError);
  });

  it('polls for more before it sleeps', async () => {
    await using sockets = new Sockets();
    const server = await sockets.open(bindNative, { repolls: 20 });
    const client = await sockets.open(bindNative);
    for (let number = 1; number <= 100; number += 1) {
      client.socket.send([{ remote: server.socket.local, head: Uint8Array.of(number) }]);
      await expect.poll(() => server.received, { interval: 0 }).toHaveLength(number);
    }
  });

  it('rejects text that is not an address', async () => {
    await using sockets = new Sockets();
    for (const address of ['localhost', '', '127.0.0.1\0', '1'.repeat(200)]) {
      await expect(sockets.open(bindNative, { at: { address, port: 0 } })).rejects.toMatchObject({
        code: 'EINVAL',
      });
    }
    await expect(
      sockets.open(bindNative, { at: { address: '127.0.0.1', port: 65_536 } }),
    ).rejects.toMatchObject({ code: 'EINVAL' });
    const peer = { address: 'router', port: 9, family: 'IPv4' } as const;
    await expect(sockets.open(bindNative, { peer })).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('names the peer that it cannot be connected to', async () => {
    await using sockets = new Sockets();
    const peer = { address: '::1', port: 9, family: 'IPv6' } as const;
    await expect(sockets.open(bindNative, { peer })).rejects.toMatchObject({
      syscall: 'connect',
      address: '::1',
      port: 9,
    });
    await expect(sockets.open(bindNative, { at: { fd: 999_999 } })).rejects.toMatchObject({
      code: 'EBADF',
      syscall: 'getsockname',
    });
  });

  it('remembers senders, but not the interface of a link-local sender', () => {
    const native = nativeModule();
    const addresses = new PeerAddresses(native);
    const receiveFrom = (first: number, scope: number): void => {
      native.received.set([1, 6, 2000, first, 0, 0, 1, scope]);
    };
    receiveFrom(0x2001_0db8, 0);
    expect(addresses.sender(0)).toMatchObject({ address: '2001:db8::1', port: 2000 });
    expect(addresses.sender(0)).toBe(addresses.sender(0));
    receiveFrom(0xfe80_0000, interfaceIndex());
    expect(addresses.sender(0)).toMatchObject({ address: 'fe80::1%lo', family: 'IPv6' });
    expect(addresses.sender(0)).not.toBe(addresses.sender(0));
  });

  it('remembers a bounded number of peers', async () => {
    await using sockets = new Sockets();
    const client = await sockets.open(bindNative, { at: { address: '0.0.0.0', port: 0 } });
    const { port } = client.socket.local;
    const head = Uint8Array.of(1);
    for (let third = 0; third < 34; third += 1) {
      client.socket.send(
        Array.from({ length: 250 }, (_, fourth) => {
          const address = `127.1.${third}.${fourth + 1}`;
          return { remote: { address, port, family: 'IPv4' }, head };
        }),
      );
      await expect.poll(() => client.received, { interval: 5 }).toHaveLength((third + 1) * 250);
    }
    expect(client.unsent).toEqual([]);
  });

  describe('when the kernel accepts no more', () => {
    /**
     * Opens a socket whose kernel accepts the given numbers of datagrams, one number per call, and then all. Of a
     * series, it accepts one datagram, which gets lost.
     */
    async function slow(sockets: Sockets, accepted: number[], binding: Partial<UdpBinding> = {}) {
      const native = nativeModule();
      const batches = new BatchSockets({
        ...native,
        open(...terms) {
          const socket = native.open(...terms);
          return typeof socket === 'number'
            ? socket
            : Object.assign(socket, { sendSeries: () => 1 });
        },
        send(socket, count, buffers, bufferCount) {
          return native.send(socket, accepted.shift() ?? count, buffers, bufferCount);
        },
      });
      const server = await sockets.open(bindNative);
      const client = await sockets.open((terms, handler) => batches.bind(terms, handler), binding);
      const { local } = server.socket;
      const send = (...numbers: readonly number[]): void => {
        const body = pattern(100);
        client.socket.send(
          numbers.map((number) => ({ remote: local, head: Uint8Array.of(number), body })),
        );
        // The caller may use the memory again.
        body.fill(0);
      };
      const numbers = (): unknown[] => server.received.map(({ payload }) => payload[0]);
      return { client, server, send, numbers };
    }

    it('queues copies and sends them in order', async () => {
      await using sockets = new Sockets();
      const { client, server, send, numbers } = await slow(sockets, [1, 0, 1]);
      send(1, 2, 3);
      expect(client.socket.queuedDatagrams).toBe(2);
      expect(client.socket.queuedBytes).toBe(202);
      client.socket.send([
        {
          remote: server.socket.local,
          head: Uint8Array.of(4),
          from: { address: '127.0.0.1' },
        },
      ]);
      expect(client.socket.queuedBytes).toBe(203);
      await expect.poll(numbers).toEqual([1, 2, 3, 4]);
      expect(server.received.map(({ payload }) => payload.length)).toEqual([101, 101, 101, 1]);
      expect([...(server.received[2]?.payload ?? [])].slice(1)).toEqual([...pattern(100)]);
      expect(client.socket.queuedDatagrams).toBe(0);
      expect(client.socket.queuedBytes).toBe(0);
      send(5);
      await expect.poll(numbers).toEqual([1, 2, 3, 4, 5]);
    });

    it('queues copies of the rest of a series, and of the next one', async () => {
      await using sockets = new Sockets();
      const { client, server, send, numbers } = await slow(sockets, [0]);
      const series = (first: number): void => {
        const heads = Uint8Array.of(first, first + 1, first + 2);
        const bodies = [pattern(300)];
        const remote = server.socket.local;
        client.socket.sendSeries({ remote, count: 3, heads, bodies, bodyBytes: 100 });
        heads.fill(0);
        bodies[0]?.fill(0);
      };
      send(1);
      series(2);
      expect(client.socket.queuedDatagrams).toBe(4);
      await expect.poll(numbers).toEqual([1, 2, 3, 4]);
      series(5);
      // The first one was accepted, and lost.
      expect(client.socket.queuedDatagrams).toBe(2);
      await expect.poll(numbers).toEqual([1, 2, 3, 4, 6, 7]);
      expect([...(server.received.at(-1)?.payload ?? [])].slice(1)).toEqual([
        ...pattern(300).subarray(200),
      ]);
    });

    it('queues copies of the rest of a pack, and of the next one', async () => {
      await using sockets = new Sockets();
      const { client, server, numbers } = await slow(sockets, [1, 0]);
      const pack = (first: number): void => {
        const heads = Uint8Array.of(first, first + 1, first + 2);
        const { buffer } = pattern(300);
        client.socket.sendPack({
          count: 3,
          remotes: Array.from(heads, () => server.socket.local),
          heads,
          headBytes: 1,
          memories: [buffer, undefined, buffer],
          offsets: [0, 0, 200],
          lengths: [100, 0, 100],
        });
        heads.fill(0);
        new Uint8Array(buffer).fill(0);
      };
      pack(1);
      expect(client.socket.queuedDatagrams).toBe(2);
      pack(4);
      expect(client.socket.queuedDatagrams).toBe(5);
      await expect.poll(numbers).toEqual([1, 2, 3, 4, 5, 6]);
      expect(server.received.map(({ payload }) => payload.length)).toEqual([
        101, 1, 101, 101, 1, 101,
      ]);
      expect([...(server.received.at(-1)?.payload ?? [])].slice(1)).toEqual([
        ...pattern(300).subarray(200),
      ]);
    });

    it('limits the bytes in its queue', async () => {
      await using sockets = new Sockets();
      const { client, send, numbers } = await slow(sockets, [0], { maxQueuedBytes: 250 });
      send(1, 2, 3);
      expect(client.unsent).toMatchObject([[{ code: 'ENOBUFS' }, { head: Uint8Array.of(3) }]]);
      await expect.poll(numbers).toEqual([1, 2]);
    });

    it('limits the number of datagrams in its queue, whatever their length', async () => {
      await using sockets = new Sockets();
      const { client, server } = await slow(sockets, [0]);
      const empty = { remote: server.socket.local, head: new Uint8Array(0) };
      client.socket.send(Array.from({ length: 20_000 }, () => empty));
      expect(client.socket.queuedDatagrams).toBe(16_384);
      expect(client.unsent).toHaveLength(20_000 - 16_384);
      expect(client.unsent[0]).toMatchObject([{ code: 'ENOBUFS' }, empty]);
    });

    it('discards its queue when it is closed', async () => {
      await using sockets = new Sockets();
      const { client, send, numbers } = await slow(sockets, [0]);
      send(1);
      await client.socket.close();
      expect(client.socket.queuedDatagrams).toBe(0);
      await new Promise(setImmediate);
      expect(numbers()).toEqual([]);
    });
  });
});

describe('native module', () => {
  it('was built from the source in the repository', () => {
    const source = readFileSync(join(PACKAGE, 'native/udp-batch.c'));
    const hash = createHash('sha256').update(source).digest('hex');
    for (const platform of readdirSync(join(PACKAGE, 'prebuilds'))) {
      const file = readFileSync(join(PACKAGE, 'prebuilds', platform, 'udp-batch.node'), 'latin1');
      expect(file, platform).toContain(`${hash} gcc `);
    }
    expect(nativeModule().builtFrom.startsWith(hash)).toBe(true);
  });

  it.each([
    ['another system', { platform: 'darwin', env: {} }, 'no native module for darwin on x64'],
    ['another processor', { arch: 'riscv64', env: {} }, 'no native module for linux on riscv64'],
    ['a user who turns it off', { env: { UDP_BATCH_NATIVE: 'off' } }, /^turned off/],
    [
      'a file that is missing',
      { env: { UDP_BATCH_NATIVE: '/absent.node' } },
      /cannot be loaded: .*absent/,
    ],
    ['a file of another version', { env: { UDP_BATCH_NATIVE: 'node:fs' } }, /another version/],
  ] as const)('is replaced by node:dgram for %s', (_, host, reason) => {
    expect(loadNativeModule({ platform: 'linux', arch: 'x64', ...host })).toEqual({
      ok: false,
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  it('is replaced by node:dgram whatever loading it throws', () => {
    const host = { platform: 'linux', arch: 'arm64', env: {} } as const;
    const result = loadNativeModule(host, (file) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- as native code may
      throw file;
    });
    expect(result).toEqual({
      ok: false,
      reason: 'the native module cannot be loaded: ../prebuilds/linux-arm64/udp-batch.node',
    });
  });
});

describe('socket of node:dgram', () => {
  it.each([
    { reusePort: true },
    { packetInfo: true },
    { allowFragmentation: true },
    { device: 'lo' },
  ] as const)('refuses %o', async (option) => {
    await using sockets = new Sockets();
    await expect(sockets.open(bindDgramSocket, option)).rejects.toMatchObject(NOT_NATIVE);
  });

  it('does not choose the source of a datagram', async () => {
    await using sockets = new Sockets();
    const { socket, unsent } = await sockets.open(bindDgramSocket);
    const from = { address: '127.0.0.1' };
    socket.send([{ remote: socket.local, head: Uint8Array.of(1), from }]);
    expect(unsent).toMatchObject([[NOT_NATIVE, { from }]]);
  });

  it('limits the bytes that wait for the kernel', async () => {
    await using sockets = new Sockets();
    const { socket, unsent } = await sockets.open(bindDgramSocket, { maxQueuedBytes: -1 });
    socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
    expect(unsent).toMatchObject([[{ code: 'ENOBUFS' }, {}]]);
    expect(socket.queuedDatagrams).toBe(0);
  });
});

function interfaceIndex(): number {
  expect(networkInterfaces()).toHaveProperty('lo');
  return Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8'));
}

describe('index', () => {
  it('binds sockets of node:dgram without the native module, and gives the reason', async () => {
    vi.resetModules();
    vi.stubEnv('UDP_BATCH_NATIVE', 'off');
    const fallback = await import('../src/index.js');
    vi.unstubAllEnvs();
    expect(fallback.fallbackReason).toBe('turned off by UDP_BATCH_NATIVE');
    await using sockets = new Sockets();
    const { socket, received } = await sockets.open(fallback.bindUdpSocket);
    socket.send([{ remote: socket.local, head: Uint8Array.of(1) }]);
    await expect.poll(() => received).toHaveLength(1);
    await expect(sockets.open(fallback.bindUdpSocket, { packetInfo: true })).rejects.toMatchObject(
      NOT_NATIVE,
    );
  });
});

describe('systemError', () => {
  it('has a name for an error number that Node does not know', () => {
    expect(systemError('bind', 999)).toMatchObject({ code: 'errno 999', errno: -999 });
  });
});
