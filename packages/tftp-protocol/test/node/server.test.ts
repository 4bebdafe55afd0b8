import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { freeUdpPorts } from '@pxe/test-host';

import { encodePacket } from '../../src/index.js';
import { bytesSource, createTftpServer, TftpError } from '../../src/node/index.js';
import {
  type BindDatagramSocket,
  type DatagramHandler,
} from '../../src/node/udp/datagram-transport.js';
import { bindDgramSocket } from '../../src/node/udp/dgram-socket.js';
import { RawClient } from '../support/raw-client.js';
import { freePortRange, HASTY, PATIENT, patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';
import { TRANSPORT } from '../support/transport.js';

describe('createTftpServer', () => {
  it('sends a file of two blocks and reports the transfer', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    expect(await client.nextPacket()).toEqual({
      type: 'data',
      block: 1,
      data: Buffer.from(patternBytes(600).subarray(0, 512)),
    });
    client.ack(1);
    expect(await client.nextPacket()).toMatchObject({ type: 'data', block: 2 });
    client.ack(2);

    expect(await serving.event('transferDelivered')).toMatchObject({
      filename: 'f',
      remote: { address: '127.0.0.1', port: client.localPort },
      local: serving.at,
    });
    expect(await serving.event('transferFinished')).toMatchObject({
      filename: 'f',
      outcome: 'completed',
      finalAckMissing: false,
      size: 600,
      bytesSent: 600,
      bytesAcknowledged: 600,
      blocksRetransmitted: 0,
    });
    expect(serving.server.activeTransfers).toBe(0);
  });

  it("answers from the listening port, or from the transfer's own", async () => {
    await using single = await serve({ files: { f: patternBytes(10) } });
    await using own = await serve({ files: { f: patternBytes(10) }, singlePort: false });
    await using toSingle = await RawClient.to(single.at);
    await using toOwn = await RawClient.to(own.at);

    toSingle.read('f');
    toOwn.read('f');

    expect((await toSingle.next()).port).toBe(single.at.port);
    expect((await toOwn.next()).port).not.toBe(own.at.port);
  });

  it('opens a port for a transfer that looks closed to everyone but its client', async () => {
    await using serving = await serve({ files: { f: patternBytes(9_000) } });
    await using client = await RawClient.to(serving.at);
    client.read('f', { windowsize: 4 });
    const { port } = await client.next();

    // To everyone else, the system reports that nothing listens there, as on every closed port.
    const answers = [port, await freeUdpPorts(1)].map(async (probed) => {
      const scanner = createSocket('udp4');
      scanner.connect(probed, serving.at.address);
      await once(scanner, 'connect');
      const failed = once(scanner, 'error') as Promise<[NodeJS.ErrnoException]>;
      scanner.send(encodePacket({ type: 'ack', block: 0 }));
      const [{ code }] = await failed;
      scanner.close();
      return code;
    });
    expect(await Promise.all(answers)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    client.ack(0);
    expect(await client.answer()).toBe('DATA 1 (512)');
  });

  it("continues a transfer on its own port although ICMP has reported the client's port as closed", async () => {
    await using serving = await serve({
      files: { f: patternBytes(9_000) },
      retransmission: { ...HASTY, initialMs: 100, stallMs: 60_000 },
    });
    const first = await RawClient.to(serving.at);
    const own = { address: '127.0.0.1', port: first.localPort };
    first.read('f', { windowsize: 4 });
    const { port } = await first.next();
    first.ack(0);
    expect(await first.answers(4)).toHaveLength(4);
    await first[Symbol.asyncDispose]();
    // Several retransmissions reach a port that nobody listens on.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(serving.server.usage().transfers).toBe(1);

    await using again = await RawClient.to({ ...serving.at, port }, own);
    again.ack(4);
    await expect.poll(async () => again.answer()).toBe('DATA 5 (512)');
  });

  it("takes no request on a transfer's own port for a new one after the end of the transfer", async () => {
    const handlers: DatagramHandler[] = [];
    const bind: BindDatagramSocket = (binding, handler) => {
      handlers.push(...(binding.peer === undefined ? [] : [handler]));
      return (TRANSPORT.bind ?? bindDgramSocket)(binding, handler);
    };
    await using serving = await serve({ files: { f: patternBytes(9_000) }, bind });
    await using client = await RawClient.to(serving.at);
    client.read('f', { blksize: 4_000 });
    expect(await client.answer()).toBe('OACK blksize=4000');
    const remote = { address: '127.0.0.1', port: client.localPort, family: 'IPv4' } as const;
    const request = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options: [] });
    const end = encodePacket({ type: 'error', code: 0, message: 'stop' });

    handlers[0]?.received([end, request].map((payload) => ({ remote, payload })));

    expect(await serving.event('transferFinished')).toMatchObject({ filename: 'f' });
    expect(serving.server.usage()).toMatchObject({ transfers: 0, halfOpen: 0 });
  });

  it('frees no port for a client that cannot be reached', async () => {
    const unreachable = '127.0.1.9';
    const bind: BindDatagramSocket = (binding, handler) =>
      binding.peer?.address === unreachable
        ? Promise.reject(Object.assign(new Error('no route'), { syscall: 'connect' }))
        : (TRANSPORT.bind ?? bindDgramSocket)(binding, handler);
    const files = { f: patternBytes(9_000) };
    await using own = await serve({ files, bind, singlePort: false });
    await using single = await serve({ files, bind });
    await using client = await RawClient.to(own.at);
    client.read('f');
    await client.next();
    await using forged = await RawClient.to(own.at, { address: unreachable });
    forged.read('f');
    expect(await own.event('requestDropped')).toMatchObject({ reason: 'portsExhausted' });
    client.ack(1);
    expect(await client.answer()).toBe('DATA 2 (512)');
    expect(own.events.filter(({ type }) => type === 'socketError')).toEqual([]);

    // The listening port needs no connected socket, so it answers this client, with a window of 1.
    await using listener = await RawClient.to(single.at, { address: unreachable });
    listener.read('f', { windowsize: 4 });
    expect(await listener.answer()).toBe('OACK windowsize=1');
    expect(single.events.filter(({ type }) => type === 'socketError')).toEqual([]);
  });

  it("grants a window on the transfer's own port, or a window of 1 on the listening port", async () => {
    await using serving = await serve({ files: { f: patternBytes(9_000) } });
    await using client = await RawClient.to(serving.at);
    client.read('f', { windowsize: 4 });
    const offer = await client.next();
    expect(offer.port).not.toBe(serving.at.port);
    expect(serving.server.usage()).toMatchObject({ transfers: 1, halfOpen: 1, sockets: 1 });

    // A client behind a firewall does not receive the OACK, and repeats its request.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    client.port = serving.at.port;
    client.read('f', { windowsize: 4 });
    const again = await client.nextFrom(serving.at.port);
    client.ack(0);

    expect(again).toMatchObject({ packet: { type: 'oack' } });
    expect(again.packet).toMatchObject({ options: [['windowsize', '1']] });
    expect(await client.answer()).toBe('DATA 1 (512)');
    client.ack(1);
    expect(await client.answer()).toBe('DATA 2 (512)');
    // The transfer continues, so another request is answered only after some silence.
    client.port = serving.at.port;
    const retry = setInterval(() => {
      client.read('f', { windowsize: 8 });
    }, 1_000);
    await expect.poll(async () => client.answer()).toBe('OACK windowsize=1');
    clearInterval(retry);
  });

  it('limits the number of own ports', async () => {
    const limits = { maxSockets: 1 };
    await using single = await serve({ files: { f: patternBytes(9_000) }, limits });
    await using first = await RawClient.to(single.at);
    await using second = await RawClient.to(single.at);

    first.read('f', { windowsize: 4 });
    expect(await first.answer()).toBe('OACK windowsize=4');
    second.read('f', { windowsize: 4 });
    expect(await second.answer()).toBe('OACK windowsize=1');
    first.ack(0);
    expect(await first.answer()).toBe('DATA 1 (512)');
    expect(single.server.usage().sockets).toBe(1);
  });

  it('answers a first request although forged ones hold every port', async () => {
    const limits = { maxTransfers: 24, maxTransfersPerSource: 16, maxHalfOpen: 16, maxSockets: 24 };
    const portRange = await freePortRange(16);
    for (const [limit, ports] of [
      ['maxHalfOpen', {}],
      ['maxTransfers', { portRange }],
    ] as const) {
      await using serving = await serve({
        files: { f: patternBytes(600) },
        limits,
        singlePort: false,
        ...ports,
      });
      // Sources that never answer, in one turn of the event loop and over several.
      const forged = await Promise.all(
        Array.from({ length: 120 }, (_, index) =>
          RawClient.to(serving.at, { address: `127.0.1.${index + 1}` }),
        ),
      );
      for (const source of forged) {
        source.read('f');
      }
      await using client = await RawClient.to(serving.at);
      client.read('f');

      expect(await client.answer()).toBe('DATA 1 (512)');
      client.ack(1);
      expect(await client.answer()).toBe('DATA 2 (88)');
      client.ack(2);
      expect(await serving.event('transfersEvicted')).toMatchObject({ limit });
      expect(serving.events.filter(({ type }) => type === 'requestDropped')).toEqual([]);
      expect(serving.server.usage().sockets).toBeLessThanOrEqual(16);
      await Promise.all(forged.map((source) => source[Symbol.asyncDispose]()));
    }
  });

  it('evicts a client that has not answered to free its port for a new one', async () => {
    const portRange = await freePortRange(2);
    await using serving = await serve({
      files: { f: patternBytes(9_000) },
      portRange,
      singlePort: false,
    });
    await using silent = await RawClient.to(serving.at, { address: '127.0.1.1' });
    await using client = await RawClient.to(serving.at, { address: '127.0.1.2' });
    await using late = await RawClient.to(serving.at, { address: '127.0.1.3' });
    const taken = createSocket('udp4');
    taken.bind(portRange.to, serving.at.address);
    await once(taken, 'listening');

    silent.read('f');
    expect(await silent.answer()).toBe('DATA 1 (512)');
    client.read('f');
    expect(await client.next()).toMatchObject({ port: portRange.from, packet: { type: 'data' } });
    expect(await serving.event('transfersEvicted')).toMatchObject({ limit: 'maxSockets' });
    // The first client was not silent for long enough to be reported as timed out.
    expect(await serving.event('transferFinished')).toMatchObject({
      remote: { address: '127.0.1.1' },
      outcome: 'aborted',
      error: { by: 'local', message: 'ended to make room for another client' },
    });
    client.ack(1);
    expect(await client.answer()).toBe('DATA 2 (512)');
    // The second client has proven its address, so no other client takes its port.
    late.read('f');
    expect(await serving.event('requestDropped')).toMatchObject({ reason: 'portsExhausted' });
    taken.close();
  });

  it('leaves ports of a small range to other clients, however many transfers one address keeps going', async () => {
    await using serving = await serve({
      files: { f: patternBytes(9_000) },
      portRange: await freePortRange(10),
      singlePort: false,
    });
    const address = '127.0.1.1';
    const held = await Promise.all(
      Array.from({ length: 10 }, () => RawClient.to(serving.at, { address })),
    );
    for (const one of held) {
      one.read('f');
    }
    await expect.poll(() => serving.server.usage().sockets).toBeGreaterThan(2);
    await Promise.race(
      held.map(async (one) => {
        await one.next();
        one.ack(1);
      }),
    );
    await using client = await RawClient.to(serving.at, { address: '127.0.1.2' });
    client.read('f');

    expect(await client.answer()).toBe('DATA 1 (512)');
    expect(serving.server.usage().sockets).toBeLessThanOrEqual(5);
    await Promise.all(held.map((one) => one[Symbol.asyncDispose]()));
  });

  it('keeps the windows of all uploads within its budget', async () => {
    const limits = { maxUploadBytes: 400_000 };
    const sink = { write: () => undefined, close: () => undefined };
    await using serving = await serve({ limits, sink: () => sink });
    const clients = await Promise.all(Array.from({ length: 60 }, () => RawClient.to(serving.at)));
    const windows: number[] = [];
    for (const client of clients) {
      client.write('f', { blksize: 1_000, windowsize: 64 });
      const { packet } = await client.next();
      const options = packet.type === 'oack' ? packet.options : [];
      windows.push(Number(options.find(([name]) => name === 'windowsize')?.[1]));
    }

    expect(windows[0]).toBe(25);
    expect(windows.at(-1)).toBe(1);
    expect(windows.every((one, index) => one <= (windows[index - 1] ?? one))).toBe(true);
    const sum = windows.reduce((total, one) => total + one, 0);
    expect(serving.server.usage().uploadBytes).toBe(1_000 * sum);
    expect(1_000 * sum).toBeLessThanOrEqual(400_000);
    for (const client of clients) {
      client.send({ type: 'error', code: 0, message: 'enough' });
    }
    await expect.poll(() => serving.server.usage().uploadBytes).toBe(0);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  it('limits the bytes held for clients that stop in the middle', async () => {
    const limits = { maxChunkBytes: 1_000_000 };
    const files: Record<string, Uint8Array> = {};
    for (let index = 0; index < 50; index += 1) {
      files[`f${index}`] = patternBytes(200_000);
    }
    await using serving = await serve({ limits, files });
    const clients = await Promise.all(Object.keys(files).map(() => RawClient.to(serving.at)));
    for (const [index, client] of clients.entries()) {
      client.read(`f${index}`, { blksize: 1_400 });
      await client.next();
      for (let block = 0; block < 60; block += 1) {
        client.ack(block);
        await client.next();
      }
    }

    expect(serving.server.usage().transfers).toBe(50);
    expect(serving.server.usage().chunkBytes).toBeLessThanOrEqual(1_000_000 + 50 * 24 * 1_024);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  it('drops a request while the system is out of descriptors, since the client will repeat it', async () => {
    await using serving = await serve({
      source: () => {
        const cause = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
        throw new TftpError('cannot open', { wireCode: 0, cause });
      },
    });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(await serving.event('requestDropped')).toMatchObject({ reason: 'outOfResources' });
    expect(await client.answersDuring(50)).toEqual([]);
  });

  it('closes a source whose request cannot be accepted after all', async () => {
    let closed = 0;
    await using serving = await serve({
      source: () => ({ ...bytesSource(patternBytes(10)), close: () => void (closed += 1) }),
      quirks: () => {
        throw new Error('broken');
      },
    });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(await client.answer()).toBe('ERROR 0 Transfer failed');
    expect(closed).toBe(1);
  });

  it('answers with the wire code of an error thrown by the source, without its message', async () => {
    await using serving = await serve({
      source: () => {
        throw new TftpError('/srv/secret is locked', { wireCode: 2 });
      },
    });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(await client.nextPacket()).toEqual({
      type: 'error',
      code: 2,
      message: 'Access violation',
    });
    expect(await serving.event('requestRefused')).toMatchObject({
      filename: 'f',
      code: 2,
      message: '/srv/secret is locked',
    });
  });

  it('answers with the peerMessage of an error', async () => {
    await using serving = await serve({
      source: () => {
        throw new TftpError('not here', { wireCode: 1, peerMessage: 'still being fetched, 61%' });
      },
    });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(await client.answer()).toBe('ERROR 1 still being fetched, 61%');
    expect(await serving.event('requestRefused')).toMatchObject({ message: 'not here' });
  });

  it('fails to start on a port in use, and names the address, the port and the cause', async () => {
    await using serving = await serve();
    const { address, port } = serving.at;

    await expect(
      createTftpServer({ source: () => undefined, listen: [{ address, port }] }),
    ).rejects.toMatchObject({
      code: 'ERR_TFTP_LISTEN',
      address,
      port,
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('does not answer an address that is not allowed', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) }, allow: () => false });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    client.read('f');

    const denials = () => serving.events.filter(({ type }) => type === 'sourceDenied');
    await expect.poll(denials).toEqual([{ type: 'sourceDenied', address: '127.0.0.1' }]);
    expect(await client.during(100)).toEqual([]);
    expect(denials()).toHaveLength(1);
  });

  it('repeats nothing if the answer from a client arrived while the event loop was blocked', async () => {
    // Longer than a busy machine usually holds up the event loop.
    const initialMs = 2_000;
    await using serving = await serve({
      files: { f: patternBytes(600) },
      retransmission: { initialMs },
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.to(serving.at)));
    for (const client of clients) {
      client.read('f');
    }
    for (const client of clients) {
      await client.next();
    }
    for (const client of clients) {
      client.ack(1);
    }
    await holdUpEventLoop(initialMs + 100);

    const answers = await Promise.all(clients.map((client) => client.answer()));
    const more = await Promise.all(clients.map((client) => client.answersDuring(500)));
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    expect(answers).toEqual(clients.map(() => 'DATA 2 (88)'));
    expect(more.flat()).toEqual([]);
  });

  it('lets a transfer finish within the grace period of close, and accepts no new one', async () => {
    const serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);
    await using late = await RawClient.to(serving.at);
    client.read('f');
    await client.next();

    const closed = serving.server.close({ graceMs: 3_600_000 });
    late.read('f');
    client.ack(1);
    await client.next();
    client.ack(2);
    await closed;

    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'completed' });
    expect(await serving.event('requestDropped')).toMatchObject({ reason: 'draining' });
  });

  it('uses the grace period only while an upload dallies, and answers its last block again', async () => {
    const files = new Map<string, Uint8Array>();
    const serving = await serve({
      sink: ({ filename }) => collectingSink(files, filename),
      retransmission: { ...PATIENT, initialMs: 500, maxMs: 500 },
    });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();
    client.block(1, patternBytes(100));
    expect(await client.answer()).toBe('ACK 1');
    await serving.event('transferFinished');

    // Longer than the test can take.
    const closed = serving.server.close({ graceMs: 3_600_000 });
    client.block(1, patternBytes(100));
    expect(await client.answer()).toBe('ACK 1');
    await closed;
  });

  it('closes every source, including those opened too late', async () => {
    let closed = 0;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const serving = await serve({
      source: async ({ filename }) => {
        if (filename === 'late') {
          await opened;
        }
        return { ...bytesSource(patternBytes(600)), close: () => void (closed += 1) };
      },
    });
    await using client = await RawClient.to(serving.at);
    await using other = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    other.read('late');
    await expect.poll(() => serving.server.activeTransfers).toBe(2);

    await serving.server.close();
    open();

    await expect.poll(() => closed).toBe(2);
  });
});

