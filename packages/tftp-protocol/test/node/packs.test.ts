/** Packs of blocks: the same datagrams as one by one, with less work. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { unpacked } from '../../src/endpoint/block-pack.js';
import {
  type BlockPlace,
  type BlockSource,
  DEFAULT_NEGOTIATION_POLICY,
  DEFAULT_PARAMETERS,
  encodePacket,
  type OutgoingDatagram,
  type RoutedPack,
  SendTransfer,
  ServerEndpoint,
  type TftpEndpointAddress,
} from '../../src/index.js';
import { HeldBytes } from '../../src/node/content/held-bytes.js';
import { SourceReader } from '../../src/node/content/source-reader.js';
import { type TftpSource } from '../../src/node/content/source.js';
import { EndpointDriver } from '../../src/node/server/endpoint-driver.js';
import { type DatagramTransport } from '../../src/node/udp/datagram-transport.js';
import { memory, openSender } from '../support/machines.js';
import { recordingSocket } from '../support/recording-socket.js';
import { ack, bytesOf, sent } from '../support/wire-text.js';

const REMOTE: TftpEndpointAddress = { address: '192.0.2.1', port: 2_000, family: 'IPv4' };

/** Requests blocks of 512 bytes, with an OACK to answer first. */
const REQUEST = encodePacket({
  type: 'rrq',
  filename: 'f',
  mode: 'octet',
  options: [['blksize', '512']],
});

function remotes(count: number): TftpEndpointAddress[] {
  return Array.from({ length: count }, (_, index) => ({ ...REMOTE, port: 2_000 + index }));
}

/** A file in memory that tells the places of its blocks, except every few times. */
function placed(size: number, failEvery = Infinity): BlockSource {
  const bytes = Uint8Array.from({ length: size + 100 }, (_, index) => index % 251);
  const file = bytes.subarray(100);
  let calls = 0;
  return {
    size,
    read: (offset, length) => file.subarray(offset, offset + length),
    locate: (offset, _length, place) => {
      calls += 1;
      place.memory = bytes.buffer;
      place.offset = 100 + offset;
      return calls % failEvery !== 0;
    },
  };
}

function emptyPlace(): BlockPlace {
  return { memory: new ArrayBuffer(0), offset: 0, length: 0, block: 0 };
}

/** Takes everything that a machine sends now, as places if that is possible. */
function taken(machine: SendTransfer, hasPlaces: boolean): string[] {
  const packets: string[] = [];
  const place = emptyPlace();
  for (;;) {
    if (hasPlaces && machine.nextPlace(place)) {
      const head = Uint8Array.of(0, 3, place.block >> 8, place.block & 0xff);
      packets.push(
        bytesOf({ head, body: new Uint8Array(place.memory, place.offset, place.length) }),
      );
    } else {
      const datagram = machine.nextDatagram();
      if (datagram === undefined) {
        return packets;
      }
      packets.push(bytesOf(datagram));
    }
  }
}

/** Returns the end of each datagram's path and its block, as `PORT: BLOCK`. */
function blocksOf(
  datagrams: readonly (OutgoingDatagram & { readonly remote: TftpEndpointAddress })[],
): string[] {
  return datagrams.map(
    ({ remote, head }) => `${remote.port}: ${Number(head[2]) * 256 + Number(head[3])}`,
  );
}

/** Contents of a pack, which the next one overwrites. */
function contents(pack: RoutedPack<string> | undefined): string[] {
  return pack === undefined ? [] : blocksOf(unpacked(pack));
}

