import { describe, expect, it } from 'vitest';

import { Admission } from './admission.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';

function admission(limits: Partial<EndpointLimits>): Admission {
  return new Admission({ ...DEFAULT_ENDPOINT_LIMITS, ...limits });
}

describe('Admission', () => {
  it('admits up to the limit in total, and again after a release', () => {
    const one = admission({ maxTransfers: 2 });

    expect([one.admit('a', 0), one.admit('b', 0), one.admit('c', 0)]).toEqual([
      undefined,
      undefined,
      'tooManyTransfers',
    ]);
    one.release('a');

    expect(one.admit('c', 0)).toBeUndefined();
    expect(one.transfers).toBe(2);
  });

  it('admits up to the limit of a source', () => {
    const one = admission({ maxTransfersPerSource: 1 });

    expect([one.admit('a', 0), one.admit('a', 0), one.admit('b', 0)]).toEqual([
      undefined,
      'tooManyFromSource',
      undefined,
    ]);
  });

  it('counts no release of what it never admitted', () => {
    const one = admission({});

    one.release('a');
    one.mayAsk('a', 0);
    one.release('a');

    expect(one.transfers).toBe(0);
  });

  it('lets a source ask at its rate, with its burst', () => {
    const one = admission({ requestsPerSource: { perSecond: 2, burst: 3 } });
    const asked = (now: number): boolean => one.mayAsk('a', now);

    expect([asked(0), asked(0), asked(0), asked(0)]).toEqual([true, true, true, false]);
    expect([asked(500), asked(500)]).toEqual([true, false]);
    expect(one.mayAsk('b', 500)).toBe(true);
  });

  it('answers a source that has proven nothing at its rate', () => {
    const one = admission({ unprovenBytesPerSource: { perSecond: 100, burst: 100 } });

    expect([0, 999, 1_000].map((now) => one.mayAnswer('a', 100, now))).toEqual([true, false, true]);
  });

  it('remembers a bounded number of sources, and forgets those that are at rest', () => {
    const one = admission({ maxSources: 3, requestsPerSource: { perSecond: 1, burst: 1 } });
    one.admit('busy', 0);
    for (let index = 0; index < 100; index += 1) {
      one.mayAsk(`source ${index}`, index * 2_000);
    }

    expect(one.sources).toBe(3);
    one.release('busy');
    expect(one.transfers).toBe(0);
  });

  it('turns away new sources while none is at rest', () => {
    const one = admission({ maxSources: 10, requestsPerSource: { perSecond: 1, burst: 1 } });
    for (let index = 0; index < 10; index += 1) {
      one.mayAsk(`source ${index}`, 0);
    }

    expect(one.mayAsk('late', 1)).toBe(false);
    expect(one.mayAnswer('late', 1, 1)).toBe(false);
    expect(one.admit('late', 1)).toBe('tooManyFromSource');
    expect(one.mayAsk('late', 5_000)).toBe(true);
  });
});
