/**
 * Faults in the functions given to a server affect one transfer, never the server. Anything uncaught fails
 * these tests: vitest reports unhandled errors and rejections.
 */
import { describe, expect, it, vi } from 'vitest';

import { bytesSource, type TftpServerOptions, type TftpSource } from '../../src/node/index.js';
import { RawClient } from '../support/raw-client.js';
import { patternBytes, serve, type Serving } from '../support/serving.js';

const GOOD = patternBytes(600);

function broken(): never {
  throw new Error('broken');
}

/** Starts a server that reads the file `bad` from `source`, and that always has the file `good`. */
function serving(
  source: () => TftpSource | Promise<TftpSource>,
  options: Partial<TftpServerOptions> = {},
): Promise<Serving> {
  return serve({
    ...options,
    source: ({ filename }) => (filename === 'bad' ? source() : bytesSource(GOOD)),
  });
}

/** Reads the file `good` to its end. */
async function good({ at }: Serving): Promise<Uint8Array> {
  await using client = await RawClient.to(at);
  client.read('good');
  return await client.rest();
}

describe('a server whose functions throw', () => {
  const SOURCES: Record<string, () => TftpSource | Promise<TftpSource>> = {
    'throws something without a text': () => {
      throw Object.create(null);
    },
    'throws an error whose message throws': () => {
      throw Object.defineProperty(new Error(), 'message', { get: broken });
    },
    'has a size that throws': () =>
      Object.defineProperty(bytesSource(GOOD), 'size', { get: broken }),
    'has an invalid size': () => ({ ...bytesSource(GOOD), size: Number.NaN }),
    'throws when it is read': () => ({ size: 600, read: broken }),
    'rejects when it is read': () => ({
      size: 600,
      read: () => Promise.reject(new Error('broken')),
    }),
    'returns something other than bytes': () => ({ size: 600, read: () => undefined as never }),
    'resolves to something other than bytes': () => ({
      size: 600,
      read: () => Promise.resolve(undefined as never),
    }),
    'is not a source': () => ({}) as never,
  };

  it.each(Object.entries(SOURCES))(
    'ends one transfer with ERROR 0 when a source %s',
    async (_, source) => {
      await using server = await serving(source);
      await using client = await RawClient.to(server.at);

      client.read('bad');

      expect(await client.answer()).toMatch(/^ERROR 0 /);
      await expect.poll(() => server.server.usage()).toMatchObject({ transfers: 0, sockets: 0 });
      expect(await good(server)).toEqual(Buffer.from(GOOD));
    },
  );

  it.each([
    ['throws', broken],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('reports a source whose close %s', async (_, close) => {
    await using server = await serving(() => ({ ...bytesSource(GOOD), close }));
    await using client = await RawClient.to(server.at);

    client.read('bad');
    await client.rest();

    expect(await server.event('sourceError')).toMatchObject({ error: { message: 'broken' } });
    expect(await good(server)).toEqual(Buffer.from(GOOD));
  });

  it('closes a source whose size throws', async () => {
    const close = vi.fn();
    const source = { ...bytesSource(GOOD), close };
    await using server = await serving(() =>
      Object.defineProperty(source, 'size', { get: broken }),
    );
    await using client = await RawClient.to(server.at);

    client.read('bad');
    await client.next();

    expect(close).toHaveBeenCalledOnce();
  });

  it('answers nothing while allow throws, and reports the error', async () => {
    let isBroken = true;
    await using server = await serving(broken, { allow: () => !isBroken || broken() });
    await using client = await RawClient.to(server.at);

    client.read('good');

    const event = await server.event('unexpectedError');
    expect(event).toMatchObject({ error: { message: 'broken' }, count: 1 });
    expect(await client.during(50)).toEqual([]);
    isBroken = false;
    expect(await good(server)).toEqual(Buffer.from(GOOD));
  });

  it.each([true, false])(
    'releases everything after quirks throws (single port: %s)',
    async (singlePort) => {
      const close = vi.fn();
      await using server = await serving(() => ({ ...bytesSource(GOOD), close }), {
        quirks: ({ filename }) => (filename === 'bad' ? broken() : undefined),
        singlePort,
      });
      await using client = await RawClient.to(server.at);

      client.read('bad');

      expect(await client.answer()).toBe('ERROR 0 Transfer failed');
      expect(await server.event('requestRefused')).toMatchObject({ cause: { message: 'broken' } });
      expect(close).toHaveBeenCalledOnce();
      expect(server.server.usage()).toMatchObject({ transfers: 0, sockets: 0, chunkBytes: 0 });
      expect(await good(server)).toEqual(Buffer.from(GOOD));
    },
  );

  it.each(['write', 'close'] as const)('ends an upload whose sink throws in %s', async (method) => {
    const abort = vi.fn(broken);
    const sink = { write: () => undefined, close: () => undefined, abort, [method]: broken };
    await using server = await serving(broken, { sink: () => sink });
    await using client = await RawClient.to(server.at);

    client.write('f');
    await client.next();
    client.block(1, GOOD.subarray(0, 100));

    expect(await client.answer()).toMatch(/^ERROR 0 /);
    expect(await server.event('sourceError')).toMatchObject({ error: { message: 'broken' } });
    expect(await good(server)).toEqual(Buffer.from(GOOD));
  });

  it('aborts a sink whose close rejects after the end of its transfer', async () => {
    let fail: (error: Error) => void = broken;
    const closing = new Promise<void>((_, reject) => (fail = reject));
    const abort = vi.fn();
    const sink = { write: () => undefined, close: () => closing, abort };
    await using server = await serving(broken, { sink: () => sink });
    await using client = await RawClient.to(server.at);
    client.write('f');
    await client.next();
    client.block(1, GOOD.subarray(0, 100));
    await client.during(50);
    client.send({ type: 'error', code: 0, message: 'enough' });
    await server.event('transferFinished');
    expect(abort).not.toHaveBeenCalled();

    fail(new Error('late'));

    expect(await server.event('sourceError')).toMatchObject({ error: { message: 'late' } });
    expect(abort).toHaveBeenCalledOnce();
  });

  it.each([
    ['throws', broken],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('continues when onEvent %s', async (_, fail) => {
    const reported: unknown[] = [];
    await using server = await serve({
      files: { good: GOOD },
      observing: (event) => {
        if (event.type === 'unexpectedError') {
          reported.push(event.error);
          return undefined;
        }
        return fail();
      },
    });

    await using client = await RawClient.to(server.at);

    client.read('good');
    expect(await client.rest()).toEqual(Buffer.from(GOOD));

    expect(await server.event('transferFinished')).toMatchObject({ outcome: 'completed' });
    await expect.poll(() => reported.length).toBe(4);
    expect(reported).toContainEqual(new Error('broken'));
    expect(server.server.usage()).toMatchObject({ transfers: 0, chunkBytes: 0 });
  });

  it('emits a process warning when onEvent throws while handling its own error', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await using server = await serve({ files: { good: GOOD }, observing: broken });

    expect(await good(server)).toEqual(Buffer.from(GOOD));

    expect(warn).toHaveBeenCalledWith('onEvent of a TFTP server failed: broken', {
      code: 'PXE_TFTP_OBSERVER',
    });
    warn.mockRestore();
  });
});
