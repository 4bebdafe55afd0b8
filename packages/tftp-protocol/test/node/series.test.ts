/** Series of blocks: the same datagrams as block by block, with less work. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type BlockSource,
  DEFAULT_NEGOTIATION_POLICY,
  DEFAULT_PARAMETERS,
  encodePacket,
  type OutgoingSeries,
  type PacingPolicy,
  SendTransfer,
  ServerEndpoint,
  type TransferParameters,
} from '../../src/index.js';
import { HeldBytes } from '../../src/node/content/held-bytes.js';
import { SourceReader } from '../../src/node/content/source-reader.js';
import { datagramsOf } from '../../src/node/udp/datagram-transport.js';
import { memory, openSender } from '../support/machines.js';
import { ack, bytesOf, sent } from '../support/wire-text.js';

const REMOTE = { address: '192.0.2.1', port: 2_000, family: 'IPv4' } as const;

/** Length of each buffer that {@link pieces} returns; not a multiple of the block size. */
const PIECE_BYTES = 3_001;

/** A file in memory, of which every few reads of several blocks fail. */
function pieces(size: number, failEvery: number): BlockSource {
  const file = memory(size);
  let calls = 0;
  return {
    ...file,
    readMany: (offset, length) => {
      calls += 1;
      if (calls % failEvery === 0) {
        return undefined;
      }
      const parts: Uint8Array[] = [];
      for (let at = offset; at < offset + length;) {
        const end = Math.min(offset + length, (Math.floor(at / PIECE_BYTES) + 1) * PIECE_BYTES);
        parts.push(file.read(at, end - at) ?? new Uint8Array());
        at = end;
      }
      return parts;
    },
  };
}

function seriesBytes(series: OutgoingSeries): string[] {
  return datagramsOf({ remote: REMOTE, ...series }).map(bytesOf);
}

/** Takes everything that a machine sends now: block by block, or in series of at most `most` blocks. */
function taken(machine: SendTransfer, most: number): string[] {
  const packets: string[] = [];
  for (;;) {
    const series = most > 0 ? machine.nextSeries(most) : undefined;
    const datagram = series === undefined ? machine.nextDatagram() : undefined;
    if (series !== undefined) {
      expect(series.count).toBeGreaterThan(1);
      expect(series.count).toBeLessThanOrEqual(most);
      packets.push(...seriesBytes(series));
    } else if (datagram === undefined) {
      return packets;
    } else {
      packets.push(bytesOf(datagram));
    }
  }
}

