import { describe, expect, it } from 'vitest';

import { memory } from '../../test/support/machines.js';
import { ack, data, error, text } from '../../test/support/wire-text.js';
import { decodePacket } from '../codec/decode.js';
import { encodePacket } from '../codec/encode.js';
import { DEFAULT_NEGOTIATION_POLICY } from '../negotiation/negotiate.js';
import { type TftpEndpointAddress } from './address.js';
import { type EndpointEvent } from './endpoint-events.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { ServerEndpoint } from './server-endpoint.js';
import { type ServerTransfer } from './server-transfer.js';

const PEER: TftpEndpointAddress = { address: '192.0.2.1', port: 2_000, family: 'IPv4' };
const OTHER: TftpEndpointAddress = { ...PEER, port: 2_001 };
const TERMS = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };

function endpoint(limits: Partial<EndpointLimits> = {}, acceptsWrites = true) {
  return new ServerEndpoint<string>({
    acceptsWrites,
    allow: (address) => address !== '203.0.113.1',
    limits: { ...DEFAULT_ENDPOINT_LIMITS, ...limits },
  });
}

function request(type: 'rrq' | 'wrq' = 'rrq', filename = 'f'): Uint8Array {
  return encodePacket({ type, filename, mode: 'octet', options: [] });
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
  it('drops what comes for a request that is still being answered', () => {
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

  it('drops requests beyond its limits, and tells why', () => {
    const reasons = (limits: Partial<EndpointLimits>, remotes: TftpEndpointAddress[]) => {
      const one = endpoint(limits);
      for (const remote of remotes) {
        one.receive(request(), 'socket', remote, 0);
      }
      return told(one).flatMap((event) => (event.type === 'dropped' ? [event.reason] : []));
    };
    const elsewhere = { ...PEER, address: '192.0.2.2' };

    expect(reasons({ maxTransfers: 1 }, [PEER, elsewhere])).toEqual(['tooManyTransfers']);
    expect(reasons({ maxTransfersPerSource: 1 }, [PEER, OTHER])).toEqual(['tooManyFromSource']);
    const requestsPerSource = { perSecond: 1, burst: 1 };
    expect(reasons({ requestsPerSource }, [PEER, OTHER, elsewhere])).toEqual(['requestRate']);
  });

  it('gives way to new requests by the oldest that never answered', () => {
    const one = endpoint({ maxHalfOpen: 2 });
    one.receive(request(), 'socket', PEER, 0);
    const proven = requested(one);
    one.acceptRead(proven, memory(600), TERMS, 0);
    sent(one);
    one.receive(ack(1), 'socket', PEER, 1);
    sent(one);
    for (const port of [3_000, 3_001, 3_002]) {
      one.receive(request(), 'socket', { ...PEER, port }, 2);
    }

    const ended = told(one).flatMap((event) => (event.type === 'ended' ? [event] : []));

    expect(ended).toMatchObject([
      { ending: { type: 'evicted' }, transfer: { remote: { port: 3_000 } } },
    ]);
    expect(proven.isActive).toBe(true);
  });

  it('holds back answers to an address that proves nothing', () => {
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

  it('lets data that was never acknowledged count as an answer to such an address', () => {
    const one = endpoint({ unprovenBytesPerSource: { perSecond: 0, burst: 600 } });
    const packets = [3_000, 3_001].map((port) => {
      one.receive(request(), 'socket', { ...PEER, port }, 0);
      one.acceptRead(requested(one), memory(600), TERMS, 0);
      return sent(one);
    });

    expect(packets).toEqual([['socket 3000: DATA 1 (512)'], []]);
  });

  it('drains: takes no new request, and goes on with the others', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), memory(600), TERMS, 0);
    one.drain();

    one.receive(request('rrq', 'g'), 'socket', PEER, 5);
    one.receive(request(), 'socket', OTHER, 5);

    expect(told(one).map((event) => event.type === 'dropped' && event.reason)).toEqual([
      'draining',
      'draining',
    ]);
    one.receive(ack(1), 'socket', PEER, 6);
    expect(sent(one)).toEqual(['socket 2000: DATA 2 (88)']);
  });

  it('takes the request of a transfer that is long under way for a new one', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const first = requested(one);
    one.acceptRead(first, memory(5_000), TERMS, 0);
    sent(one);
    one.receive(ack(1), 'socket', PEER, 10);
    sent(one);

    one.receive(request(), 'socket', PEER, 900);
    expect(told(one)).toEqual([]);
    one.receive(request(), 'socket', PEER, 1_000);

    expect(told(one)).toMatchObject([
      { type: 'ended', transfer: first, ending: { type: 'replaced' } },
      { type: 'requested' },
    ]);
  });

  it("sends from a socket of the transfer's own, and answers strangers there", () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    one.acceptRead(requested(one), memory(600), { ...TERMS, local: 'own' }, 0);
    expect(sent(one)).toEqual(['own 2000: DATA 1 (512)']);

    one.receive(ack(1), 'own', OTHER, 1);
    one.receive(error(0), 'own', OTHER, 1);
    one.receive(ack(1), 'own', { ...OTHER, address: '203.0.113.1' }, 1);
    // On the listening socket only requests count.
    one.receive(ack(1), 'socket', PEER, 2);
    expect(sent(one)).toEqual(['own 2001: ERROR 5 Unknown transfer ID']);
    one.receive(ack(1), 'own', PEER, 3);
    expect(sent(one)).toEqual(['own 2000: DATA 2 (88)']);
    one.receive(ack(2), 'own', PEER, 4);
    expect(told(one)).toMatchObject([{ type: 'ended', ending: { type: 'completed' } }]);
    one.receive(ack(2), 'own', PEER, 5);
    expect(sent(one)).toEqual([]);
  });

  it('ends transfers by ERROR, and refuses those that are not open yet', () => {
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

  it('drops a request for which there is no port', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);

    one.drop(requested(one), 'portsExhausted', 1);

    expect(told(one)).toMatchObject([{ type: 'dropped', reason: 'portsExhausted' }]);
    expect(one.transfers.size).toBe(0);
  });

  it('hands out what is written, and stays to acknowledge its last block again', () => {
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

  it('forgets a written file for the next request of its client', () => {
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

  it('has nothing to pause or finish where a file is read', () => {
    const one = endpoint();
    one.receive(request(), 'socket', PEER, 0);
    const transfer = requested(one);
    one.acceptRead(transfer, memory(600), TERMS, 0);

    one.pause(transfer);
    one.finish(transfer, 1);

    expect(sent(one)).toEqual(['socket 2000: DATA 1 (512)']);
  });

  it('refuses options that cannot be agreed upon where that is the policy', () => {
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
