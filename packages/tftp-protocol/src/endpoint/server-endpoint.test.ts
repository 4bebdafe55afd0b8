import { describe, expect, it } from 'vitest';

import { memory } from '../../test/support/machines.js';
import { ack, data, error, text } from '../../test/support/wire-text.js';
import { MAX_REQUEST_BYTES } from '../codec/constants.js';
import { decodePacket } from '../codec/decode.js';
import { encodePacket } from '../codec/encode.js';
import { type TftpOptions } from '../codec/packet.js';
import { DEFAULT_NEGOTIATION_POLICY } from '../negotiation/negotiate.js';
import { type EndpointEvent } from './endpoint-events.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { ServerEndpoint } from './server-endpoint.js';
import { type ServerTransfer } from './server-transfer.js';

const PEER: TftpEndpointAddress = { address: '192.0.2.1', port: 2_000, family: 'IPv4' };
const OTHER: TftpEndpointAddress = { ...PEER, port: 2_001 };
/** A file in memory that takes a while to send. */
const LARGE = memory(100_000);
const TERMS = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };

function broken(): never {
  throw new Error('broken');
}

function endpoint(limits: Partial<EndpointLimits> = {}, acceptsWrites = true) {
  return new ServerEndpoint<string>({
    acceptsWrites,
    allow: (address) => address !== '203.0.113.1',
    limits: { ...DEFAULT_ENDPOINT_LIMITS, ...limits },
  });
}

function request(
  type: 'rrq' | 'wrq' = 'rrq',
  filename = 'f',
  options: TftpOptions = [],
): Uint8Array {
  return encodePacket({ type, filename, mode: 'octet', options });
}

function sent(from: ServerEndpoint<string>): string[] {
  const packets: string[] = [];
  for (let out = from.nextDatagram(); out !== undefined; out = from.nextDatagram()) {
    const decoded = decodePacket(Buffer.concat([out.head, out.body ?? Buffer.alloc(0)]));
    packets.push(`${out.local} ${out.remote.port}: ${decoded.ok ? text(decoded.packet) : '?'}`);
  }
  return packets;
}

function told(from: ServerEndpoint<string>): EndpointEvent<string>[] {
  sent(from);
  const events: EndpointEvent<string>[] = [];
  for (let event = from.nextEvent(); event !== undefined; event = from.nextEvent()) {
    events.push(event);
  }
  return events;
}

function requested(from: ServerEndpoint<string>): ServerTransfer<string> {
  const event = told(from).find(({ type }) => type === 'requested');
  if (event?.type !== 'requested') {
    throw new Error('nothing was requested');
  }
  return event.transfer;
}

