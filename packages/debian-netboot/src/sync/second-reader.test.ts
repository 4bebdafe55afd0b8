import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { collect, pieces } from '../../test/support/pieces.js';
import { withReader } from './second-reader.js';

const CONTENT = Buffer.from(Array.from({ length: 3_000_000 }, (_byte, index) => index % 251));

describe('content with a second reader', () => {
  it('reaches both readers completely', async () => {
    let copied: Promise<Buffer> | undefined;
    const passed = await collect(
      withReader(pieces(CONTENT, 65_536), (copy) => {
        copied = collect(copy);
      }),
    );
    expect(passed.equals(CONTENT)).toBe(true);
    expect((await copied)?.equals(CONTENT)).toBe(true);
  });

  it('continues after the second reader stops', async () => {
    const passed = await collect(
      withReader(pieces(CONTENT, 65_536), (copy) => {
        void (async () => {
          for await (const _piece of copy) {
            return;
          }
        })();
      }),
    );
    expect(passed.equals(CONTENT)).toBe(true);
  });

  it('waits for a slow second reader', async () => {
    const start = new AbortController();
    const started = once(start.signal, 'abort');
    let copied: Promise<Buffer> | undefined;
    let length = 0;
    const passed = (async () => {
      const content = withReader(pieces(CONTENT, 65_536), (copy) => {
        copied = started.then(() => collect(copy));
      });
      for await (const piece of content) {
        length += piece.length;
      }
    })();
    await expect.poll(() => length).toBeGreaterThan(0);
    await sleep(100);
    const ahead = length;
    start.abort();
    await passed;
    // Memory is limited by the buffer of the second reader.
    expect(ahead).toBeLessThan(1_200_000);
    expect(length).toBe(CONTENT.length);
    expect((await copied)?.equals(CONTENT)).toBe(true);
  });

  it.each([
    ['breaks off', new Error('the connection is gone')],
    ['is released', undefined],
  ])('fails for the second reader when it %s', async (_what, failure) => {
    let copied: Promise<unknown> | undefined;
    const read = (copy: AsyncIterable<Uint8Array>): void => {
      copied = collect(copy).catch((error: unknown) => error);
    };
    const first = (async () => {
      for await (const _piece of withReader(broken(failure), read)) {
        if (failure === undefined) {
          return;
        }
      }
    })();
    if (failure === undefined) {
      await first;
    } else {
      await expect(first).rejects.toBe(failure);
    }
    expect(await copied).toMatchObject({ message: 'the content was interrupted' });
  });
});

/** Yields one piece, and then fails with the given error; without one, never ends. */
async function* broken(failure: Error | undefined): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(CONTENT.subarray(0, 1000));
  if (failure !== undefined) {
    throw failure;
  }
  yield CONTENT.subarray(1000);
}
