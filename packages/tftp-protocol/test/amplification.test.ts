/**
 * Cost of a forged request for the owner of its source address, counted over the whole life of the
 * transfer. An attacker sees no answer, but knows the protocol, so acknowledgements are forged, too.
 */
import { describe, expect, it } from 'vitest';

import {
  DEFAULT_NEGOTIATION_POLICY,
  encodePacket,
  ServerEndpoint,
  type TftpEndpointAddress,
  type TftpOption,
} from '../src/index.js';
import { memory } from './support/machines.js';
import { ack, data } from './support/wire-text.js';

const LARGE = memory(1_000_000);
const VICTIM: TftpEndpointAddress = { address: '192.0.2.1', port: 2_000, family: 'IPv4' };

interface Cost {
  readonly datagrams: number;
  readonly bytes: number;
  /** Bytes sent to the victim for each byte that the attacker sends. */
  readonly factor: number;
}

/** Sends datagrams one millisecond apart, then waits until all transfers have ended. */
function attack(forged: readonly Uint8Array[]): Cost {
  const endpoint = new ServerEndpoint<string>({ acceptsWrites: true, allow: () => true });
  let datagrams = 0;
  let bytes = 0;
  const drain = (now: number): void => {
    for (;;) {
      for (let out = endpoint.nextDatagram(); out !== undefined; out = endpoint.nextDatagram()) {
        datagrams += 1;
        bytes += out.head.length + (out.body?.length ?? 0);
      }
      const event = endpoint.nextEvent();
      if (event === undefined) {
        return;
      }
      if (event.type === 'requested') {
        // The transfer has no socket of its own, since an attacker would have to guess its port.
        const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
        if (event.transfer.request.type === 'rrq') {
          endpoint.acceptRead(event.transfer, LARGE, terms, now);
        } else {
          endpoint.acceptWrite(event.transfer, terms, now);
        }
      }
    }
  };
  let now = 0;
  for (const datagram of forged) {
    now += 1;
    endpoint.receive(datagram, 'port 69', VICTIM, now);
    drain(now);
  }
  while (endpoint.deadline !== undefined) {
    now = Math.max(now, endpoint.deadline);
    endpoint.timeout(now);
    drain(now);
  }
  const received = forged.reduce((sum, { length }) => sum + length, 0);
  return { datagrams, bytes, factor: bytes / received };
}

/** Options that request the largest answers. */
const GREEDY: readonly (readonly TftpOption[])[] = [
  [],
  [['blksize', '1428']],
  [['blksize', '1468']],
  [['blksize', '65464']],
  [['blksize', '999']],
  [['blksize2', '65464']],
  [['windowsize', '65535']],
  [
    ['windowsize', '64'],
    ['blksize', '65464'],
  ],
  [
    ['blksize', '1468'],
    ['timeout', '1'],
  ],
  [
    ['blksize', '1468'],
    ['utimeout', '10000'],
  ],
  [
    ['windowsize', '64'],
    ['utimeout', '10000'],
  ],
  [['tsize', '0']],
  [['nonsense', '1']],
];

/** Requested names, from the shortest possible one to usual ones. */
const NAMES = ['f', 'ab', 'abc', 'abcd', 'grub.cfg', 'pxelinux.0', 'debian-installer/amd64/linux'];

function requests(type: 'rrq' | 'wrq'): Uint8Array[] {
  return NAMES.flatMap((filename) =>
    GREEDY.map((options) => encodePacket({ type, filename, mode: 'octet', options })),
  );
}

function worst(attacks: readonly (readonly Uint8Array[])[]): Cost {
  const costs = attacks.map(attack);
  return {
    datagrams: Math.max(...costs.map(({ datagrams }) => datagrams)),
    bytes: Math.max(...costs.map(({ bytes }) => bytes)),
    factor: Math.max(...costs.map(({ factor }) => factor)),
  };
}

