import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';

import { createObserver, createTallies, createTally } from './tally.js';

describe('tallies', () => {
  let registry: Registry;
  const options = (name: string): { name: string; help: string; registers: Registry[] } => ({
    name,
    help: 'Test.',
    registers: [registry],
  });

  beforeEach(() => {
    registry = new Registry();
  });

  it('adds the count since the last reading at each reading', async () => {
    const tally = createTally(options('one'));
    tally.add();
    tally.add(4);
    expect(await registry.metrics()).toContain('\none 5\n');
    expect(await registry.metrics()).toContain('\none 5\n');
    tally.add();
    expect(await registry.metrics()).toContain('\none 6\n');
  });

  it('shows every series of a closed set from the start', async () => {
    const tallies = createTallies(options('two'), 'reason', {
      tooMany: 'too_many',
      tooFew: 'too_few',
    });
    tallies.tooMany.add(2);
    const text = await registry.metrics();
    expect(text).toContain('\ntwo{reason="too_many"} 2\n');
    expect(text).toContain('\ntwo{reason="too_few"} 0\n');
  });

  it('observes every value, however many there are between two readings', async () => {
    const observe = createObserver({ ...options('three'), buckets: [1, 10] });
    for (let value = 0; value < 1_000; value++) {
      observe(value % 2 === 0 ? 0.5 : 5);
    }
    const text = await registry.metrics();
    expect(text).toContain('\nthree_bucket{le="1"} 500\n');
    expect(text).toContain('\nthree_bucket{le="10"} 1000\n');
    expect(text).toContain('\nthree_sum 2750\n');
    observe(20);
    expect(await registry.metrics()).toContain('\nthree_count 1001\n');
  });
});
