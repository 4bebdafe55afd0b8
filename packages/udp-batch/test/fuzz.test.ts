/**
 * Whatever the datagrams are, nothing crashes, and only their own bytes are sent.
 *
 * All bytes that a datagram may contain are `OWN`. A received byte with another value was read from elsewhere
 * in memory.
 */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { FIELDS, HEAD_BYTES, SLOTS, ToSend } from '../src/native-binding.js';
import { drained, expectOnlyOwnBytes, OWN, RECEIVER } from './support/own-bytes.js';
import { bindNative, nativeModule, Sockets } from './support/transports.js';

describe('native socket', () => {
  it('sends only the bytes of its datagrams, and reports those that it cannot send', () =>
    expectOnlyOwnBytes(['own', 'own', 'own', 'shared', 'detached']));

  it('sends only bytes of its buffers, whatever the shared memory says', async () => {
    const native = nativeModule();
    await using sockets = new Sockets();
    const receiver = await sockets.open(bindNative, { at: { address: RECEIVER, port: 0 } });
    const sender = await sockets.open(bindNative);
    const { port } = receiver.socket.local;
    const socket = native.open(() => undefined, '127.0.0.1', 0, -1, 0, 0, 0, '', '', 0, 0);
    if (typeof socket === 'number') {
      throw new Error(`open failed: ${socket}`);
    }
    const any = fc.oneof(
      fc.integer({ min: -3, max: 70 }),
      fc.double(),
      fc.constantFrom(0, 1, 64, 100, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 1e308),
    );
    const fields = fc.record({
      address: fc.oneof(
        { weight: 3, arbitrary: fc.constant([4, port, 0x7f1f_0701]) },
        fc.tuple(any, any, any),
      ),
      pieces: fc.oneof(
        { weight: 2, arbitrary: fc.tuple(fc.integer({ min: -2, max: 3 }), any, any) },
        fc.tuple(any, any, any),
      ),
      body: fc.tuple(any, any, any),
      rest: fc.array(any, { minLength: FIELDS - 13, maxLength: FIELDS - 13 }),
      hasSource: fc.boolean(),
    });
    const buffers = [100, 1400, 0, 3000].map((size) => new Uint8Array(size).fill(OWN).buffer);
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: SLOTS }), async (datagrams) => {
        native.heads.fill(OWN, 0, SLOTS * HEAD_BYTES);
        for (const [slot, { address: to, pieces, body, rest, hasSource }] of datagrams.entries()) {
          native.toSend.set(
            [...to, 0, 0, 0, 0, ...pieces, ...body, ...(hasSource ? rest : rest.map(() => 0))],
            slot * FIELDS,
          );
        }
        native.send(socket, datagrams.length, buffers, buffers.length);
        await drained(sender, receiver);
      }),
      { numRuns: 1000 },
    );
    const length = fc.oneof(
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: 0, max: 2100 }),
      any,
    );
    const buffer = fc.constantFrom(undefined, ...buffers);
    const series = fc.tuple(fc.integer({ min: 1, max: SLOTS }), length, buffer, buffer);
    const place = fc.tuple(fc.integer({ min: -2, max: 2 }), length, length);
    await fc.assert(
      fc.asyncProperty(series, length, place, place, async (terms, head, first, second) => {
        const [count, bodyBytes, one, other] = terms;
        native.heads.fill(OWN, 0, SLOTS * HEAD_BYTES);
        native.toSend.fill(0, 0, 2 * FIELDS);
        native.toSend.set([4, port, 0x7f1f_0701]);
        native.toSend.set([head, ...first], ToSend.headLength);
        native.toSend.set(second, FIELDS + ToSend.bodyBuffer);
        // Typed for callers that follow the rules.
        Reflect.apply(Reflect.get(socket, 'sendSeries'), socket, [count, bodyBytes, one, other]);
        await drained(sender, receiver);
      }),
      { numRuns: 1000 },
    );
    native.close(socket);
  });
});
