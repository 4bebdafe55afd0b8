import { randomBytes } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createBlobCache } from '../content/blob-cache.js';
import { LoopTurns } from '../limits/fair-turns.js';
import { sendContent } from './respond.js';

const KIB = 1024;

/** Connection whose client takes `msPerWrite` milliseconds of a test clock to accept a write. */
class SlowConnection extends Socket {
  msPerWrite = 0;

  override _write(_chunk: Buffer, _encoding: string, taken: () => void): void {
    setImmediate(() => {
      vi.advanceTimersByTime(this.msPerWrite);
      taken();
    });
  }

  override _writev(_chunks: unknown, taken: () => void): void {
    this._write(Buffer.of(), '', taken);
  }
}

describe('sendContent', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Returns the sizes of the pieces sent to a client. */
  async function piecesTo(msPerWrite: number, size: number): Promise<number[]> {
    const file = randomBytes(size);
    const openBlob = () =>
      Promise.resolve({
        readInto: (target: Uint8Array, offset: number) => {
          target.set(file.subarray(offset, offset + target.byteLength));
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    const cache = createBlobCache(openBlob, 64 * KIB * KIB);
    const connection = new SlowConnection();
    connection.msPerWrite = msPerWrite;
    const request = new IncomingMessage(connection);
    request.method = 'GET';
    request.url = '/linux';
    request.rawHeaders = ['Accept', '*/*'];
    request.headers = { accept: '*/*' };
    const response = new ServerResponse(request);
    response.assignSocket(connection);
    const events: ('offer' | number)[] = [];
    const content = { kind: 'blob', sha256: 'a'.repeat(64), size, lastModified: 0 } as const;
    const sent = await sendContent(request, response, '/linux', content, cache, {
      copyBytes: 8 * KIB,
      address: '10.0.0.1',
      turns: new LoopTurns(16),
      onOffer: () => {
        events.push('offer');
        // No part of the head stays in memory while the client reads slowly.
        expect(request).toMatchObject({
          url: '',
          rawHeaders: [],
          headers: {},
          headersDistinct: {},
        });
      },
      onProgress: (bytes) => events.push(bytes),
    });
    await sent.free?.();
    const pieces = events.filter((event) => event !== 'offer');
    // Each piece is offered before it is accepted.
    expect(events).toEqual(pieces.flatMap((bytes) => ['offer', bytes]));
    expect(sent).toMatchObject({ status: 200, bytes: size, aborted: false });
    return pieces;
  }

  it('sends larger pieces to a fast client', async () => {
    const pieces = await piecesTo(1, 1024 * KIB);
    expect(pieces).toEqual([64, 128, 256, 256, 256, 64].map((kib) => kib * KIB));
  });

  it('sends whole chunks to a client that stays fast after the buffers of the kernel are full', async () => {
    const pieces = await piecesTo(1, 8 * 1024 * KIB);
    const sizes = [64, 128, ...Array<number>(3).fill(256)];
    expect(pieces.slice(0, sizes.length)).toEqual(sizes.map((kib) => kib * KIB));
    const proven = pieces.findIndex((bytes) => bytes > 256 * KIB);
    const before = pieces.slice(0, proven).reduce((sum, bytes) => sum + bytes, 0);
    expect(before).toBeGreaterThanOrEqual(4 * 1024 * KIB);
    expect(pieces.slice(-3)).toEqual([1024, 1024, 1024].map((kib) => kib * KIB));
  });

  it('sends smaller pieces to a slow client, so that each shows that the client still reads', async () => {
    const pieces = await piecesTo(1_000, 144 * KIB);
    expect(pieces).toEqual([64, 32, 16, 8, 8, 8, 8].map((kib) => kib * KIB));
  });

  it('keeps the size of pieces that are accepted neither fast nor slowly', async () => {
    const pieces = await piecesTo(300, 192 * KIB);
    expect(pieces).toEqual([64, 64, 64].map((kib) => kib * KIB));
  });
});
