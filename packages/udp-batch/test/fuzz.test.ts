/**
 * Whatever the datagrams are, nothing crashes, and only their own bytes are sent.
 *
 * All bytes that a datagram may contain are `OWN`. A received byte of another value was read from elsewhere.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FIELDS, HEAD_BYTES, SLOTS } from '../src/native-binding.js';
import { type UdpDatagram, type UdpEndpoint } from '../src/udp-socket.js';
import { bindNative, nativeModule, type RecordingSocket, Sockets } from './support/transports.js';

const OWN = 0xa5;

/** Address of the receiver, to which no other test sends: a flood with forged sources is answered at any port. */
const RECEIVER = '127.31.7.1';

/** Bytes to send: views of own and shared buffers, some of them detached. */
const bytes = fc.record({
  kind: fc.constantFrom('own', 'own', 'own', 'shared', 'detached', 'resizable'),
  size: fc.integer({ min: 0, max: 3000 }),
  offset: fc.double({ min: 0, max: 1, noNaN: true }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});

function viewOf({
  kind,
  size,
  offset,
  part,
}: typeof bytes extends fc.Arbitrary<infer T> ? T : never) {
  const buffer =
    kind === 'shared' ? new SharedArrayBuffer(size) : newBuffer(size, kind === 'resizable');
  new Uint8Array(buffer).fill(OWN);
  const start = Math.floor(size * offset);
  const view = new Uint8Array(buffer, start, Math.floor((size - start) * part));
  if (kind === 'detached' && buffer instanceof ArrayBuffer) {
    structuredClone(buffer, { transfer: [buffer] });
  }
  if (kind === 'resizable') {
    // Some views are out of bounds now.
    Reflect.apply(Reflect.get(buffer, 'resize') as (size: number) => void, buffer, [size >> 1]);
  }
  return view;
}

function newBuffer(size: number, isResizable: boolean): ArrayBuffer {
  // TypeScript's library for Node 20 lacks the second parameter.
  return isResizable
    ? (Reflect.construct(ArrayBuffer, [size, { maxByteLength: size }]) as ArrayBuffer)
    : new ArrayBuffer(size);
}

const address = fc.oneof(
  { weight: 8, arbitrary: fc.constant(RECEIVER) },
  fc.constantFrom(
    '127.0.0.2',
    '::1',
    '',
    '127.0.0.1%lo',
    'fe80::1%lo',
    '255.255.255.255',
    '::ffff:127.0.0.1',
  ),
  fc.string(),
);

const from = fc.record(
  {
    address: fc.constantFrom('127.0.0.1', '127.0.0.9', '::1', '192.0.2.1', 'x'),
    interfaceIndex: fc.constantFrom(0, 1, -1, 1e12, Number.NaN),
  },
  { requiredKeys: [] },
);

const datagram = fc.record(
  {
    address,
    port: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, fc.double(), fc.integer()),
    head: bytes,
    body: bytes,
    from,
    repeat: fc.integer({ min: 1, max: 80 }),
  },
  { requiredKeys: ['address', 'port', 'head', 'repeat'] },
);

describe('native socket', () => {
  it('sends only the bytes of its datagrams, and reports those that it cannot send', async () => {
    await using sockets = new Sockets();
    const receiver = await sockets.open(bindNative, { at: { address: RECEIVER, port: 0 } });
    const sender = await sockets.open(bindNative, { packetInfo: true });
    const { port } = receiver.socket.local;
    await fc.assert(
      fc.asyncProperty(fc.array(datagram, { maxLength: 8 }), async (cases) => {
        const batch = cases.flatMap((one): UdpDatagram[] => {
          const remote: UdpEndpoint = {
            address: one.address,
            port: one.port ?? port,
            family: 'IPv4',
          };
          const sent = {
            remote,
            head: viewOf(one.head),
            ...(one.body && { body: viewOf(one.body) }),
            ...(one.from && { from: one.from }),
          };
          return Array.from({ length: one.repeat }, () => sent);
        });
        sender.socket.send(batch);
        await drained(sender, receiver);
      }),
      { numRuns: 300 },
    );
  });

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
    native.close(socket);
  });
});

/** Waits for everything sent before, and checks its bytes. */
async function drained(sender: RecordingSocket, receiver: RecordingSocket): Promise<void> {
  const { port } = receiver.socket.local;
  const marker = Uint8Array.of(1, 2, 3);
  const isMarker = (payload: Uint8Array | undefined): boolean => payload?.join() === '1,2,3';
  const remote = { address: RECEIVER, port, family: 'IPv4' } as const;
  // Sent again if the receiver's buffer was full.
  do {
    sender.socket.send([{ remote, head: marker }]);
    await new Promise(setImmediate);
  } while (!isMarker(receiver.received.at(-1)?.payload));
  for (const { payload } of receiver.received.splice(0)) {
    expect(isMarker(payload) || payload.every((byte) => byte === OWN)).toBe(true);
  }
}