describe('SendTransfer', () => {
  it('tells the places of the same blocks as it would send, whatever the peer does', () => {
    const step = fc.record({
      /** Acknowledged block, relative to the last one sent, or a timeout. */
      acked: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -2, max: 2 })),
      isTimeout: fc.boolean(),
      ms: fc.integer({ min: 0, max: 900 }),
    });
    const setup = fc.record({
      size: fc.oneof(fc.integer({ min: 0, max: 9_000 }), fc.constantFrom(0, 512, 5_120)),
      blksize: fc.constantFrom(8, 512, 1_428),
      windowsize: fc.integer({ min: 1, max: 3 }),
      rollover: fc.constantFrom(0, 1),
      failEvery: fc.integer({ min: 2, max: 5 }),
      isPortSecret: fc.boolean(),
    });
    fc.assert(
      fc.property(setup, fc.array(step, { maxLength: 40 }), (terms, steps) => {
        const { size, failEvery, isPortSecret } = terms;
        const machine = (): SendTransfer =>
          new SendTransfer(
            {
              opening: {
                type: 'offer',
                optionAck: [['tsize', '0']],
                parameters: { ...DEFAULT_PARAMETERS, ...terms },
              },
              source: placed(size, failEvery),
              peer: { requestBytes: 30, maxAmplification: 40, isPortSecret },
            },
            0,
          );
        const plain = machine();
        const placing = machine();
        let now = 0;
        let end = 0;
        const check = (): void => {
          const packets = taken(plain, false);
          expect(taken(placing, true)).toEqual(packets);
          expect(placing.stats).toEqual(plain.stats);
          expect(placing.deadline).toBe(plain.deadline);
          for (const packet of packets.filter((bytes) => bytes.startsWith('0003'))) {
            end = Number.parseInt(packet.slice(4, 8), 16);
          }
        };
        check();
        for (const { acked, isTimeout, ms } of steps) {
          now += ms;
          for (const each of [plain, placing]) {
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

  it('gives no places for a source of unknown size, or for one that does not support them', () => {
    for (const source of [memory(1_000), { ...placed(1_000), size: undefined }]) {
      const machine = openSender(source);
      expect(machine.nextPlace(emptyPlace())).toBe(false);
      expect(sent(machine)).toEqual(['DATA 1 (512)']);
    }
  });
});

/** Returns an endpoint with a client in lock-step at each of some ports, each of which has acknowledged block 1. */
function serving(source: BlockSource, count: number, localOf = (_at: number): string => 'socket') {
  const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
  const clients = remotes(count);
  const receive = (block: number): void => {
    for (const [at, remote] of clients.entries()) {
      endpoint.receive(ack(block), localOf(at), remote, block + 1);
    }
  };
  for (const [at, remote] of clients.entries()) {
    endpoint.receive(REQUEST, localOf(at), remote, 0);
    let event = endpoint.nextEvent();
    while (event?.type !== 'requested') {
      event = endpoint.nextEvent();
    }
    const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
    endpoint.acceptRead(event.transfer, source, terms, 0);
  }
  const drain = (): string[] => {
    const datagrams = [];
    for (let out = endpoint.nextDatagram(); out !== undefined; out = endpoint.nextDatagram()) {
      datagrams.push(out);
    }
    return blocksOf(datagrams);
  };
  drain();
  receive(0);
  drain();
  receive(1);
  return { endpoint, receive, drain };
}

describe('ServerEndpoint', () => {
  it('returns the blocks of transfers in lock-step as one pack', () => {
    const { endpoint, receive, drain } = serving(placed(10_000), 3);
    const pack = endpoint.nextPack();
    expect(pack).toMatchObject({ local: 'socket', count: 3 });
    expect(contents(pack)).toEqual(['2000: 2', '2001: 2', '2002: 2']);
    expect(pack && unpacked(pack).map(({ body }) => body)).toEqual(
      Array.from({ length: 3 }, () => placed(10_000).read(512, 512)),
    );
    expect(endpoint.nextPack()).toBeUndefined();
    expect(drain()).toEqual([]);
    receive(2);
    expect(contents(endpoint.nextPack())).toEqual(['2000: 3', '2001: 3', '2002: 3']);
  });

  it('returns the blocks of a pack as datagrams to a driver that does not ask for it', () => {
    const { endpoint, receive, drain } = serving(placed(10_000), 2);
    expect(endpoint.nextSeries(64)).toBeUndefined();
    expect(drain()).toEqual(['2000: 2', '2001: 2']);
    receive(2);
    expect(blocksOf(endpoint.nextAnswers())).toEqual(['2000: 3', '2001: 3']);
    expect(endpoint.nextPack()).toBeUndefined();
    receive(3);
    expect(contents(endpoint.nextPack())).toEqual(['2000: 4', '2001: 4']);
  });

  it('packs 64 blocks of one socket, and returns the others as answers', () => {
    const { endpoint, receive } = serving(placed(10_000), 100);
    expect(endpoint.nextPack()?.count).toBe(64);
    // The rest has not left yet.
    receive(2);
    expect(endpoint.nextPack()).toBeUndefined();
    expect(endpoint.nextAnswers()).toHaveLength(36);

    const others = serving(placed(10_000), 3, (at) => `socket ${at % 2}`);
    expect(contents(others.endpoint.nextPack())).toEqual(['2000: 2', '2002: 2']);
    expect(blocksOf(others.endpoint.nextAnswers())).toEqual(['2001: 2']);
  });

  it('keeps no file in memory after its last pack', () => {
    const { endpoint } = serving(placed(10_000), 2);
    const memories = endpoint.nextPack()?.memories;
    expect(memories).toHaveLength(2);
    expect(endpoint.nextPack()).toBeUndefined();
    expect(memories).toHaveLength(0);
  });

  it('ignores acknowledgements of a block that is in a pack', () => {
    const { endpoint, receive } = serving(placed(10_000), 1);
    receive(2);
    expect(contents(endpoint.nextPack())).toEqual(['2000: 2']);
    receive(2);
    expect(contents(endpoint.nextPack())).toEqual(['2000: 3']);
  });

  it('ends a transfer whose source throws or ends it', () => {
    const source = placed(10_000);
    let act: (() => void) | undefined;
    const { endpoint, receive, drain } = serving(
      {
        ...source,
        locate: (...place) => {
          act?.();
          return source.locate?.(...place) ?? false;
        },
      },
      2,
    );
    drain();
    const fault = (error: Error): void => {
      for (const transfer of endpoint.transfers) {
        endpoint.fault(transfer, error, 3);
        break;
      }
    };
    act = () => {
      act = undefined;
      throw new Error('broken');
    };
    receive(2);
    expect(endpoint.transfers.size).toBe(1);
    expect(contents(endpoint.nextPack())).toEqual(['2001: 3']);
    expect(endpoint.nextAnswers()).toMatchObject([{ head: { 1: 5 } }]);
    act = () => {
      fault(new Error('broken'));
    };
    receive(3);
    expect(endpoint.transfers.size).toBe(0);
    expect(endpoint.nextPack()).toBeUndefined();
    expect(endpoint.nextAnswers()).toMatchObject([{ head: { 1: 5 } }]);
  });
});

describe('unpacked', () => {
  it('returns the first datagrams of a pack, with copies of their heads', () => {
    const heads = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const { buffer } = Uint8Array.of(7, 8, 9);
    const pack = {
      count: 2,
      remotes: remotes(3),
      heads,
      headBytes: 2,
      memories: [buffer, undefined, buffer],
      offsets: [1, 0, 0],
      lengths: [2, 0, 1],
    };
    const datagrams = unpacked(pack);
    heads.fill(0);
    expect(datagrams).toEqual([
      { remote: remotes(1)[0], head: Uint8Array.of(1, 2), body: Uint8Array.of(8, 9) },
      { remote: remotes(2)[1], head: Uint8Array.of(3, 4) },
    ]);
  });
});

describe('SourceReader', () => {
  const FILE = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251);

  function readerOf(read: TftpSource['read']): SourceReader {
    return new SourceReader({ size: FILE.length, read }, new HeldBytes(1_000_000), {
      ready: () => undefined,
      failed: (error) => {
        throw error;
      },
    });
  }

  const cut = (offset: number, length: number): Uint8Array =>
    FILE.subarray(offset, offset + length);
  const BLOCKS = Math.ceil(FILE.length / 1_428);

  it.each<[string, TftpSource['read'], number, number]>([
    ['bytes', cut, BLOCKS, BLOCKS],
    ['promises', (offset, length) => Promise.resolve(cut(offset, length)), BLOCKS, BLOCKS],
    // Only the last block is within one piece.
    ['short pieces', (offset, length) => cut(offset, Math.min(length, 1_000)), 1, 1],
  ])('gives the places of blocks of a source that returns %s', async (_, read, least, most) => {
    const reader = readerOf(read);
    const place = emptyPlace();
    let located = 0;
    let offset = 0;
    while (offset < FILE.length) {
      const length = Math.min(1_428, FILE.length - offset);
      const isLocated = reader.locate(offset, length, place);
      const bytes = isLocated
        ? new Uint8Array(place.memory, place.offset, length)
        : reader.read(offset, length);
      if (bytes === undefined) {
        await new Promise(setImmediate);
      } else {
        expect(Buffer.compare(bytes, FILE.subarray(offset, offset + length))).toBe(0);
        located += isLocated ? 1 : 0;
        offset += length;
      }
    }
    expect(located).toBeGreaterThanOrEqual(least);
    expect(located).toBeLessThanOrEqual(most);
  });

  it('gives no places in memory that it shares with other threads', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(FILE.length));
    shared.set(FILE);
    const reader = readerOf((offset, length) => shared.subarray(offset, offset + length));
    expect(reader.read(0, 512)).toEqual(shared.subarray(0, 512));
    expect(reader.locate(0, 512, emptyPlace())).toBe(false);
  });
});

describe('EndpointDriver', () => {
  /** Drives transfers in lock-step on a socket. */
  function driving(socket: DatagramTransport, source: BlockSource) {
    const failures: unknown[] = [];
    const driver: EndpointDriver = new EndpointDriver(
      { acceptsWrites: false, allow: () => true },
      {
        event: (event) => {
          if (event.type === 'requested') {
            const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
            driver.run((endpoint, now) => {
              endpoint.acceptRead(event.transfer, source, terms, now);
            });
          }
        },
        failed: (error) => failures.push(error),
        idle: () => undefined,
      },
    );
    const receive = (payload: Uint8Array): void => {
      driver.receive(socket, [{ remote: REMOTE, payload }]);
    };
    return { driver, failures, receive };
  }

  it.each([
    [true, ['pack of 1']],
    [false, [`00030002${'ff'.repeat(512)}`]],
  ])('sends a pack to a transport (that takes packs: %s)', (hasPacks, expected) => {
    const bytes = new Uint8Array(10_000).fill(0xff);
    const source: BlockSource = {
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
      locate: (offset, _length, place) => {
        place.memory = bytes.buffer;
        place.offset = offset;
        return true;
      },
    };
    const { socket, record } = recordingSocket(hasPacks ? ['packs'] : []);
    const { driver, receive } = driving(socket, source);
    receive(REQUEST);
    receive(ack(0));
    record.length = 0;
    receive(ack(1));
    expect(record).toEqual(expected);
    driver.stop();
  });

  it('survives a transport that fails to send a pack', () => {
    const { socket } = recordingSocket(['packs']);
    const error = new Error('broken');
    const sendPack = (): never => {
      throw error;
    };
    const { driver, failures, receive } = driving({ ...socket, sendPack }, placed(10_000));
    receive(REQUEST);
    receive(ack(0));
    receive(ack(1));
    expect(failures).toEqual([error]);
    driver.stop();
  });
});
