import { describe, expect, it } from 'vitest';

import { DEFAULT_RETRANSMISSION_POLICY } from '../../src/index.js';
import { createTftpServer, TftpError } from '../../src/node/index.js';
import { RawClient } from '../support/raw-client.js';
import { memorySource, patternBytes, serve } from '../support/serving.js';

describe('createTftpServer', () => {
  it('sends a file of two blocks and tells what it sent', async () => {
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

    expect(await serving.event('transferFinished')).toMatchObject({
      filename: 'f',
      outcome: 'completed',
      finalAckMissing: false,
      sizeBytes: 600,
      bytesSent: 600,
      bytesAcknowledged: 600,
      blocksRetransmitted: 0,
    });
    expect(serving.server.activeTransfers).toBe(0);
  });

  it('answers from the port that was asked, or from one of its own', async () => {
    await using single = await serve({ files: { f: patternBytes(10) } });
    await using own = await serve({ files: { f: patternBytes(10) }, singlePort: false });
    await using toSingle = await RawClient.to(single.at);
    await using toOwn = await RawClient.to(own.at);

    toSingle.read('f');
    toOwn.read('f');

    expect((await toSingle.next()).port).toBe(single.at.port);
    expect((await toOwn.next()).port).not.toBe(own.at.port);
  });

  it('answers by the wire code of what the source throws, and keeps the message to itself', async () => {
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

  it('refuses to start on a port that is taken, naming address, port and cause', async () => {
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

  it('gives no answer to an address that is not allowed', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) }, allow: () => false });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    client.read('f');

    expect(await client.during(100)).toEqual([]);
    expect(serving.events.filter(({ type }) => type === 'sourceDenied')).toEqual([
      { type: 'sourceDenied', address: '127.0.0.1' },
    ]);
  });

  it('repeats nothing to clients whose answers came in time, while the event loop was held up', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
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
    await holdUpEventLoop(DEFAULT_RETRANSMISSION_POLICY.initialMs + 100);

    const answers = await Promise.all(clients.map((client) => client.answersDuring(500)));
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    expect(answers).toEqual(clients.map(() => ['DATA 2 (88)']));
  });

  it('lets a transfer finish within the grace of close, and takes no new one', async () => {
    const serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);
    await using late = await RawClient.to(serving.at);
    client.read('f');
    await client.next();

    const closed = serving.server.close({ graceMs: 5_000 });
    late.read('f');
    client.ack(1);
    await client.next();
    client.ack(2);
    await closed;

    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'completed' });
    expect(await serving.event('requestDropped')).toMatchObject({ reason: 'draining' });
  });

  it('closes every source, those included that were opened too late', async () => {
    let closed = 0;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const serving = await serve({
      source: async ({ filename }) => {
        if (filename === 'late') {
          await opened;
        }
        return { ...memorySource(patternBytes(600)), close: () => void (closed += 1) };
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

/** Lets out what is to be sent, then keeps the event loop from turning. */
function holdUpEventLoop(ms: number): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      resolve();
    });
  });
}
