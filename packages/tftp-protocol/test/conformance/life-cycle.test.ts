/** C190-C192: shutdown of a server, and many clients at once. */
import { describe, expect, it } from 'vitest';

import { bytesSource, createTftpClient } from '../../src/node/index.js';
import { RawClient } from '../support/raw-client.js';
import { PATIENT, patternBytes, serve } from '../support/serving.js';

describe('life cycle', () => {
  it('C190 closing notifies every client, closes every source and leaves no timer', async () => {
    let open = 0;
    const serving = await serve({
      source: () => {
        open += 1;
        return { ...bytesSource(patternBytes(5_000)), close: () => void (open -= 1) };
      },
    });
    await using first = await RawClient.to(serving.at);
    await using second = await RawClient.to(serving.at);
    first.read('f');
    await first.next();
    first.ack(1);
    await first.next();
    second.read('f', { blksize: 100 });
    await second.next();

    await serving.server.close();

    expect(await first.answer()).toBe('ERROR 0 Server is shutting down');
    expect(await second.answer()).toBe('ERROR 0 Server is shutting down');
    expect(open).toBe(0);
    expect(serving.server.activeTransfers).toBe(0);
    expect(serving.server.addresses).toEqual([]);
    await serving.server.close();
  });

  it('C190 closing does not wait for a client that has been sent the maximum number of answers', async () => {
    const serving = await serve({
      files: { f: patternBytes(10) },
      retransmission: { initialMs: 20, minMs: 20 },
    });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    for (let sends = 0; sends < 3; sends += 1) {
      expect(await client.answer()).toBe('DATA 1 (10)');
    }

    await serving.server.close();

    expect(await client.answersDuring(100)).toEqual([]);
  });

  it('C190 transfers that exceed the grace period are ended', async () => {
    const serving = await serve({ files: { f: patternBytes(5_000) } });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);
    await client.next();

    await serving.server.close({ graceMs: 100 });

    expect(await client.answer()).toBe('ERROR 0 Server is shutting down');
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'aborted' });
  });

  it('C192 two hundred concurrent clients get a megabyte each', async () => {
    const file = patternBytes(1_048_576);
    // The kernel loses some of the blocks. No client gives up, however busy the machine is.
    const { stallMs } = PATIENT;
    await using serving = await serve({ files: { file }, retransmission: { stallMs } });
    const retransmission = { initialMs: 10_000, handshakeSends: 100, stallMs };
    const { port } = serving.at;
    const options = { host: '127.0.0.1', port, blksize: 16_384, retransmission };
    const clients = await Promise.all(Array.from({ length: 200 }, () => createTftpClient(options)));

    const files = await Promise.all(clients.map((client) => client.get('file')));

    expect(files.every((one) => Buffer.compare(one, file) === 0)).toBe(true);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('C192 the datagrams to a thousand silent clients are limited', async () => {
    await using serving = await serve({
      files: { f: patternBytes(10) },
      limits: { maxHalfOpen: 100 },
    });
    await using client = await RawClient.to(serving.at);
    const others = await Promise.all(Array.from({ length: 10 }, () => RawClient.to(serving.at)));

    for (let round = 0; round < 100; round += 1) {
      for (const other of others) {
        other.read(`f${round}`);
        other.read('f', { tsize: round });
      }
    }
    await expect.poll(() => serving.server.activeTransfers).toBeLessThanOrEqual(100);
    // A busy kernel loses requests in such a crowd, so the test repeats them, as real clients do.
    const asked = async (): Promise<string[]> => {
      client.read('f');
      return client.answersDuring(200);
    };
    await expect.poll(asked).toContain('DATA 1 (10)');
    await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
  });
});