describe('amplification', () => {
  it('is at most 40 for a request, and one block of 512 bytes for the shortest names', () => {
    const all = requests('rrq');
    const long = all.filter(({ length }) => length >= 13);
    const short = all.filter(({ length }) => length < 13);

    expect(worst(long.map((one) => [one])).factor).toBeLessThanOrEqual(40);
    expect(short).toHaveLength(3);
    expect(worst(short.map((one) => [one]))).toEqual({ datagrams: 1, bytes: 516, factor: 51.6 });
  });

  it('is at most 3 datagrams and 1.6 kB for a request, however often it is repeated', () => {
    for (const times of [1, 2, 5, 20]) {
      const cost = worst(requests('rrq').map((one) => Array.from({ length: times }, () => one)));

      expect(cost.datagrams).toBeLessThanOrEqual(3);
      expect(cost.bytes).toBeLessThanOrEqual(1_600);
    }
  });

  it('is at most 60 with a forged ACK 0, whatever the options', () => {
    const { factor, bytes } = worst(requests('rrq').map((one) => [one, ack(0)]));

    expect(factor).toBeLessThanOrEqual(60);
    expect(bytes).toBeLessThanOrEqual(5_000);
  });

  it('is not raised by more forged copies of ACK 0', () => {
    for (const copies of [2, 5, 30]) {
      const acks = Array.from({ length: copies }, () => ack(0));

      expect(worst(requests('rrq').map((one) => [one, ...acks])).factor).toBeLessThanOrEqual(60);
    }
  });

  it('is one block for each ACK that is forged in sequence, and 10 more at the end', () => {
    for (const [blocks, factor] of [
      [1, 525],
      [2, 510],
      [1_000, 370],
    ] as const) {
      const acks = Array.from({ length: blocks + 1 }, (_, block) => ack(block));
      const cost = worst(requests('rrq').map((one) => [one, ...acks]));

      // The OACK, the block after the last ACK, and its repetitions.
      expect(cost.datagrams).toBeLessThanOrEqual(blocks + 12);
      expect(cost.factor).toBeLessThanOrEqual(factor);
    }
  });

  it('is nothing for a write request, with or without a forged first block', () => {
    const all = requests('wrq');

    expect(worst(all.map((one) => [one])).factor).toBeLessThanOrEqual(4);
    expect(worst(all.map((one) => [one, data(1, 512)])).factor).toBeLessThanOrEqual(4);
  });

  it('is bounded in bytes a second for one address, whatever is forged', () => {
    const one = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const bytes = encodePacket({ type: 'rrq', filename: 'pxelinux.0', mode: 'octet', options: [] });
    let out = 0;
    for (let now = 0; now < 20_000; now += 1) {
      one.receive(bytes, 'port 69', { ...VICTIM, port: 1_024 + (now % 60_000) }, now);
      for (let event = one.nextEvent(); event !== undefined; event = one.nextEvent()) {
        if (event.type === 'requested') {
          const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
          one.acceptRead(event.transfer, LARGE, terms, now);
        }
      }
      one.timeout(now);
      for (let next = one.nextDatagram(); next !== undefined; next = one.nextDatagram()) {
        out += next.head.length + (next.body?.length ?? 0);
      }
    }

    expect(out).toBeLessThanOrEqual(4 * 1024 * 1024 + 20 * 512 * 1024);
  });
});

describe('a client that loses the first block', () => {
  it.each([1, 2])('gets it again, %i times, since it repeats ACK 0', (losses) => {
    const one = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
    const options: TftpOption[] = [['blksize', '1428']];
    one.receive(
      encodePacket({ type: 'rrq', filename: 'pxelinux.0', mode: 'octet', options }),
      'port 69',
      VICTIM,
      0,
    );
    const event = one.nextEvent();
    if (event?.type !== 'requested') {
      throw new Error('nothing was requested');
    }
    const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
    one.acceptRead(event.transfer, LARGE, terms, 0);
    let blocks = 0;
    for (let now = 1; now < 30_000 && blocks <= losses; now += 1) {
      one.timeout(now);
      for (let out = one.nextDatagram(); out !== undefined; out = one.nextDatagram()) {
        blocks += out.body === undefined ? 0 : 1;
      }
      if (now % 2_000 === 5) {
        one.receive(ack(0), 'port 69', VICTIM, now);
      }
    }

    expect(blocks).toBe(losses + 1);
  });
});
