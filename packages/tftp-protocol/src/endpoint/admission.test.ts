import { describe, expect, it } from 'vitest';

import { type TftpEndpointAddress } from './address.js';
import { Admission } from './admission.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';

function admission(limits: Partial<EndpointLimits>): Admission {
  return new Admission({ ...DEFAULT_ENDPOINT_LIMITS, ...limits });
}

function from(address: string, port = 2_000): TftpEndpointAddress {
  return { address, port, family: 'IPv4' };
}

const NONE = { perSecond: 0, burst: 0 };

describe('Admission', () => {
  it('lets a source ask at its rate, with its burst', () => {
    const one = admission({ requestsPerSource: { perSecond: 2, burst: 3 } });
    const refusals = (...times: number[]) => times.map((now) => one.refusal(from('a'), now));

    expect(refusals(0, 0, 0, 0)).toEqual([undefined, undefined, undefined, 'requestRate']);
    expect(refusals(500, 500)).toEqual([undefined, 'requestRate']);
    expect(one.refusal(from('b'), 500)).toBeUndefined();
  });

  it('answers a source that has proven nothing at its rate', () => {
    const one = admission({ unprovenBytesPerSource: { perSecond: 100, burst: 100 } });

    expect([0, 999, 1_000].map((now) => one.mayAnswer('a', 100, now))).toEqual([true, false, true]);
  });

  it('counts all addresses of an IPv6 /64 as one source', () => {
    const one = admission({ requestsPerSource: { perSecond: 0, burst: 1 } });

    expect(one.refusal(from('2001:db8::1'), 0)).toBeUndefined();
    expect(one.refusal(from('2001:db8::2'), 0)).toBe('requestRate');
  });

  it('drops first requests above the rate of new ones, and takes their repetitions', () => {
    const one = admission({ newRequests: NONE, repeatedRequests: { perSecond: 1, burst: 2 } });

    expect(one.isHopeless(from('a'), 0)).toBe(true);
    expect(one.refusal(from('b'), 0)).toBe('overload');
    expect(one.isHopeless(from('a'), 1_000)).toBe(false);
    expect(one.refusal(from('a'), 1_000)).toBeUndefined();
    expect(one.refusal(from('b'), 1_000)).toBeUndefined();
    // Their rate is used up as well.
    one.isHopeless(from('c'), 100);
    expect(one.isHopeless(from('c'), 1_000)).toBe(true);
    expect(one.refusal(from('c'), 1_000)).toBe('overload');
  });

  it('prefers sources that completed a transfer in the last hour', () => {
    const one = admission({ newRequests: { perSecond: 0, burst: 1 }, repeatedRequests: NONE });
    one.completed('known', 0);
    one.refusal(from('new'), 0);

    expect(one.isHopeless(from('new'), 1)).toBe(true);
    expect(one.isHopeless(from('known'), 1)).toBe(false);
    expect(one.refusal(from('known'), 1)).toBeUndefined();
    expect(one.isHopeless(from('known'), 3_600_000)).toBe(true);
  });

  it('does not let sources that completed a transfer ask without limit', () => {
    const one = admission({ newRequests: { perSecond: 0, burst: 1 }, repeatedRequests: NONE });
    one.completed('known', 0);
    const refusals = Array.from({ length: 4 }, () => one.refusal(from('known'), 1));

    expect(refusals).toEqual([undefined, undefined, undefined, 'overload']);
  });

  it('remembers which clients are reached from the listening port only', () => {
    const one = admission({});
    for (let index = 0; index < 1_025; index += 1) {
      one.reachedOnlyByListener(`client ${index}`, 0);
    }

    expect(one.isReachedOnlyByListener('client 0', 1)).toBe(false);
    expect(one.isReachedOnlyByListener('client 1024', 1)).toBe(true);
    expect(one.isReachedOnlyByListener('client 1024', 3_600_000)).toBe(false);
  });

  it('remembers a bounded number of sources, and forgets those that are at rest', () => {
    const one = admission({ maxSources: 3, requestsPerSource: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 100; index += 1) {
      expect(one.refusal(from(`source ${index}`), index * 2_000)).toBeUndefined();
    }

    expect(one.sources).toBe(3);
  });

  it('turns away new sources while none is at rest', () => {
    const one = admission({ maxSources: 10, requestsPerSource: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 10; index += 1) {
      one.refusal(from(`source ${index}`), 0);
    }

    expect(one.refusal(from('late'), 1)).toBe('requestRate');
    expect(one.mayAnswer('late', 1, 1)).toBe(false);
    expect(one.refusal(from('late'), 5_000)).toBeUndefined();
  });
});
