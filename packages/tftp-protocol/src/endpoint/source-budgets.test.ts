import { describe, expect, it } from 'vitest';

import { SourceBudgets } from './source-budgets.js';

const SOURCE = 'fd00:0:0:0::/64';

describe('SourceBudgets', () => {
  it('gives a source with one address all of its budget', () => {
    const budget = new SourceBudgets({ perSecond: 0, burst: 100 }).open('192.0.2.1', 0);
    const taken = Array.from({ length: 200 }, () => budget.take('192.0.2.1', 0)).filter(Boolean);

    expect(taken).toHaveLength(100);
    expect(budget.has('192.0.2.1', 0)).toBe(false);
    budget.give('192.0.2.1', 1);
    expect(budget.has('192.0.2.1', 0)).toBe(true);
  });

  it('keeps half of a budget for the other addresses of its source', () => {
    const budget = new SourceBudgets({ perSecond: 0, burst: 1_000 }).open(SOURCE, 0);
    const takenBy = (address: string): number =>
      Array.from({ length: 1_000 }, () => budget.take(address, 0)).filter(Boolean).length;

    expect(takenBy('fd00::bad')).toBe(510);
    expect(budget.has('fd00::bad', 0)).toBe(false);
    expect(budget.has('fd00::1', 0)).toBe(true);
    expect(takenBy('fd00::1')).toBe(10);
    budget.give('fd00::1', 3);
    expect(takenBy('fd00::1')).toBe(3);
  });

  it('lets a lone address use the rate of its source in the long run', () => {
    const budget = new SourceBudgets({ perSecond: 100, burst: 100 }).open(SOURCE, 0);
    let taken = 0;
    for (let now = 0; now < 10_000; now += 1) {
      taken += budget.take('fd00::1', now) ? 1 : 0;
    }

    expect(taken).toBeGreaterThan(1_000);
    expect(budget.isFull(10_000)).toBe(false);
    expect(budget.isFull(20_000)).toBe(true);
  });

  it('remembers a bounded number of addresses', () => {
    const budgets = new SourceBudgets({ perSecond: 0, burst: 1_000 });
    for (let network = 0; network < 100; network += 1) {
      const budget = budgets.open(`fd00:0:0:${network}::/64`, 0);
      for (let host = 0; host < 1_000; host += 1) {
        budget.take(`fd00:0:0:${network}::${host}`, 0);
      }
    }

    expect(budgets.addresses).toBe(64 * 256);
  });
});
