/** C130-C140: transfer IDs, repeated requests and the server's own address. */
import { setTimeout } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { freeUdpPorts } from '@pxe/test-host';

import {
  decodePacket,
  DEFAULT_NEGOTIATION_POLICY,
  encodePacket,
  ServerEndpoint,
  type TftpOptions,
} from '../../src/index.js';
import { createTftpClient, createTftpServer, type TftpServer } from '../../src/node/index.js';
import { memory } from '../support/machines.js';
import { RawClient } from '../support/raw-client.js';
import { scriptedServer } from '../support/scripted-server.js';
import { freePortRange, PATIENT, patternBytes, serve } from '../support/serving.js';
import { TRANSPORT } from '../support/transport.js';
import { ack, text } from '../support/wire-text.js';

const FILES = { f: patternBytes(2_000), g: patternBytes(300) };

describe('addresses', () => {
  it('C130 without single-port mode, each transfer has its own port', async () => {
    await using serving = await serve({ files: FILES, singlePort: false });
    const ports = new Set<number>([serving.at.port]);

    for (let count = 0; count < 8; count += 1) {
      await using client = await RawClient.to(serving.at);
      client.read('f');
      ports.add((await client.next()).port);
    }

    expect(ports.size).toBe(9);
  });

  it("C131 a stranger on a transfer's port gets no answer, and the transfer continues", async () => {
    await using serving = await serve({ files: FILES, singlePort: false });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    const { port } = await client.next();
    await using stranger = await RawClient.to({ address: '127.0.0.1', port });

    stranger.ack(1);
    stranger.send({ type: 'error', code: 0, message: '' });
    expect(await stranger.answersDuring(100)).toEqual([]);
    client.ack(1);

    expect(await client.answer()).toBe('DATA 2 (512)');
  });

  it('C131 a client answers a second server with ERROR 5 and continues with the first', async () => {
    await using first = await scriptedServer((packet) =>
      packet.type === 'rrq' ? [{ type: 'data', block: 1, data: patternBytes(512) }] : [],
    );
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: first.port,
      retransmission: PATIENT,
    });
    const reading = client.get('f');
    await expect.poll(() => first.received.length).toBe(2);
    const clientPort = first.remotePorts[0]!;
    await using second = await RawClient.to({ address: '127.0.0.1', port: clientPort });

    second.block(2, new Uint8Array(3));
    expect(await second.answer()).toBe('ERROR 5 Unknown transfer ID');
    first.send(clientPort, { type: 'data', block: 2, data: patternBytes(7) });

    await expect(reading).resolves.toHaveLength(519);
  });

  const PEER = { address: '192.0.2.1', port: 2_000, family: 'IPv4' } as const;
  const TERMS = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };

  function answersOf(endpoint: ServerEndpoint<string>): string[] {
    const answers: string[] = [];
    for (let out = endpoint.nextDatagram(); out !== undefined; out = endpoint.nextDatagram()) {
      const decoded = decodePacket(Buffer.concat([out.head, out.body ?? Buffer.alloc(0)]));
      answers.push(decoded.ok ? text(decoded.packet) : decoded.reason);
    }
    return answers;
  }

  /** Sends a request to an endpoint; returns the answers and, if there is a new one, the transfer. */
  function ask(to: ServerEndpoint<string>, options: TftpOptions, now: number) {
    const bytes = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options });
    to.receive(bytes, 'socket', PEER, now);
    const answers = answersOf(to);
    const event = to.nextEvent();
    return { answers, transfer: event?.type === 'requested' ? event.transfer : undefined };
  }

  it('C132 a request repeated before the first ACK starts one transfer', () => {
    const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const options: TftpOptions = [['tsize', '0']];
    const { transfer } = ask(endpoint, options, 0);
    // The source takes 80 ms to open.
    expect(ask(endpoint, options, 1)).toEqual({ answers: [], transfer: undefined });
    endpoint.acceptRead(transfer!, memory(2_000), TERMS, 80);
    expect(answersOf(endpoint)).toEqual(['OACK tsize=2000']);
    // This repetition crossed the answer on the wire.
    expect(ask(endpoint, options, 129)).toEqual({ answers: [], transfer: undefined });

    // PXELINUX repeats its request after 110 ms: the answer must have been lost, so it is repeated
    // immediately.
    const again = ask(endpoint, options, 190);

    expect(again).toEqual({ answers: ['OACK tsize=2000'], transfer: undefined });
    expect(ask(endpoint, options, 230)).toEqual({ answers: [], transfer: undefined });
  });

  it('C132 a repeated request causes at most three datagrams before the first ACK', () => {
    const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const { transfer } = ask(endpoint, [], 0);
    endpoint.acceptRead(transfer!, memory(2_000), TERMS, 0);
    const answers = answersOf(endpoint);

    for (let repeat = 1; repeat < 8; repeat += 1) {
      answers.push(...ask(endpoint, [], 55 * repeat).answers);
    }

    expect(answers).toEqual(['DATA 1 (512)', 'DATA 1 (512)', 'DATA 1 (512)']);
  });

  it('C133 another request from the same port does not end a transfer that continues', async () => {
    await using serving = await serve({ files: FILES });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    expect(await client.answer()).toBe('DATA 1 (512)');
    client.ack(1);
    expect(await client.answer()).toBe('DATA 2 (512)');

    client.read('g');

    expect(await serving.event('requestDropped')).toMatchObject({ reason: 'transferInProgress' });
    client.ack(2);
    expect(await client.answer()).toBe('DATA 3 (512)');
    client.ack(3);
    expect(await client.answer()).toBe('DATA 4 (464)');
    client.ack(4);
    expect(await serving.event('transferFinished')).toMatchObject({
      filename: 'f',
      outcome: 'completed',
    });
  });

  it('C133 a client that starts over on the same port is answered within 4 seconds', async () => {
    await using serving = await serve({ files: FILES });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);
    await client.next();
    client.read('g');
    await serving.event('requestDropped');
    await setTimeout(3_000);

    client.read('g');

    await expect.poll(async () => client.answer()).toBe('DATA 1 (300)');
    expect(await serving.event('transferFinished')).toMatchObject({
      filename: 'f',
      outcome: 'aborted',
      error: { by: 'local' },
    });
    expect(serving.server.activeTransfers).toBe(1);
  });

  it('C134 requests for one file from two ports are two transfers', async () => {
    await using serving = await serve({ files: FILES });
    await using first = await RawClient.to(serving.at);
    await using second = await RawClient.to(serving.at);

    first.read('f');
    second.read('f');
    await first.next();
    await second.next();
    expect(serving.server.activeTransfers).toBe(2);
    first.send({ type: 'error', code: 0, message: 'Early terminate' });
    second.ack(1);

    expect(await second.answer()).toBe('DATA 2 (512)');
  });

  it('C136 an answer comes from the requested address', async () => {
    await using serving = await serve({
      files: FILES,
      listen: [
        { address: '127.0.0.1', port: 0 },
        { address: '127.0.0.2', port: 0 },
      ],
    });

    for (const at of serving.server.addresses) {
      await using client = await RawClient.to(at);
      client.read('f');
      expect((await client.next()).address).toBe(at.address);
    }
    expect(serving.server.addresses.map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '127.0.0.2',
    ]);
  });

  it("C136 a transfer's own port is on the address that was asked", async () => {
    await using serving = await serve({
      files: FILES,
      singlePort: false,
      listen: [{ address: '127.0.0.3', port: 0 }],
    });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect((await client.next()).address).toBe('127.0.0.3');
  });

  it('C138 IPv6 clients are served like IPv4 clients', async () => {
    await using serving = await serve({ files: FILES, listen: [{ address: '::1', port: 0 }] });
    await using client = await RawClient.to(serving.at);

    client.read('f');

    expect(Buffer.compare(await client.rest(), FILES.f)).toBe(0);
    expect(await serving.event('transferFinished')).toMatchObject({
      remote: { address: '::1', family: 'IPv6' },
    });
  });

  it('C138 an IPv6 socket does not accept IPv4, so both can use one port', async () => {
    await using six = await serve({ files: FILES, listen: [{ address: '::', port: 0 }] });
    await using four = await serve({
      files: FILES,
      listen: [{ address: '0.0.0.0', port: six.at.port }],
    });

    expect(four.at.port).toBe(six.at.port);
  });

  it("C139 transfers' ports come from a range, and a request beyond it gets no answer", async () => {
    const portRange = await freePortRange(2);
    await using serving = await serve({ files: FILES, singlePort: false, portRange });
    const clients = await Promise.all(
      [1, 2, 3].map((host) => RawClient.to(serving.at, { address: `127.0.1.${host}` })),
    );
    const ports: number[] = [];
    for (const client of clients.slice(0, 2)) {
      client.read('f');
      ports.push((await client.next()).port);
      client.ack(1);
      await client.next();
    }
    clients[2]?.read('f');

    expect(await serving.event('requestDropped')).toMatchObject({
      reason: 'tooManyTransfers',
    });
    expect(ports.toSorted((a, b) => a - b)).toEqual([portRange.from, portRange.to]);
    expect(await clients[2]?.answersDuring(100)).toEqual([]);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  it('C140 one port serves many clients, distinguished by address and port', async () => {
    await using serving = await serve({ files: FILES });
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.to(serving.at)));
    for (const client of clients) {
      client.read('f');
    }

    const files = await Promise.all(clients.map((client) => client.rest()));

    expect(files.every((file) => Buffer.compare(file, FILES.f) === 0)).toBe(true);
    expect(clients.every(({ port }) => port === serving.at.port)).toBe(true);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  it('C137 auto listens on every address of the host', async () => {
    const port = await freeUdpPorts();
    const server: TftpServer = await createTftpServer({
      source: () => undefined,
      ...TRANSPORT,
      port,
    });

    expect(server.addresses).toContainEqual({ address: '127.0.0.1', port, family: 'IPv4' });
    await server.close();
    expect(server.addresses).toEqual([]);
  });

  it("C023 requests from port 0 get no answer, nor do other packets from a server's port", () => {
    const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const request = Buffer.from('\0\x01f\0octet\0', 'latin1');

    endpoint.receive(request, 'socket', { address: '192.0.2.1', port: 0, family: 'IPv4' }, 0);
    for (const port of [0, 69]) {
      endpoint.receive(ack(0), 'socket', { address: '192.0.2.1', port, family: 'IPv4' }, 0);
    }

    expect(endpoint.nextDatagram()).toBeUndefined();
    expect(endpoint.nextEvent()).toBeUndefined();
  });
});