describe('events of a transfer', () => {
  it('reports the start of a read with its size before anything is sent', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    await client.next();

    expect(serving.events.filter(({ type }) => type.startsWith('transfer'))).toEqual([
      {
        type: 'transferStarted',
        direction: 'read',
        filename: 'f',
        remote: { address: '127.0.0.1', port: client.localPort, family: 'IPv4' },
        local: serving.server.addresses[0],
        size: 600,
      },
    ]);
  });

  it('reports the start of a write with the announced size, but not of a refused request', async () => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: ({ filename }) => collectingSink(files, filename) });
    await using client = await RawClient.to(serving.at);

    client.read('none');
    await client.next();
    client.write('f', { tsize: 7 });
    await client.next();

    const started = serving.events.filter(({ type }) => type === 'transferStarted');
    expect(started).toMatchObject([{ direction: 'write', filename: 'f', size: 7 }]);
  });

  it('reports progress while bytes are acknowledged, and the same progress only once', async () => {
    await using serving = await serve({
      files: { f: patternBytes(5_000) },
      progressIntervalMs: 5,
    });
    await using client = await RawClient.to(serving.at);
    const reported = () =>
      serving.events.flatMap((event) => (event.type === 'transferProgress' ? [event.bytes] : []));

    client.read('f');
    await client.next();
    client.ack(1);
    await client.next();
    await expect.poll(reported).toEqual([512]);
    client.ack(2);
    await client.next();

    await expect.poll(reported).toEqual([512, 1_024]);
    expect(await serving.event('transferProgress')).toMatchObject({
      direction: 'read',
      filename: 'f',
      size: 5_000,
    });
  });

  it('reports no progress unless an interval is given', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);
    await client.next();
    client.ack(2);

    await serving.event('transferFinished');

    expect(serving.events.some(({ type }) => type === 'transferProgress')).toBe(false);
  });
});

describe('a server with a sink only', () => {
  it('accepts uploads and refuses reads', async () => {
    const files = new Map<string, Uint8Array>();
    await using server = await createTftpServer({
      listen: [{ address: '127.0.0.1', port: 0 }],
      sink: ({ filename }) => collectingSink(files, filename),
    });
    await using client = await RawClient.to(server.addresses[0]!);

    client.read('f');

    expect(await client.nextPacket()).toMatchObject({ type: 'error', code: 2 });
    client.write('f');
    expect(await client.nextPacket()).toMatchObject({ type: 'ack', block: 0 });
  });

  it('throws without a source and a sink', async () => {
    await expect(createTftpServer({})).rejects.toThrow(TypeError);
  });
});

/** Lets pending datagrams be sent, then blocks the event loop. */
function holdUpEventLoop(ms: number): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      resolve();
    });
  });
}