describe('ServerEndpoint', () => {
  it('answers a refused request once within a second', () => {
    const one = endpoint();
    const refuse = (now: number): void => {
      one.refuse(requested(one), 1, 'missing', now);
    };
    one.receive(request(), 'socket', PEER, 0);
    refuse(150);
    expect(sent(one)).toEqual(['socket 2000: ERROR 1 File not found']);

    // PXELINUX repeated its request before the ERROR arrived, and has then asked for the next file.
    one.receive(request(), 'socket', PEER, 160);
    expect(told(one).filter(({ type }) => type === 'requested')).toEqual([]);
    one.receive(request('rrq', 'next'), 'socket', PEER, 170);
    refuse(170);
    expect(sent(one)).toEqual(['socket 2000: ERROR 1 File not found']);

    one.receive(request(), 'socket', OTHER, 180);
    refuse(180);
    expect(sent(one)).toEqual(['socket 2001: ERROR 1 File not found']);

    one.receive(request(), 'socket', PEER, 1_149);
    expect(sent(one)).toEqual([]);
    one.receive(request(), 'socket', PEER, 1_150);
    refuse(1_150);
    expect(sent(one)).toEqual(['socket 2000: ERROR 1 File not found']);
  });

  it('remembers only the first 2 KiB of a refused request', () => {
    const one = endpoint();
    const bytes = Buffer.alloc(60_000, 'a');
    bytes.set([0, 1]);
    one.receive(bytes, 'socket', PEER, 0);
    expect(sent(one)).toEqual(['socket 2000: ERROR 4 Illegal TFTP operation']);

    bytes[MAX_REQUEST_BYTES] = 0;
    one.receive(bytes, 'socket', PEER, 1);
    expect(sent(one)).toEqual([]);

    bytes[MAX_REQUEST_BYTES - 1] = 0;
    one.receive(bytes, 'socket', PEER, 2);
    expect(sent(one)).toEqual(['socket 2000: ERROR 4 Illegal TFTP operation']);
  });

  it('ignores datagrams for a request that is still being opened', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);

    one.receive(ack(1), 'socket', PEER, 1);
    one.receive(request(), 'socket', PEER, 2);

    expect(sent(one)).toEqual([]);
    expect(told(one)).toEqual([]);
    expect(transfer.isActive).toBe(true);
  });

  it('gives up a request whose source does not open', () => {
    const one = endpoint({ openMs: 500 });
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);
    expect(one.deadline).toBe(500);

    one.timeout(500);

    expect(told(one)).toEqual([{ type: 'ended', transfer, ending: { type: 'openTimedOut' } }]);
    expect(one.acceptRead(transfer, memory(5), TERMS, 600)).toBe(false);
    expect(one.acceptWrite(transfer, TERMS, 600)).toBe(false);
    one.refuse(transfer, 1, 'too late', 600);
    one.drop(transfer, 'draining', 600);
    one.abort(transfer, 0, 'too late', 600);
    expect(told(one)).toEqual([]);
  });

  it('returns all answers of transfers in lock-step together, one for each transfer', () => {
    const one = endpoint();
    for (const peer of [PEER, OTHER]) {
      one.receive(request(), 'socket', peer, 0);
      one.acceptRead(requested(one), LARGE, TERMS, 0);
    }
    sent(one);

    for (const block of [1, 2, 3]) {
      one.receive(ack(block), 'socket', PEER, 1);
      one.receive(ack(block), 'socket', OTHER, 1);
    }

    expect(one.nextAnswers().map(({ remote, head }) => [remote.port, ...head])).toEqual([
      [PEER.port, 0, 3, 0, 2],
      [OTHER.port, 0, 3, 0, 2],
    ]);
    expect(one.nextAnswers()).toEqual([]);
    expect(sent(one)).toEqual([]);
    one.receive(ack(2), 'socket', PEER, 2);
    expect(one.nextAnswers()).toHaveLength(1);
  });

  it('does not access the bytes of a datagram after the call', () => {
    const one = endpoint();
    const receive = (datagram: Uint8Array, now: number): void => {
      // The `slice` of a buffer does not copy.
      const bytes = Buffer.from(datagram);
      one.receive(bytes, 'socket', PEER, now);
      bytes.fill(0xff);
    };
    receive(request('wrq'), 0);
    one.acceptWrite(requested(one), TERMS, 0);
    expect(sent(one)).toEqual(['socket 2000: ACK 0']);
    receive(request('wrq'), 300);
    expect(sent(one)).toEqual(['socket 2000: ACK 0']);
    receive(data(1, 512), 300);
    expect(told(one)).toMatchObject([{ type: 'data', data: new Uint8Array(512) }]);
  });

  it('ignores acknowledgements of a block that has not left yet', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), LARGE, TERMS, 0);
    expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);

    for (let block = 1; block <= 64; block += 1) {
      one.receive(ack(block), 'socket', PEER, 1);
    }

    expect(sent(one)).toEqual(['socket 2000: DATA 2 (512)']);
    one.receive(ack(2), 'socket', PEER, 2);
    expect(sent(one)).toEqual(['socket 2000: DATA 3 (512)']);
  });

  it('drops requests beyond its limits, and reports the reason', () => {
    const reasons = (limits: Partial<EndpointLimits>, remotes: TftpEndpointAddress[]) => {
      const one = endpoint(limits);
      for (const remote of remotes) {
        one.receive(request(), 'socket', remote, 0);
      }
      return told(one).flatMap((event) => (event.type === 'dropped' ? [event.reason] : []));
    };
    const elsewhere = { ...PEER, address: '192.0.2.2' };

    expect(reasons({ maxTransfers: 0 }, [PEER, elsewhere])).toEqual(['tooManyTransfers']);
    expect(reasons({ maxTransfersPerSource: 0 }, [PEER])).toEqual(['tooManyFromSource']);
    const requestsPerSource = { perSecond: 1, burst: 1 };
    expect(reasons({ requestsPerSource }, [PEER, OTHER, elsewhere])).toEqual(['requestRate']);
  });

  /** Returns a transfer whose client acknowledged its first block at time `at`. */
  function proven(one: ServerEndpoint<string>, remote: TftpEndpointAddress, at: number) {
    one.receive(request(), 'socket', remote, at);
    const transfer = requested(one);
    one.acceptRead(transfer, LARGE, TERMS, at);
    sent(one);
    one.receive(ack(1), 'socket', remote, at);
    sent(one);
    return transfer;
  }

  /** Starts a transfer for an attacker who acknowledges the first block blindly and keeps the slot. */
  function beginAndAcknowledge(
    one: ServerEndpoint<string>,
    remote: TftpEndpointAddress,
    now: number,
  ): void {
    one.receive(request(), 'socket', remote, now);
    for (const event of told(one)) {
      if (event.type === 'requested') {
        one.acceptRead(event.transfer, LARGE, TERMS, now);
      }
    }
    sent(one);
    one.receive(ack(1), 'socket', remote, now);
    told(one);
  }

  /** Returns the remote addresses of the transfers that were evicted. */
  function evicted(one: ServerEndpoint<string>): string[] {
    return told(one).flatMap((event) =>
      event.type === 'ended' && event.ending.type === 'evicted'
        ? [`${event.transfer.remote.address}:${event.transfer.remote.port}`]
        : [],
    );
  }

  function at(address: string, port = 2_000): TftpEndpointAddress {
    return { address, port, family: 'IPv4' };
  }

  it('never lets four sources hold all slots, however they acknowledge', () => {
    const one = endpoint();
    for (let port = 1_000; port < 3_048; port += 1) {
      for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']) {
        beginAndAcknowledge(one, at(address, port), port);
      }
    }
    expect(one.transfers.size).toBeGreaterThan(2_000);
    expect(one.transfers.size).toBeLessThan(3_000);

    expect([one.halfOpen, one.sources]).toEqual([0, 4]);

    const client = proven(one, at('192.0.2.9'), 4_000);
    one.receive(ack(2), 'socket', client.remote, 4_001);

    expect(sent(one)).toEqual(['socket 2000: DATA 3 (512)']);
  });

  it('serves another source although a thousand keep their transfers going', () => {
    const one = endpoint({ newRequests: { perSecond: 0, burst: 100_000 } });
    for (let port = 1_000; port < 1_006; port += 1) {
      for (let index = 0; index < 1_000; index += 1) {
        beginAndAcknowledge(one, at(`10.0.${index >> 8}.${index & 0xff}`, port), port);
      }
    }

    expect(proven(one, at('192.0.2.9'), 2_000).isActive).toBe(true);
    expect(one.transfers.size).toBeLessThanOrEqual(4_096);
  });

  it('evicts a silent transfer of the client with the most transfers when all slots are taken', () => {
    const one = endpoint({ maxTransfers: 4 });
    const [first, second] = [at('10.0.0.1', 1_000), at('10.0.0.1', 1_001)];
    proven(one, first, 0);
    proven(one, second, 0);
    proven(one, at('10.0.0.2'), 0);
    proven(one, at('10.0.0.3'), 0);
    one.receive(ack(2), 'socket', first, 5_000);
    told(one);

    one.receive(request(), 'socket', at('192.0.2.9'), 9_999);
    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'tooManyTransfers' }]);
    one.receive(request(), 'socket', at('192.0.2.9'), 10_000);

    expect(told(one)).toMatchObject([
      {
        type: 'ended',
        ending: { type: 'evicted', isSilent: true },
        transfer: { remote: second },
      },
      { type: 'evictions', limit: 'maxTransfers', count: 1 },
      { type: 'requested' },
    ]);
  });

  it('evicts the stalest transfer of all when the largest source makes progress', () => {
    const one = endpoint({ maxTransfers: 4 });
    const [first, second] = [at('10.0.0.1', 1_000), at('10.0.0.1', 1_001)];
    proven(one, first, 0);
    proven(one, second, 0);
    proven(one, at('10.0.0.2'), 0);
    for (const remote of [first, second]) {
      one.receive(ack(2), 'socket', remote, 9_000);
    }
    proven(one, at('10.0.0.3'), 9_000);
    told(one);

    one.receive(request(), 'socket', at('192.0.2.9'), 10_000);

    expect(evicted(one)).toEqual(['10.0.0.2:2000']);
  });

  it("evicts only a source's own silent transfers when it exceeds its share", () => {
    const one = endpoint({ maxTransfersPerSource: 2 });
    proven(one, at('10.0.0.1', 1_000), 0);
    proven(one, at('10.0.0.1', 1_001), 5_000);
    told(one);

    one.receive(request(), 'socket', at('10.0.0.1', 1_002), 6_000);
    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'tooManyFromSource' }]);
    one.receive(request(), 'socket', at('10.0.0.1', 1_002), 11_000);

    expect(evicted(one)).toEqual(['10.0.0.1:1000']);
  });

  it('gives hosts in an IPv6 /64 a slot alongside one that keeps its 1,024 transfers going', () => {
    const one = endpoint();
    for (let port = 1_000; port < 2_100; port += 1) {
      beginAndAcknowledge(one, at('fd00::bad', port), port);
    }
    expect(one.transfers.size).toBe(1_024);

    for (let host = 1; host <= 200; host += 1) {
      expect(proven(one, at(`fd00::${host}`), 3_000).isActive).toBe(true);
    }
    expect(one.transfers.size).toBe(1_024);
  });

  it('keeps the transfers of hosts in a /64 that have no more than their share', () => {
    const one = endpoint({ maxTransfersPerSource: 4 });
    const [first, second] = [at('fd00::1', 1_000), at('fd00::1', 1_001)];
    for (const remote of [first, second, at('fd00::2'), at('fd00::3')]) {
      proven(one, remote, 0);
    }
    told(one);

    one.receive(request(), 'socket', at('fd00::4'), 1);
    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'tooManyFromSource' }]);
    one.receive(ack(2), 'socket', first, 9_000);
    one.receive(request(), 'socket', at('fd00::4'), 10_000);
    expect(evicted(one)).toEqual(['fd00::1:1001']);
  });

  it('evicts unproven transfers of the busiest address in a /64', () => {
    const one = endpoint({ maxHalfOpen: 8 });
    one.receive(request(), 'socket', at('fd00::1'), 0);
    for (let port = 1_000; port < 1_020; port += 1) {
      one.receive(request(), 'socket', at('fd00::bad', port), 0);
    }

    expect(evicted(one).filter((remote) => !remote.startsWith('fd00::bad'))).toEqual([]);
  });

  it('answers hosts in an IPv6 /64 while one of them asks 5,000 times a second', () => {
    const one = endpoint();
    const unanswered: string[] = [];
    for (let now = 0; now < 10_000; now += 10) {
      for (let count = 0; count < 50; count += 1) {
        one.receive(request('rrq', 'nope'), 'socket', at('fd00::bad', 1_000 + count), now);
      }
      for (const event of told(one)) {
        if (event.type === 'requested') {
          one.refuse(event.transfer, 1, 'missing', now);
        }
      }
      if (now % 500 === 0) {
        const client = at(`fd00::${1 + now / 500}`);
        one.receive(request(), 'socket', client, now);
        const asked = told(one).find(({ type }) => type === 'requested');
        if (asked?.type === 'requested') {
          one.acceptRead(asked.transfer, memory(600), TERMS, now);
        }
        unanswered.push(...(sent(one).length === 1 ? [] : [client.address]));
      }
    }

    expect(unanswered).toEqual([]);
  });

  it('answers hosts in an IPv6 /64 while one of them leaves all its answers unacknowledged', () => {
    const one = endpoint({ unprovenBytesPerSource: { perSecond: 1_000, burst: 100_000 } });
    for (let port = 1_000; port < 2_000; port += 1) {
      one.receive(request(), 'socket', at('fd00::bad', port), 0);
      one.acceptRead(requested(one), memory(600), TERMS, 0);
      told(one);
    }

    one.receive(request(), 'socket', at('fd00::1'), 1);
    one.acceptRead(requested(one), memory(600), TERMS, 1);

    expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);
  });

  it('counts repetitions of a request as requests', () => {
    const one = endpoint({ requestsPerSource: { perSecond: 1, burst: 3 } });
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), memory(600), TERMS, 0);
    sent(one);

    for (let count = 0; count < 5; count += 1) {
      one.receive(request(), 'socket', PEER, 500);
    }
    expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);
    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'requestRate' }]);
    one.receive(request(), 'socket', PEER, 1_500);
    expect(told(one)).toEqual([]);
  });

  it('drops a flood of new requests early, and accepts a client that repeats its request', () => {
    let asked = 0;
    const one = new ServerEndpoint<string>({
      acceptsWrites: false,
      allow: () => {
        asked += 1;
        return true;
      },
    });
    const flood = (from: number, until: number): void => {
      for (let now = from; now < until; now += 1) {
        for (let index = 0; index < 20; index += 1) {
          const unique = now * 20 + index;
          const address = `10.${(unique >> 16) & 0xff}.${(unique >> 8) & 0xff}.${unique & 0xff}`;
          one.receive(request(), 'socket', at(address, 1_024 + (unique % 60_000)), now);
          one.nextEvent();
        }
      }
    };
    flood(0, 3_000);
    const before = told(one).length;
    one.receive(request(), 'socket', PEER, 3_000);
    flood(3_000, 4_100);
    told(one);
    one.receive(request(), 'socket', PEER, 4_100);

    expect(before).toBeLessThan(100);
    expect(requested(one).remote).toEqual(PEER);
    expect(asked).toBeLessThan(20_000);
    expect(one.transfers.size).toBeLessThanOrEqual(1_024);
  });

  it("grants windows and large blocks only on a transfer's own socket", () => {
    const one = endpoint();
    const options = [
      ['blksize', '8000'],
      ['windowsize', '16'],
    ] as const;
    const bytes = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options });
    for (const [remote, local, answer] of [
      [PEER, undefined, 'socket 2000: OACK blksize=1468 windowsize=1'],
      [OTHER, 'own', 'own 2001: OACK blksize=8000 windowsize=16'],
    ] as const) {
      one.receive(bytes, 'socket', remote, 0);
      const transfer = requested(one);
      expect(one.wantsOwnSocket(transfer, DEFAULT_NEGOTIATION_POLICY, 0)).toBe(true);
      one.acceptRead(transfer, LARGE, { ...TERMS, local }, 0);
      expect(sent(one)).toEqual([answer]);
    }
    one.receive(request('wrq'), 'socket', at('192.0.2.3'), 0);
    expect(one.wantsOwnSocket(requested(one), DEFAULT_NEGOTIATION_POLICY, 0)).toBe(false);
    one.receive(request(), 'socket', at('192.0.2.4'), 0);
    expect(one.wantsOwnSocket(requested(one), DEFAULT_NEGOTIATION_POLICY, 0)).toBe(false);
  });

  it.each([true, false])(
    "answers from the listening socket when the client does not hear the transfer's own: %s",
    (fallsBackToListener) => {
      const one = new ServerEndpoint<string>({
        acceptsWrites: false,
        allow: () => true,
        fallsBackToListener,
      });
      const options = [['windowsize', '16']] as const;
      const bytes = encodePacket({ type: 'rrq', filename: 'f', mode: 'octet', options });
      one.receive(bytes, 'socket', PEER, 0);
      one.acceptRead(requested(one), memory(600), { ...TERMS, local: 'own' }, 0);
      expect(sent(one)).toEqual(['own 2000: OACK windowsize=16']);
      one.receive(bytes, 'socket', PEER, 500);
      expect(sent(one)).toEqual(['own 2000: OACK windowsize=16']);

      one.receive(bytes, 'socket', PEER, 2_000);
      if (!fallsBackToListener) {
        expect(sent(one)).toEqual(['own 2000: OACK windowsize=16']);
        return;
      }
      const again = requested(one);
      expect(one.wantsOwnSocket(again, DEFAULT_NEGOTIATION_POLICY, 2_000)).toBe(false);
      one.acceptRead(again, memory(600), TERMS, 2_000);
      expect(sent(one)).toEqual(['socket 2000: OACK windowsize=1']);
      one.receive(ack(0), 'socket', PEER, 2_001);
      expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);
      one.receive(ack(1), 'socket', PEER, 2_002);
      sent(one);

      // The client's next request is answered from the listening port immediately.
      one.receive(bytes, 'socket', { ...PEER, port: 2_222 }, 3_000);
      const next = requested(one);
      expect(one.wantsOwnSocket(next, DEFAULT_NEGOTIATION_POLICY, 3_000)).toBe(false);
    },
  );

  /**
   * Returns the socket that sends the first answer to a request with a window, under the endpoint's terms.
   */
  function answered(
    one: ServerEndpoint<string>,
    remote: TftpEndpointAddress,
    now: number,
  ): 'own' | 'socket' {
    one.receive(request('rrq', 'f', [['windowsize', '16']]), 'socket', remote, now);
    const transfer = requested(one);
    const isOwn = one.wantsOwnSocket(transfer, DEFAULT_NEGOTIATION_POLICY, now);
    const own = isOwn ? `own ${remote.port}` : undefined;
    one.acceptRead(transfer, memory(600), { ...TERMS, local: own }, now);
    sent(one);
    return isOwn ? 'own' : 'socket';
  }

  it('answers from the listening socket if an address asks again from another port', () => {
    const one = endpoint();

    expect(answered(one, at('192.0.2.1', 3_000), 0)).toBe('own');
    expect(answered(one, at('192.0.2.1', 3_001), 899)).toBe('own');
    expect(answered(one, at('192.0.2.1', 3_002), 900)).toBe('socket');
    expect(answered(one, at('192.0.2.2', 3_002), 900)).toBe('own');
  });

  it('remembers for a minute that an address was given up', () => {
    const one = endpoint();
    answered(one, PEER, 0);
    for (let now = 0; one.transfers.size > 0; now += 500) {
      one.timeout(now);
      told(one);
    }

    expect(answered(one, OTHER, 20_000)).toBe('socket');
    const strict = new ServerEndpoint<string>({
      acceptsWrites: false,
      allow: () => true,
      fallsBackToListener: false,
    });
    answered(strict, PEER, 0);
    for (let now = 0; strict.transfers.size > 0; now += 500) {
      strict.timeout(now);
      told(strict);
    }
    expect(answered(strict, OTHER, 20_000)).toBe('own');
  });

  it('grants windows to clients behind a router although one of them was turned off', () => {
    const one = endpoint();
    answered(one, at('192.0.2.1', 3_000), 0);
    one.receive(ack(0), 'own 3000', at('192.0.2.1', 3_000), 1);
    sent(one);
    answered(one, at('192.0.2.1', 3_001), 2);

    expect(answered(one, at('192.0.2.1', 3_002), 2_000)).toBe('own');
    // The unreachable client still gets its answer from the requested port.
    expect(answered(one, at('192.0.2.1', 3_001), 2_001)).toBe('socket');
    one.receive(ack(0), 'socket', at('192.0.2.1', 3_001), 2_002);
    one.receive(ack(1), 'socket', at('192.0.2.1', 3_001), 2_003);
    told(one);
    expect(answered(one, at('192.0.2.1', 3_003), 2_004)).toBe('own');
  });

  it('frees the socket of a silent transfer, or one of a source that has more than its share', () => {
    const one = endpoint();
    for (const port of [3_000, 3_001, 3_002, 3_003]) {
      const remote = at(port === 3_000 ? '10.0.0.1' : '10.0.0.2', port);
      one.receive(request(), 'socket', remote, 5);
      one.acceptRead(requested(one), LARGE, { ...TERMS, local: `own ${port}` }, 5);
      sent(one);
      one.receive(ack(1), `own ${port}`, remote, 5);
      told(one);
    }
    one.receive(request(), 'socket', at('192.0.2.9'), 5);
    const newcomer = requested(one);
    for (const port of [3_001, 3_002, 3_003]) {
      one.receive(ack(2), `own ${port}`, at('10.0.0.2', port), 9_000);
      told(one);
    }

    expect([one.freeSocket(newcomer, 10_005), one.freeSocket(newcomer, 10_006)]).toEqual([
      true,
      true,
    ]);
    expect(evicted(one)).toEqual(['10.0.0.1:3000', '10.0.0.2:3001']);
    expect(one.freeSocket(newcomer, 10_007)).toBe(false);
  });

  it('frees the socket that has waited longest for its client, but never one whose client answered', () => {
    const one = endpoint();
    for (const [index, port] of [3_000, 3_001, 3_002].entries()) {
      answered(one, at(`192.0.2.${index}`, port), index);
    }
    one.receive(ack(0), 'own 3000', at('192.0.2.0', 3_000), 3);
    sent(one);

    one.receive(request(), 'socket', at('192.0.2.9'), 3);
    const newcomer = requested(one);

    expect(one.freeSocket(newcomer, 4)).toBe(true);
    expect(told(one)).toMatchObject([
      { type: 'ended', ending: { type: 'evicted' }, transfer: { remote: { port: 3_001 } } },
      { type: 'evictions', limit: 'maxSockets', count: 1 },
    ]);
    expect([one.freeSocket(newcomer, 5), one.freeSocket(newcomer, 6)]).toEqual([true, false]);
    expect([...one.transfers].map(({ remote }) => remote.port)).toEqual([3_000, 2_000]);
  });

  it('boots a thousand machines behind one address concurrently', () => {
    const one = endpoint({ newRequests: { perSecond: 2_000, burst: 4_000 } });
    const blksize: TftpOptions = [['blksize', '1468']];
    const file = memory(2_000);
    let loaded = 0;
    for (let boot = 0; boot < 10; boot += 1) {
      const now = boot * 2_000;
      for (let port = 10_000; port < 11_000; port += 1) {
        const remote = at('192.0.2.1', port);
        one.receive(request('rrq', `f${boot}`, blksize), 'socket', remote, now);
        one.acceptRead(requested(one), file, TERMS, now);
        for (const [block, answer] of [
          'OACK blksize=1468',
          'DATA 1 (1468)',
          'DATA 2 (532)',
        ].entries()) {
          const packets = sent(one);
          loaded += packets.length === 1 && packets[0] === `socket ${port}: ${answer}` ? 1 : 0;
          one.receive(ack(block), 'socket', remote, now);
        }
        told(one);
      }
    }

    expect(loaded).toBe(10 * 1_000 * 3);
  });

  it('charges bytes to a silent client until it answers again', () => {
    const one = endpoint({ unprovenBytesPerSource: { perSecond: 0, burst: 1_100 } });
    const transfer = proven(one, PEER, 0);
    for (let repetition = 0; repetition < 10; repetition += 1) {
      one.timeout(60_000 * repetition);
    }
    one.timeout(2_000);
    sent(one);
    one.receive(ack(2), 'socket', PEER, 2_001);
    expect(sent(one)).toEqual(['socket 2000: DATA 3 (512)']);
    expect(transfer.chargedBytes).toBe(0);
  });

  it('evicts a transfer of the largest source when all make progress', () => {
    const one = endpoint({ maxTransfers: 8 });
    const slow = [20, 21].flatMap((host) =>
      [1, 2, 3, 4].map((port) => at(`192.0.2.${host}`, port)),
    );
    const isTaken = slow.map((remote) => {
      one.receive(request(), 'socket', remote, 0);
      const transfer = told(one).find((event) => event.type === 'requested')?.transfer;
      if (transfer !== undefined) {
        one.acceptRead(transfer, memory(6_000), TERMS, 0);
        sent(one);
        one.receive(ack(1), 'socket', remote, 0);
        sent(one);
      }
      return transfer !== undefined;
    });
    // A source gets a slot while it holds fewer than half as many as are free: here 3 and 2 of 8. Other sources take
    // the rest.
    expect(isTaken.filter(Boolean)).toHaveLength(5);
    told(one);
    const endings: unknown[] = [];
    for (const host of [22, 23, 24, 25]) {
      one.receive(request(), 'socket', at(`192.0.2.${host}`, 1), 1);
      const events = told(one);
      endings.push(...events.flatMap((event) => (event.type === 'ended' ? event.ending : [])));
      const transfer = events.find((event) => event.type === 'requested')!.transfer;
      one.acceptRead(transfer, memory(6_000), TERMS, 1);
      sent(one);
      one.receive(ack(1), 'socket', at(`192.0.2.${host}`, 1), 1);
      sent(one);
    }

    expect(endings).toEqual([{ type: 'evicted', isSilent: false }]);
    const left = [...one.transfers].map(({ remote }) => remote.address);
    expect(left.filter((address) => address === '192.0.2.20')).toHaveLength(2);
    expect(left).toHaveLength(8);
  });

  describe('at the limit of half-open transfers', () => {
    const from = (host: number, port = 3_000) => ({ ...PEER, address: `192.0.2.${host}`, port });

    function evicted(one: ServerEndpoint<string>): string[] {
      return told(one).flatMap((event) =>
        event.type === 'ended' && event.ending.type === 'evicted'
          ? [`${event.transfer.remote.address} ${event.transfer.remote.port}`]
          : [],
      );
    }

    it('evicts the oldest one of the largest source, but never a proven one', () => {
      const one = endpoint({ maxHalfOpen: 2 });
      one.receive(request(), 'socket', PEER, 0);
      const proven = requested(one);
      one.acceptRead(proven, memory(600), TERMS, 0);
      sent(one);
      one.receive(ack(1), 'socket', PEER, 1);
      sent(one);
      for (const port of [3_000, 3_001]) {
        one.receive(request(), 'socket', from(8, port), 2);
      }
      one.receive(request(), 'socket', from(9), 3);

      expect(evicted(one)).toEqual(['192.0.2.8 3000']);
      expect(proven.isActive).toBe(true);
    });

    it('answers the first request of each client on the link, however many others arrive', () => {
      const one = endpoint({ maxTransfers: 24, maxTransfersPerSource: 16, maxHalfOpen: 16 });
      const answered: string[] = [];
      const unanswered: string[] = [];
      let forged = 0;
      const pass = (from: number, until: number): void => {
        for (let now = from; now < until; now += 1) {
          for (let count = 0; count < 2; count += 1) {
            forged += 1;
            const address = `10.0.${(forged >> 8) & 1}.${forged & 0xff}`;
            one.receive(request(), 'socket', at(address, 1_024 + forged), now);
          }
          told(one);
        }
      };
      for (let host = 1; host <= 20; host += 1) {
        const now = host * 300;
        const client = at(`192.0.2.${host}`);
        pass(now - 300, now);
        one.receive(request(), 'socket', client, now);
        const transfer = told(one).find((event) => event.type === 'requested')?.transfer;
        if (transfer !== undefined) {
          one.acceptRead(transfer, memory(600), TERMS, now);
          sent(one);
        }
        pass(now, now + 5);
        one.receive(ack(1), 'socket', client, now + 5);
        (sent(one).length > 0 ? answered : unanswered).push(client.address);
        one.receive(ack(2), 'socket', client, now + 6);
      }

      expect(unanswered).toEqual([]);
      expect(answered).toHaveLength(20);
      expect(one.halfOpen).toBeLessThanOrEqual(16);
    });

    it('evicts the oldest one overall when all slots are taken', () => {
      const one = endpoint({ maxTransfers: 2, maxHalfOpen: 2 });
      for (const host of [10, 11, 12]) {
        one.receive(request(), 'socket', from(host), 0);
      }

      expect(evicted(one)).toEqual(['192.0.2.10 3000']);
    });

    it('prefers a client that completed a transfer to those that repeat their request', () => {
      const one = endpoint({ maxHalfOpen: 1 });
      one.receive(request(), 'socket', PEER, 0);
      one.acceptRead(requested(one), memory(10), TERMS, 0);
      sent(one);
      one.receive(ack(1), 'socket', PEER, 0);
      sent(one);
      for (const now of [1_000, 1_600]) {
        one.receive(request(), 'socket', from(10), 0);
        one.receive(request(), 'socket', from(11), now);
      }
      told(one);
      one.receive(request(), 'socket', { ...PEER, port: 3_000 }, 1_601);
      expect(evicted(one)).toEqual(['192.0.2.11 3000']);
      one.receive(request(), 'socket', from(12), 1_602);
      one.receive(request(), 'socket', from(12), 2_300);
      expect(evicted(one)).toEqual([]);
    });

    it('prefers a client that repeats its request to first-time clients', () => {
      const one = endpoint({ maxHalfOpen: 2 });
      for (const host of [10, 11, 12, 13]) {
        one.receive(request(), 'socket', from(host), 0);
      }
      expect(evicted(one)).toEqual(['192.0.2.10 3000', '192.0.2.11 3000']);
      for (const host of [10, 11]) {
        one.receive(request(), 'socket', from(host), 600);
      }
      expect(evicted(one)).toEqual(['192.0.2.12 3000', '192.0.2.13 3000']);

      // All remaining requests were repeated: a request that was sent only once finds no slot.
      one.receive(request(), 'socket', from(14), 2_000);
      expect(evicted(one)).toEqual([]);
      one.receive(request(), 'socket', from(14), 2_600);
      expect(evicted(one)).toEqual(['192.0.2.10 3000']);
    });

    describe('all held by one address', () => {
      const limits = { maxTransfers: 100, maxHalfOpen: 25 };

      /** Lets an address fill all half-open slots with requests of a standing above `new`. */
      function filled(by: string, standing: 'repeated' | 'known'): ServerEndpoint<string> {
        const one = endpoint(limits);
        if (standing === 'known') {
          one.receive(request(), 'socket', at(by, 999), 0);
          one.acceptRead(requested(one), memory(10), TERMS, 0);
          sent(one);
          one.receive(ack(1), 'socket', at(by, 999), 0);
          sent(one);
        }
        // The second request from a port counts as repeated.
        for (const now of [0, 5_000]) {
          for (let port = 1_000; port < 1_000 + limits.maxHalfOpen; port += 1) {
            one.receive(request('rrq', `f${now}`), 'socket', at(by, port), now);
          }
          told(one);
        }
        expect(one.halfOpen).toBe(limits.maxHalfOpen);
        expect([...one.transfers].map((each) => each.standing)).toEqual(
          Array(limits.maxHalfOpen).fill(standing),
        );
        return one;
      }

      it.each([
        ['repeated', '192.0.2.66', '192.0.2.1'],
        ['known', '192.0.2.66', '192.0.2.1'],
        ['repeated', 'fd00::bad', 'fd00::1'],
        ['known', 'fd00::bad', 'fd00::1'],
        ['known', 'fd00::bad', 'fd00:0:0:1::1'],
      ] as const)(
        'gives one up to the first request from another address, although all are %s (%s, %s)',
        (standing, by, address) => {
          const one = filled(by, standing);

          one.receive(request(), 'socket', at(address), 5_001);

          expect(told(one)).toMatchObject([
            { type: 'ended', ending: { type: 'evicted' }, transfer: { remote: { address: by } } },
            { type: 'evictions', limit: 'maxHalfOpen' },
            { type: 'requested', transfer: { remote: { address }, standing: 'new' } },
          ]);
        },
      );

      it('keeps a quarter for first-time clients, and a quarter for those that repeat', () => {
        const one = filled('192.0.2.66', 'known');
        const count = (): Record<string, number> => {
          const standings = [...one.transfers].map((each) => each.standing);
          return Object.fromEntries(
            ['new', 'repeated', 'known'].map((standing) => [
              standing,
              standings.filter((each) => each === standing).length,
            ]),
          );
        };
        const ask = (now: number): void => {
          for (let host = 1; host <= 50; host += 1) {
            one.receive(request(), 'socket', from(host), now);
            told(one);
          }
        };
        ask(5_001);
        expect(count()).toEqual({ new: 6, repeated: 0, known: 19 });
        ask(6_000);
        expect(count()).toEqual({ new: 6, repeated: 6, known: 13 });
      });
    });

    it('serves first-time clients while many known addresses leave their requests unacknowledged', () => {
      const one = endpoint({ maxTransfers: 256, maxHalfOpen: 64 });
      let now = 0;
      /** Accepts what was requested; returns the addresses that datagrams are sent to. */
      const answer = (file: ReturnType<typeof memory>): string[] => {
        const addresses: string[] = [];
        const send = (): void => {
          for (let out = one.nextDatagram(); out !== undefined; out = one.nextDatagram()) {
            addresses.push(out.remote.address);
          }
        };
        send();
        for (let event = one.nextEvent(); event !== undefined; event = one.nextEvent()) {
          if (event.type === 'requested') {
            one.acceptRead(event.transfer, file, TERMS, now);
          }
        }
        send();
        return addresses;
      };
      const ask = (remote: TftpEndpointAddress, file = LARGE): string[] => {
        now += 1;
        one.receive(request(), 'socket', remote, now);
        return answer(file);
      };
      const acknowledge = (remote: TftpEndpointAddress): string[] => {
        one.receive(ack(1), 'socket', remote, now);
        return answer(LARGE);
      };
      // Anyone can acknowledge a single block in the name of an address.
      const forged = Array.from({ length: 60 }, (_, index) => `10.0.0.${index}`);
      for (const address of forged) {
        ask(at(address), memory(10));
        acknowledge(at(address));
      }
      for (const port of [3_000, 3_001]) {
        forged.forEach((address) => ask(at(address, port)));
      }
      expect(one.halfOpen).toBe(64);

      for (let host = 1; host <= 20; host += 1) {
        const client = from(host);
        expect(ask(client)).toEqual([client.address]);
        forged.forEach((address, index) => ask(at(address, 4_000 + host * 100 + index)));
        expect(acknowledge(client)).toEqual([client.address]);
      }
    });
  });

  it('limits answers to an unproven address', () => {
    const one = endpoint({ unprovenBytesPerSource: { perSecond: 0, burst: 70 } });
    for (const port of [3_000, 3_001, 3_002]) {
      one.receive(Buffer.from('\0\x01f\0mail\0'), 'socket', { ...PEER, port }, 0);
    }

    expect(sent(one)).toEqual([
      'socket 3000: ERROR 4 Illegal TFTP operation',
      'socket 3001: ERROR 4 Illegal TFTP operation',
    ]);
    expect(told(one)).toHaveLength(3);
  });

  it('counts data that was never acknowledged as an answer to such an address', () => {
    const one = endpoint({ unprovenBytesPerSource: { perSecond: 0, burst: 600 } });
    const packets = [3_000, 3_001].map((port) => {
      one.receive(request(), 'socket', { ...PEER, port }, 0);
      one.acceptRead(requested(one), memory(600), TERMS, 0);
      return sent(one);
    });

    expect(packets).toEqual([['socket 3000: DATA 1 (512)'], []]);
  });

  it('drains: rejects new requests, and continues the running ones', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), memory(600), TERMS, 0);
    one.drain();

    one.receive(request('rrq', 'g'), 'socket', PEER, 5);
    one.receive(request(), 'socket', OTHER, 5);
    one.receive(request(), 'socket', OTHER, 1_005);

    expect(told(one)).toMatchObject([
      { type: 'dropped', reason: 'draining', count: 1 },
      { type: 'dropped', reason: 'draining', count: 2 },
    ]);
    one.receive(ack(1), 'socket', PEER, 1_006);
    expect(sent(one)).toEqual(['socket 2000: DATA 2 (88)']);
  });

  describe('another request from the address and port of a transfer', () => {
    /** Returns an endpoint with a transfer of `f` to the peer, which has acknowledged block 1 at 10 ms. */
    function started(size = 5_000) {
      const one = endpoint();
      one.receive(request(), 'socket', PEER, 0);
      const transfer = requested(one);
      one.acceptRead(transfer, memory(size), TERMS, 0);
      sent(one);
      one.receive(ack(1), 'socket', PEER, 10);
      sent(one);
      return { one, transfer };
    }

    it.each(['f', 'g'])('does not end it while its client continues (%s)', (filename) => {
      const { one, transfer } = started();

      one.receive(request('rrq', filename), 'socket', PEER, 3_009);

      expect(told(one)).toMatchObject([
        { type: 'dropped', reason: 'transferInProgress', remote: PEER },
      ]);
      expect([...one.transfers]).toEqual([transfer]);
      one.receive(ack(2), 'socket', PEER, 3_010);
      expect(sent(one)).toContain('socket 2000: DATA 3 (512)');
    });

    it.each(['f', 'g'])('replaces it after 3 seconds without progress (%s)', (filename) => {
      const { one, transfer } = started();

      one.receive(request('rrq', filename), 'socket', PEER, 3_010);

      expect(told(one)).toMatchObject([
        { type: 'ended', transfer, ending: { type: 'replaced' } },
        { type: 'requested', transfer: { request: { filename } } },
      ]);
    });

    it('replaces it at once if its client has acknowledged nothing', () => {
      const one = endpoint();
      one.receive(request(), 'socket', PEER, 0);
      one.acceptRead(requested(one), memory(5_000), TERMS, 0);
      sent(one);

      one.receive(request('rrq', 'g'), 'socket', PEER, 1);

      expect(told(one)).toMatchObject([{ ending: { type: 'replaced' } }, { type: 'requested' }]);
    });

    it('replaces it at once if its client has the whole file but did not acknowledge the last block', () => {
      const { one } = started(600);
      told(one);

      one.receive(request('rrq', 'g'), 'socket', PEER, 11);

      expect(told(one)).toMatchObject([{ ending: { type: 'replaced' } }, { type: 'requested' }]);
    });

    it('does not end it when the source exceeds its rate', () => {
      const one = endpoint({ requestsPerSource: { perSecond: 0, burst: 1 } });
      one.receive(request(), 'socket', PEER, 0);
      const transfer = requested(one);

      one.receive(request('rrq', 'g'), 'socket', PEER, 1);

      expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'requestRate' }]);
      expect([...one.transfers]).toEqual([transfer]);
    });

    it('is ignored if it repeats the request of a transfer younger than a second', () => {
      const { one } = started();

      one.receive(request(), 'socket', PEER, 900);

      expect(told(one)).toEqual([]);
    });
  });

  it('reports a delivery once, when the last block is sent and all others are acknowledged', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptRead(transfer, memory(1_100), TERMS, 0);
    expect(told(one)).toEqual([]);
    one.receive(ack(1), 'socket', PEER, 1);
    expect(told(one)).toEqual([]);

    one.receive(ack(2), 'socket', PEER, 2);
    expect(told(one)).toEqual([{ type: 'delivered', transfer }]);
    one.timeout(2_000);
    expect(told(one)).toEqual([]);
    one.receive(ack(3), 'socket', PEER, 2_001);
    expect(told(one)).toMatchObject([{ type: 'ended', ending: { type: 'completed' } }]);
  });

  it('reports the delivery of a single block only once that is acknowledged', () => {
    const one = endpoint();
    const windowsize: TftpOptions = [['windowsize', '4']];
    one.receive(request('rrq', 'f', windowsize), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptRead(transfer, memory(5), { ...TERMS, local: 'own' }, 0);
    told(one);
    one.receive(ack(0), 'own', PEER, 1);
    expect(told(one)).toEqual([]);

    one.receive(ack(1), 'own', PEER, 2);

    expect(told(one)).toMatchObject([
      { type: 'delivered', transfer },
      { type: 'ended', ending: { type: 'completed' } },
    ]);
  });

  it('reports no delivery while blocks before the last one may be missing', () => {
    const one = endpoint();
    const windowsize: TftpOptions = [['windowsize', '4']];
    one.receive(request('rrq', 'f', windowsize), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptRead(transfer, memory(1_100), { ...TERMS, local: 'own' }, 0);
    told(one);
    one.receive(ack(0), 'own', PEER, 1);
    one.receive(ack(1), 'own', PEER, 2);
    expect(told(one)).toEqual([]);

    one.receive(ack(2), 'own', PEER, 3);

    expect(told(one)).toEqual([{ type: 'delivered', transfer }]);
  });

  it("sends from a socket of the transfer's own, and answers no strangers there", () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), memory(600), { ...TERMS, local: 'own' }, 0);
    expect(sent(one)).toEqual(['own 2000: DATA 1 (512)']);

    one.receive(ack(1), 'own', OTHER, 1);
    one.receive(error(0), 'own', OTHER, 1);
    one.receive(request(), 'own', OTHER, 1);
    one.receive(ack(1), 'own', { ...PEER, address: '203.0.113.1' }, 1);
    // On the listening socket only requests count.
    one.receive(ack(1), 'socket', PEER, 2);
    expect(sent(one)).toEqual([]);
    one.receive(ack(1), 'own', PEER, 3);
    expect(sent(one)).toEqual(['own 2000: DATA 2 (88)']);
    one.receive(ack(2), 'own', PEER, 4);
    expect(told(one)).toMatchObject([
      { type: 'delivered' },
      { type: 'ended', ending: { type: 'completed' } },
    ]);
    one.receive(ack(2), 'own', PEER, 5);
    expect(sent(one)).toEqual([]);
  });

  describe('ACKs of unknown transfers', () => {
    const EXPECTED = 'socket 2000: ERROR 5 Unknown transfer ID';

    it('get ERROR 5, so that clients of a server that has restarted start over', () => {
      const one = endpoint();
      one.receive(ack(7), 'socket', PEER, 0);
      expect(sent(one)).toEqual([EXPECTED]);
    });

    it('get ERROR 5 if they are padded', () => {
      const one = endpoint();
      one.receive(Uint8Array.of(0, 4, 0, 7, 0, 0), 'socket', PEER, 0);
      expect(sent(one)).toEqual([EXPECTED]);
    });

    it('get no answer from outside the allow-list, from servers, or if they are not ACKs', () => {
      const one = endpoint();
      one.receive(ack(7), 'socket', { ...PEER, address: '203.0.113.1' }, 0);
      one.receive(ack(7), 'socket', { ...PEER, port: 0 }, 0);
      one.receive(ack(7), 'socket', { ...PEER, port: 69 }, 0);
      one.receive(error(5), 'socket', PEER, 0);
      one.receive(Uint8Array.of(0, 4, 0), 'socket', PEER, 0);
      one.receive(Uint8Array.of(0, 3, 0, 1), 'socket', PEER, 0);
      expect(sent(one)).toEqual([]);
    });

    it('get no answer for 30 seconds after a transfer, since its last ACK may come twice', () => {
      const one = endpoint();
      one.receive(request(), 'socket', PEER, 0);
      one.acceptRead(requested(one), memory(100), TERMS, 0);
      sent(one);
      one.receive(ack(1), 'socket', PEER, 1);
      sent(one);
      told(one);
      one.receive(ack(1), 'socket', PEER, 2);
      one.receive(ack(1), 'socket', PEER, 29_999);
      expect(sent(one)).toEqual([]);
      one.receive(ack(1), 'socket', PEER, 30_001);
      expect(sent(one)).toEqual([EXPECTED]);
    });

    it('get ERROR 5 after a transfer whose client never answered', () => {
      const one = endpoint();
      one.receive(request(), 'socket', PEER, 0);
      const silent = requested(one);
      one.acceptRead(silent, memory(100), TERMS, 0);
      one.abort(silent, 0, 'enough', 1);
      sent(one);
      one.receive(ack(1), 'socket', PEER, 2);
      expect(sent(one)).toEqual([EXPECTED]);
    });

    it('are answered 200 times at once and then 100 times a second, for all sources together', () => {
      const one = endpoint();
      const flood = (count: number, now: number): number => {
        for (let index = 0; index < count; index += 1) {
          one.receive(ack(7), 'socket', { ...PEER, port: 3_000 + index }, now);
        }
        return sent(one).length;
      };
      expect(flood(1_000, 0)).toBe(200);
      expect(flood(1_000, 1_000)).toBe(100);
    });
  });

  it('serves firmware that uses port 69, and ignores other datagrams from there', () => {
    const one = endpoint();
    const firmware = { ...PEER, port: 69 };
    one.receive(ack(1), 'socket', firmware, 0);
    one.receive(error(4), 'socket', firmware, 0);
    expect(sent(one)).toEqual([]);

    one.receive(request(), 'socket', firmware, 0);
    one.acceptRead(requested(one), memory(600), TERMS, 0);
    expect(sent(one)).toEqual(['socket 69: DATA 1 (512)']);
    one.receive(ack(1), 'socket', firmware, 1);
    expect(sent(one)).toEqual(['socket 69: DATA 2 (88)']);
    one.receive(ack(2), 'socket', firmware, 2);
    expect(told(one)).toMatchObject([
      { type: 'delivered' },
      { type: 'ended', ending: { type: 'completed' } },
    ]);
  });

  it('ends transfers with an ERROR, and refuses those not open yet', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const open = requested(one);
    one.acceptRead(open, memory(600), TERMS, 0);
    sent(one);
    one.receive(request(), 'socket', OTHER, 0);
    const opening = requested(one);

    one.abort(open, 0, 'enough', 1);
    one.abort(opening, 0, 'enough', 1);

    expect(sent(one)).toEqual([
      'socket 2001: ERROR 0 Transfer failed',
      'socket 2000: ERROR 0 enough',
    ]);
    expect(one.transfers.size).toBe(0);
  });

  it.each<[string, (one: ServerEndpoint<string>, transfer: ServerTransfer<string>) => void]>([
    [
      'its datagram',
      (one, transfer) => {
        Object.assign(transfer.machine ?? {}, { receive: broken });
        one.receive(ack(1), 'socket', PEER, 5_000);
      },
    ],
    [
      'its timer',
      (one, transfer) => {
        Object.assign(transfer.machine ?? {}, { timeout: broken });
        one.timeout(5_000);
      },
    ],
    [
      'its source',
      (one, transfer) => {
        Object.assign(transfer.machine ?? {}, { nextDatagram: broken });
        one.resume(transfer, 5_000);
      },
    ],
  ])('ends only the transfer for which %s throws', (_, happens) => {
    const one = endpoint();
    const other = proven(one, OTHER, 0);
    const transfer = proven(one, PEER, 0);
    told(one);

    happens(one, transfer);

    expect(sent(one)).toContain('socket 2000: ERROR 0 Transfer failed');
    expect(told(one)).toMatchObject([
      { type: 'fault', error: { message: 'broken' }, count: 1 },
      { type: 'ended', transfer, ending: { type: 'faulted', error: { message: 'broken' } } },
    ]);
    expect([...one.transfers]).toEqual([other]);
    expect(transfer.deadline).toBeUndefined();
    one.receive(ack(2), 'socket', OTHER, 5_001);
    expect(sent(one)).toEqual(['socket 2001: DATA 3 (512)']);
  });

  it('ends a request whose source throws on acceptance', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);

    const source = {
      get size(): number {
        return broken();
      },
      read: () => undefined,
    };

    expect(one.acceptRead(transfer, source, TERMS, 1)).toBe(false);
    expect(told(one)).toMatchObject([{ type: 'fault' }, { type: 'ended', transfer }]);
    one.fault(transfer, new Error('late'), 2);
    expect(told(one)).toEqual([]);
  });

  it('ends an upload whose terms throw on acceptance', () => {
    const one = endpoint();
    one.receive(request('wrq'), 'socket', PEER, 0);
    const transfer = requested(one);
    const terms = Object.defineProperty({ ...TERMS }, 'policy', { get: broken });

    expect(one.acceptWrite(transfer, terms, 1)).toBe(false);

    expect(sent(one)).toEqual(['socket 2000: ERROR 0 Transfer failed']);
    expect(told(one)).toMatchObject([{ type: 'fault' }, { type: 'ended', transfer }]);
    expect(one.transfers.size).toBe(0);
  });

  it('drops a datagram if allow throws, and reports a count', () => {
    const one = new ServerEndpoint<string>({ acceptsWrites: false, allow: broken });
    one.receive(request(), 'socket', PEER, 0);
    one.receive(request(), 'socket', PEER, 1);
    one.receive(request(), 'socket', PEER, 1_000);

    expect(told(one)).toMatchObject([
      { type: 'fault', count: 1 },
      { type: 'fault', count: 2 },
    ]);
    expect(one.transfers.size).toBe(0);
  });

  it('drops a request if no port is left', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);

    one.drop(requested(one), 'portsExhausted', 1);

    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'portsExhausted' }]);
    expect(one.transfers.size).toBe(0);
  });

  it('emits uploaded data, and lingers to acknowledge its last block again', () => {
    const one = endpoint();
    one.receive(request('wrq'), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptWrite(transfer, TERMS, 0);
    expect(sent(one)).toEqual(['socket 2000: ACK 0']);
    one.receive(data(1, 7), 'socket', PEER, 1);
    expect(told(one)).toMatchObject([{ type: 'data', isLast: true }]);
    one.pause(transfer);
    one.resume(transfer, 2);

    one.finish(transfer, 3);
    expect(sent(one)).toEqual(['socket 2000: ACK 1']);
    expect(told(one)).toMatchObject([{ type: 'ended', ending: { type: 'completed' } }]);
    one.receive(data(1, 7), 'socket', PEER, 4);
    expect(sent(one)).toEqual(['socket 2000: ACK 1']);
    expect(one.transfers.size).toBe(1);

    one.timeout(10_000);
    expect(told(one)).toEqual([]);
    expect(one.transfers.size).toBe(0);
  });

  it('replaces a finished upload by the next request from its client', () => {
    const one = endpoint();
    one.receive(request('wrq'), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptWrite(transfer, TERMS, 0);
    sent(one);
    one.receive(data(1, 7), 'socket', PEER, 1);
    told(one);
    one.finish(transfer, 2);
    told(one);

    one.receive(request('rrq', 'g'), 'socket', PEER, 3);

    expect(told(one).map(({ type }) => type)).toEqual(['requested']);
  });

  it('ignores pause and finish for a read', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptRead(transfer, memory(600), TERMS, 0);

    one.pause(transfer);
    one.finish(transfer, 1);

    expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);
  });

  it('refuses invalid options if the policy says so', () => {
    const one = endpoint();
    const policy = { ...DEFAULT_NEGOTIATION_POLICY, onInvalidOption: 'error' as const };
    for (const type of ['rrq', 'wrq'] as const) {
      const options = [['blksize', '1']] as const;
      one.receive(encodePacket({ type, filename: 'f', mode: 'octet', options }), 'socket', PEER, 0);
      const transfer = requested(one);

      const isAccepted =
        type === 'rrq'
          ? one.acceptRead(transfer, memory(5), { policy, local: undefined }, 0)
          : one.acceptWrite(transfer, { policy, local: undefined }, 0);

      expect(isAccepted).toBe(false);
      expect(sent(one)).toEqual(['socket 2000: ERROR 8 Option negotiation failed']);
      expect(told(one)).toMatchObject([{ type: 'refused', reason: 'option blksize=1' }]);
    }
  });
});