describe('SendTransfer', () => {
  it('sends the same in series as block by block, whatever the peer does', () => {
    const step = fc.record({
      /** Acknowledged block, relative to the end of the window, or a timeout. */
      acked: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -9, max: 2 })),
      isTimeout: fc.boolean(),
      ms: fc.integer({ min: 0, max: 900 }),
    });
    const setup = fc.record({
      size: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.constantFrom(0, 512, 51_200)),
      blksize: fc.constantFrom(8, 512, 1_428),
      windowsize: fc.integer({ min: 1, max: 20 }),
      rollover: fc.constantFrom(0, 1),
      burstBlocks: fc.constantFrom(1, 3, Infinity),
      most: fc.integer({ min: 2, max: 25 }),
      failEvery: fc.integer({ min: 2, max: 5 }),
      isProven: fc.boolean(),
    });
    fc.assert(
      fc.property(setup, fc.array(step, { maxLength: 40 }), (terms, steps) => {
        const parameters: TransferParameters = { ...DEFAULT_PARAMETERS, ...terms };
        const pacing: PacingPolicy = { burstBlocks: terms.burstBlocks, gapMs: 1 };
        const peer = { requestBytes: 30, maxAmplification: 40, isPortSecret: terms.isProven };
        const machine = (): SendTransfer =>
          new SendTransfer(
            {
              opening: { type: 'offer', optionAck: [['tsize', '0']], parameters },
              source: pieces(terms.size, terms.failEvery),
              pacing,
              peer,
            },
            0,
          );
        const one = machine();
        const many = machine();
        let now = 0;
        let end = 0;
        const check = (): void => {
          const packets = taken(one, 0);
          expect(taken(many, terms.most)).toEqual(packets);
          expect(many.stats).toEqual(one.stats);
          expect(many.deadline).toBe(one.deadline);
          for (const packet of packets.filter((bytes) => bytes.startsWith('0003'))) {
            end = Number.parseInt(packet.slice(4, 8), 16);
          }
        };
        check();
        for (const { acked, isTimeout, ms } of steps) {
          now += ms;
          for (const each of [one, many]) {
            if (isTimeout) {
              each.timeout(now);
            } else {
              each.receive(ack((end + acked + 0x1_0000) % 0x1_0000), now);
            }
          }
          check();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('sends a whole window as one series', () => {
    const machine = openSender(pieces(100_000, 1_000), { parameters: { windowsize: 16 } });
    const series = machine.nextSeries(64);
    expect(series).toMatchObject({ count: 16, bodyBytes: 512 });
    expect(machine.nextSeries(64)).toBeUndefined();
    expect(sent(machine)).toEqual([]);
  });

  it('has no series for a source that cannot read several blocks, or has no known size', () => {
    for (const source of [memory(100_000), { ...pieces(100_000, 1_000), size: undefined }]) {
      const machine = openSender(source, { parameters: { windowsize: 16 } });
      expect(machine.nextSeries(64)).toBeUndefined();
      expect(sent(machine)).toHaveLength(16);
    }
  });
});

describe('ServerEndpoint', () => {
  function serving(source: BlockSource, clients: number) {
    const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const payload = encodePacket({
      type: 'rrq',
      filename: 'f',
      mode: 'octet',
      options: [['windowsize', '64']],
    });
    const remotes = Array.from({ length: clients }, (_, index) => ({
      ...REMOTE,
      port: REMOTE.port + index,
    }));
    for (const remote of remotes) {
      endpoint.receive(payload, 'listener', remote, 0);
    }
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) {
      if (event.type === 'requested') {
        const local = `own ${event.transfer.remote.port}`;
        const policy = DEFAULT_NEGOTIATION_POLICY;
        endpoint.acceptRead(event.transfer, source, { policy, local }, 1);
      }
    }
    for (let out = endpoint.nextDatagram(); out !== undefined; out = endpoint.nextDatagram()) {
      expect(out.head[1]).toBe(6);
    }
    for (const remote of remotes) {
      endpoint.receive(ack(0), `own ${remote.port}`, remote, 2);
    }
    return { endpoint, remotes };
  }

  it('lets transfers take turns of sixteen blocks', () => {
    const { endpoint } = serving(pieces(1_000_000, 1_000), 2);
    const order = Array.from({ length: 8 }, () => endpoint.nextSeries(64));
    expect(order.map((series) => series?.count)).toEqual(Array.from({ length: 8 }, () => 16));
    expect(order.map((series) => series?.remote.port)).toEqual(
      Array.from({ length: 8 }, (_, index) => REMOTE.port + (index % 2)),
    );
    expect(endpoint.nextSeries(64)).toBeUndefined();
  });

  it('sends the whole window of a transfer that nobody waits for', () => {
    const { endpoint } = serving(pieces(1_000_000, 1_000), 1);
    expect(endpoint.nextSeries(64)).toMatchObject({ count: 64, local: 'own 2000', remote: REMOTE });
  });

  it('sends answers to others before a series', () => {
    const { endpoint } = serving(pieces(1_000_000, 1_000), 1);
    endpoint.receive(ack(7), 'listener', { ...REMOTE, port: 9 }, 3);
    expect(endpoint.nextSeries(64)).toBeUndefined();
    expect(endpoint.nextDatagram()?.remote.port).toBe(9);
    expect(endpoint.nextSeries(64)).toBeDefined();
  });

  it('ends a transfer whose source throws', () => {
    const readMany = (): never => {
      throw new Error('broken');
    };
    const { endpoint } = serving({ ...memory(1_000_000), readMany }, 1);
    expect(endpoint.nextSeries(64)).toBeUndefined();
    expect(endpoint.transfers.size).toBe(0);
    expect(endpoint.nextDatagram()?.head[1]).toBe(5);
  });

  it('has no series for a transfer that ends while its file is read', () => {
    const source = pieces(1_000_000, 1_000);
    const { endpoint } = serving(
      {
        ...source,
        readMany: (offset, length, blockBytes) => {
          for (const transfer of endpoint.transfers) {
            endpoint.fault(transfer, new Error('broken'), 3);
          }
          return source.readMany?.(offset, length, blockBytes);
        },
      },
      1,
    );
    expect(endpoint.nextSeries(64)).toBeUndefined();
    expect(endpoint.nextDatagram()?.head[1]).toBe(5);
    expect(endpoint.nextDatagram()).toBeUndefined();
  });

  it('has no series for a client that has fallen silent', () => {
    const { endpoint } = serving(pieces(1_000_000, 1_000), 1);
    expect(endpoint.nextSeries(64)).toBeDefined();
    expect(endpoint.nextDatagram()).toBeUndefined();
    endpoint.timeout(endpoint.deadline ?? 0);
    endpoint.timeout(endpoint.deadline ?? 0);
    expect(endpoint.nextSeries(64)).toBeUndefined();
    expect(endpoint.nextDatagram()).toBeDefined();
  });
});

describe('SourceReader', () => {
  const FILE = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251);

  it.each([
    [false, 1_000_000, 8],
    [true, 1_000_000, 8],
    [false, 0, 8],
    // Only one small chunk is in memory at a time.
    [true, 0, 0],
  ])(
    'returns several blocks as they are in the file (asynchronous source: %s, budget: %i)',
    async (isAsync, budget, minSeries) => {
      const read = (offset: number, length: number): Uint8Array =>
        FILE.slice(offset, offset + length);
      const source = {
        size: FILE.length,
        read: isAsync
          ? (offset: number, length: number) => Promise.resolve(read(offset, length))
          : read,
      };
      const failed = (error: unknown): never => {
        throw error;
      };
      const held = new HeldBytes(budget);
      const reader = new SourceReader(source, held, { ready: () => undefined, failed });
      let offset = 0;
      let series = 0;
      while (offset < FILE.length) {
        const wanted = Math.min(16 * 1_428, FILE.length - offset);
        const many = reader.readMany(offset, wanted, 1_428);
        const bytes =
          many === undefined
            ? reader.read(offset, Math.min(1_428, FILE.length - offset))
            : Buffer.concat(many);
        series += many === undefined ? 0 : 1;
        if (bytes === undefined) {
          await new Promise(setImmediate);
        } else {
          expect(Buffer.compare(bytes, FILE.subarray(offset, offset + bytes.length))).toBe(0);
          expect(bytes.length).toBe(many === undefined ? Math.min(1_428, wanted) : wanted);
          offset += bytes.length;
        }
        expect(held.bytes).toBeLessThanOrEqual(budget + 3 * 8_192);
      }
      expect(series).toBeGreaterThanOrEqual(minSeries);
    },
  );
});
