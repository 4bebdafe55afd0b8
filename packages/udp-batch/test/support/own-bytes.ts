import * as fc from 'fast-check';
import { expect } from 'vitest';

import { type UdpDatagram, type UdpEndpoint } from '../../src/udp-socket.js';
import { bindNative, type RecordingSocket, Sockets } from './transports.js';

/** Value of every byte that a datagram may contain. */
export const OWN = 0xa5;

/**
 * Address of the receiver. No other test sends to it: answers to a flood with forged sources may reach any
 * port.
 */
export const RECEIVER = '127.31.7.1';

/** Buffer of a view. Some views are empty afterwards: their buffer is detached or has shrunk. */
export type BufferKind = 'own' | 'shared' | 'detached' | 'resizable';

interface View {
  readonly kind: BufferKind;
  readonly size: number;
  /** Start, as a fraction of the remaining bytes. */
  readonly offset: number;
  readonly part: number;
}

const place = {
  size: fc.integer({ min: 0, max: 3000 }),
  offset: fc.double({ min: 0, max: 1, noNaN: true }),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
};

function viewOf({ kind, size, offset, part }: View): Uint8Array {
  const buffer =
    kind === 'shared' ? new SharedArrayBuffer(size) : newBuffer(size, kind === 'resizable');
  new Uint8Array(buffer).fill(OWN);
  const start = Math.floor(size * offset);
  const view = new Uint8Array(buffer, start, Math.floor((size - start) * part));
  if (kind === 'detached' && buffer instanceof ArrayBuffer) {
    structuredClone(buffer, { transfer: [buffer] });
  }
  if (kind === 'resizable') {
    // Some views are now out of bounds.
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

function datagramOf(kinds: readonly BufferKind[]) {
  const bytes = fc.record({ kind: fc.constantFrom(...kinds), ...place });
  return fc.record(
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
}

/** Sends arbitrary datagrams made of views of some kinds, and expects only their own bytes to arrive. */
export async function expectOnlyOwnBytes(kinds: readonly BufferKind[]): Promise<void> {
  await using sockets = new Sockets();
  const receiver = await sockets.open(bindNative, { at: { address: RECEIVER, port: 0 } });
  const sender = await sockets.open(bindNative, { packetInfo: true });
  const { port } = receiver.socket.local;
  await fc.assert(
    fc.asyncProperty(fc.array(datagramOf(kinds), { maxLength: 8 }), async (cases) => {
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
      sender.socket.sendPack({
        count: batch.length,
        remotes: batch.map(({ remote }) => remote),
        heads: viewOf({ kind: 'own', size: 4 * batch.length, offset: 0, part: 1 }),
        headBytes: 4,
        memories: batch.map(({ head: { buffer } }) =>
          buffer instanceof ArrayBuffer ? buffer : undefined,
        ),
        offsets: cases.flatMap(({ head, repeat }) =>
          Array.from({ length: repeat }, () => Math.floor(head.size * head.offset)),
        ),
        lengths: cases.flatMap(({ head, repeat }) =>
          Array.from({ length: repeat }, () => Math.floor(head.size * head.part)),
        ),
      });
      await drained(sender, receiver);
    }),
    { numRuns: 300 },
  );
}

/** Waits for everything that was sent before, and checks its bytes. */
export async function drained(sender: RecordingSocket, receiver: RecordingSocket): Promise<void> {
  const { port } = receiver.socket.local;
  const marker = Uint8Array.of(1, 2, 3);
  const isMarker = (payload: Uint8Array | undefined): boolean => payload?.join() === '1,2,3';
  const remote = { address: RECEIVER, port, family: 'IPv4' } as const;
  // Sent again if the receiver's buffer was full.
  do {
    sender.socket.send([{ remote, head: marker }]);
    await new Promise(setImmediate);
  } while (!isMarker(receiver.received.at(-1)?.payload));
  const foreign = receiver.received
    .splice(0)
    .filter(({ payload }) => !isMarker(payload) && payload.some((byte) => byte !== OWN))
    .map(({ remote: { address, port: from }, payload }) => ({
      address,
      from,
      bytes: [...payload],
    }));
  expect(foreign).toEqual([]);
}
