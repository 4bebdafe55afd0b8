/** Options out of range are refused with an error that names the option. */
import { describe, expect, it } from 'vitest';

import {
  createTftpClient,
  createTftpServer,
  directorySink,
  directorySource,
  type TftpClientOptions,
  type TftpServerOptions,
} from '../../src/node/index.js';
import { RawClient } from '../support/raw-client.js';
import { HASTY, patternBytes, serve } from '../support/serving.js';

const NO_RATE = { perSecond: Number.NaN, burst: 1 };

const SERVER: readonly (readonly [message: string, Partial<TftpServerOptions>])[] = [
  [
    'limits.maxTransfers must be an integer of at least 1 or Infinity, got 0',
    { limits: { maxTransfers: 0 } },
  ],
  ['limits.maxTransfersPerSource', { limits: { maxTransfersPerSource: Number.NaN } }],
  ['limits.maxHalfOpen', { limits: { maxHalfOpen: -1 } }],
  ['limits.maxSources', { limits: { maxSources: 1.5 } }],
  ['limits.maxSockets', { limits: { maxSockets: -1 } }],
  ['limits.maxChunkBytes', { limits: { maxChunkBytes: Number.NaN } }],
  ['limits.maxUploadBytes', { limits: { maxUploadBytes: -1 } }],
  ['limits.maxAmplification', { limits: { maxAmplification: Number.NaN } }],
  ['limits.openMs', { limits: { openMs: 0 } }],
  ['limits.requestsPerSource.perSecond', { limits: { requestsPerSource: NO_RATE } }],
  ['limits.newRequests.perSecond', { limits: { newRequests: NO_RATE } }],
  ['limits.repeatedRequests.burst', { limits: { repeatedRequests: { perSecond: 1, burst: -1 } } }],
  [
    'limits.unprovenBytesPerSource.perSecond',
    { limits: { unprovenBytesPerSource: { perSecond: Infinity, burst: 1 } } },
  ],
  [
    'retransmission.initialMs must be a number of at least 1 or Infinity, got NaN',
    { retransmission: { initialMs: Number.NaN } },
  ],
  ['retransmission.minMs', { retransmission: { minMs: 0 } }],
  ['retransmission.maxMs', { retransmission: { maxMs: -1 } }],
  ['retransmission.stallMs', { retransmission: { stallMs: 0 } }],
  ['retransmission.finalAckMs', { retransmission: { finalAckMs: -1 } }],
  ['retransmission.handshakeSends', { retransmission: { handshakeSends: 1.5 } }],
  ['pacing.burstBlocks', { pacing: { burstBlocks: 0 } }],
  ['pacing.gapMs', { pacing: { gapMs: Infinity } }],
  ['onInvalidOption must be omit or error, got drop', { onInvalidOption: 'drop' as never }],
  ['port must be an integer from 0 to 65535, got 65536', { port: 65_536 }],
];

describe('createTftpServer', () => {
  it.each(SERVER)('refuses %s', async (message, options) => {
    const starting = createTftpServer({
      source: () => undefined,
      listen: [{ address: '127.0.0.1', port: 0 }],
      ...options,
    });

    await expect(starting).rejects.toThrow(RangeError);
    await expect(starting).rejects.toThrow(message);
  });

  it('accepts infinite limits', async () => {
    await using serving = await serve({
      files: { f: patternBytes(600) },
      limits: {
        maxTransfers: Infinity,
        maxTransfersPerSource: Infinity,
        maxHalfOpen: Infinity,
        maxSources: Infinity,
        maxSockets: Infinity,
        maxChunkBytes: Infinity,
        maxUploadBytes: Infinity,
        maxAmplification: Infinity,
        openMs: Infinity,
        requestsPerSource: { perSecond: 0, burst: Infinity },
        newRequests: { perSecond: 0, burst: Infinity },
      },
      retransmission: { ...HASTY, stallMs: 2 ** 40, finalAckMs: Infinity },
      pacing: { burstBlocks: Infinity },
    });
    await using client = await RawClient.to(serving.at);

    client.read('f', { windowsize: 4 });

    expect(await client.rest()).toEqual(Buffer.from(patternBytes(600)));
  });

  it.each([{ maxBlockSize: Number.NaN }, { maxWindowSize: 0 }])(
    'refuses a request for which quirks return %j',
    async (quirk) => {
      await using serving = await serve({
        files: { f: patternBytes(600) },
        quirks: () => quirk,
      });
      await using client = await RawClient.to(serving.at);

      client.read('f', { blksize: 1024 });

      expect(await client.answer()).toBe('ERROR 0 Transfer failed');
      expect(await serving.event('requestRefused')).toMatchObject({
        message: expect.stringMatching(/^max(?:Block|Window)Size of quirks must be /) as string,
      });
    },
  );

  it.each([-1, Number.NaN, Infinity])('refuses to close within %d ms', async (graceMs) => {
    await using serving = await serve({ files: { f: patternBytes(10) } });

    await expect(serving.server.close({ graceMs })).rejects.toThrow(/^graceMs must be /);

    await using client = await RawClient.to(serving.at);
    client.read('f');
    expect(await client.answer()).toBe('DATA 1 (10)');
  });
});

const CLIENT: readonly (readonly [message: string, Partial<TftpClientOptions>])[] = [
  ['port must be an integer from 1 to 65535, got 0', { port: 0 }],
  ['port', { port: 70_000 }],
  ['family must be 4 or 6, got 5', { family: 5 as never }],
  ['rollover must be 0 or 1, got 2', { rollover: 2 as never }],
  ['mode must be octet or netascii, got mail', { mode: 'mail' as never }],
  ['retransmission.initialMs', { retransmission: { initialMs: Number.NaN } }],
  ['blksize', { blksize: 7 }],
  ['blksize', { blksize: 65_465 }],
  ['windowsize', { windowsize: 0 }],
  ['timeoutSeconds', { timeoutSeconds: 0 }],
  ['timeoutSeconds', { timeoutSeconds: 256 }],
];

describe('createTftpClient', () => {
  it.each(CLIENT)('refuses %s: %j', async (message, options) => {
    const creating = createTftpClient({ host: '127.0.0.1', ...options });

    await expect(creating).rejects.toThrow(RangeError);
    await expect(creating).rejects.toThrow(message);
  });

  it('refuses an empty host', async () => {
    await expect(createTftpClient({ host: '' })).rejects.toThrow(
      new TypeError('host must be a name or an address, got ""'),
    );
  });

  it('refuses transfer options that are out of range', async () => {
    await using client = await createTftpClient({ host: '127.0.0.1', port: 9 });

    await expect(client.get('f', { maxBytes: Number.NaN })).rejects.toThrow(/^maxBytes must be /);
    await expect(client.getStream('f', { maxBytes: -1 })).rejects.toThrow(/^maxBytes must be /);
    await expect(client.put('f', patternBytes(1), { size: 0.5 })).rejects.toThrow(/^size must be /);
  });
});

describe('directories', () => {
  it('refuse sizes out of range', () => {
    expect(() => directorySource('/', { cacheBytes: Number.NaN })).toThrow(/^cacheBytes must be /);
    expect(() => directorySink('/', { maxBytes: -1 })).toThrow(/^maxBytes must be /);
  });
});
