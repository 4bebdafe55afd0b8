import { describe, expect, it } from 'vitest';

import { Admission, type AdmissionDecision } from './admission.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { type TftpEndpointAddress } from './peer-table.js';

function admission(limits: Partial<EndpointLimits>): Admission {
  return new Admission({ ...DEFAULT_ENDPOINT_LIMITS, ...limits });
}

function from(address: string, port = 2_000): TftpEndpointAddress {
  return { address, port, family: 'IPv4' };
}

/** Returns the standing of an accepted request, or the reason why it is dropped. */
function outcome(decision: AdmissionDecision): string {
  return decision.ok ? decision.standing : decision.reason;
}

const NONE = { perSecond: 0, burst: 0 };

describe('Admission', () => {
  it('limits the requests from a source to its rate and burst', () => {
    const one = admission({ requestsPerSource: { perSecond: 2, burst: 3 } });
    const outcomes = (...times: number[]) =>
      times.map((now) => outcome(one.decide(from('a'), now)));

    expect(outcomes(0, 0, 0, 0)).toEqual(['new', 'new', 'new', 'requestRate']);
    expect(one.earlyDropReason(from('a'), 0)).toBe('requestRate');
    expect(outcomes(500, 500)).toEqual(['repeated', 'requestRate']);
    expect(outcome(one.decide(from('b'), 500))).toBe('new');
  });

  it('limits the answers to an unproven source', () => {
    const one = admission({ unprovenBytesPerSource: { perSecond: 100, burst: 100 } });

    expect([0, 999, 1_000].map((now) => one.mayAnswer('a', 100, now))).toEqual([true, false, true]);
  });

  it('counts all addresses of an IPv6 /64 as one source', () => {
    const one = admission({ requestsPerSource: { perSecond: 0, burst: 1 } });

    expect(outcome(one.decide(from('2001:db8::1'), 0))).toBe('new');
    expect(outcome(one.decide(from('2001:db8::2'), 0))).toBe('requestRate');
  });

  it('drops first requests above the rate for new requests, and accepts them when repeated', () => {
    const one = admission({ newRequests: NONE, repeatedRequests: { perSecond: 1, burst: 2 } });

    expect(one.earlyDropReason(from('a'), 0)).toBe('overload');
    expect(outcome(one.decide(from('b'), 0))).toBe('overload');
    expect(one.earlyDropReason(from('a'), 1_000)).toBeUndefined();
    expect(outcome(one.decide(from('a'), 1_000))).toBe('repeated');
    expect(outcome(one.decide(from('b'), 1_000))).toBe('repeated');
    // The rate of repeated requests is used up as well.
    one.earlyDropReason(from('c'), 100);
    expect(one.earlyDropReason(from('c'), 1_000)).toBe('overload');
    expect(outcome(one.decide(from('c'), 1_000))).toBe('overload');
  });

  it('recognises a request that is repeated after half a second', () => {
    const one = admission({});

    expect(outcome(one.decide(from('a'), 0))).toBe('new');
    expect(outcome(one.decide(from('a'), 100))).toBe('new');
    expect(outcome(one.decide(from('a'), 1_000))).toBe('repeated');
  });

  it('prefers sources that completed a transfer in the last hour', () => {
    const one = admission({ newRequests: { perSecond: 0, burst: 1 }, repeatedRequests: NONE });
    one.completed('known', 0);
    one.decide(from('new'), 0);

    expect(one.earlyDropReason(from('new'), 1)).toBe('overload');
    expect(one.earlyDropReason(from('known'), 1)).toBeUndefined();
    expect(outcome(one.decide(from('known'), 1))).toBe('known');
    expect(one.earlyDropReason(from('known'), 3_600_000)).toBe('overload');
  });

  it('limits sources that completed a transfer, too', () => {
    const one = admission({ newRequests: { perSecond: 0, burst: 1 }, repeatedRequests: NONE });
    one.completed('known', 0);
    const outcomes = Array.from({ length: 4 }, () => outcome(one.decide(from('known'), 1)));

    expect(outcomes).toEqual(['known', 'known', 'overload', 'overload']);
  });

  it('accepts one repetition per path in half a second', () => {
    const one = admission({ newRequests: NONE });
    const outcomes = [0, 1_000, 1_001, 1_400, 1_600].map((now) =>
      outcome(one.decide(from('a'), now)),
    );

    expect(outcomes).toEqual(['overload', 'repeated', 'overload', 'overload', 'repeated']);
  });

  it('serves others while forty known or repeating sources use their full rate', () => {
    const one = admission({});
    const greedy = Array.from({ length: 40 }, (_, index) => from(`192.0.2.${index}`));
    for (const remote of greedy.slice(0, 20)) {
      one.completed(remote.address, 0);
    }
    const unserved: string[] = [];
    for (let now = 0; now < 20_000; now += 10) {
      for (const { address } of greedy) {
        for (let request = 0; request < 5; request += 1) {
          one.decide(from(address, request), now);
        }
      }
      const isServed = one.decide(from(`198.51.100.${(now / 10) % 250}`, now), now).ok;
      unserved.push(...(isServed ? [] : [String(now)]));
    }

    expect(unserved).toEqual([]);
  });

  it('serves a single request while 4,096 sources send five per second each', () => {
    const one = admission({});
    const isTakenOn = (remote: TftpEndpointAddress, now: number): boolean =>
      one.earlyDropReason(remote, now) === undefined && one.decide(remote, now).ok;
    const unserved: string[] = [];
    let forged = 0;
    let served = 0;
    for (let now = 0; now < 10_000; now += 1) {
      for (let count = 0; count < 20; count += 1) {
        forged += 1;
        const host = (forged * 7_919) % 4_096;
        served += isTakenOn(from(`10.0.${host >> 8}.${host & 0xff}`, forged), now) ? 1 : 0;
      }
      const client = from(`198.51.100.${Math.floor(now / 50)}`);
      // Until each of the other sources has sent two requests, they count as quiet sources, too.
      if (now >= 500 && now % 50 === 0 && !isTakenOn(client, now)) {
        unserved.push(client.address);
      }
    }

    expect(unserved).toEqual([]);
    expect(served).toBeLessThan(10 * 2_000 + 4_000);
  });

  it('limits the number of sources, and forgets idle ones', () => {
    const one = admission({ maxSources: 3, requestsPerSource: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 100; index += 1) {
      expect(one.decide(from(`source ${index}`), index * 2_000).ok).toBe(true);
    }

    expect(one.sources).toBe(3);
  });

  it('drops requests from new sources while no source is idle', () => {
    const one = admission({ maxSources: 10, requestsPerSource: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 10; index += 1) {
      one.decide(from(`source ${index}`), 0);
    }

    expect(outcome(one.decide(from('late'), 1))).toBe('requestRate');
    expect(one.mayAnswer('late', 1, 1)).toBe(false);
    expect(one.mayRepeat(from('late'), 1)).toBe(false);
    expect(one.decide(from('late'), 5_000).ok).toBe(true);
  });

  it('ignores a refund to a forgotten source', () => {
    const one = admission({ unprovenBytesPerSource: { perSecond: 0, burst: 100 } });

    one.refund('192.0.2.1', 50);

    expect(one.mayAnswer('192.0.2.1', 101, 0)).toBe(false);
    expect(one.sources).toBe(1);
  });
});
