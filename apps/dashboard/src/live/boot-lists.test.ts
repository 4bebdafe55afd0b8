import { describe, expect, it } from 'vitest';

import { type BootSummary, type Machine } from '../api/types.js';
import { withBoot, withMachineBoot } from './boot-lists.js';

function boot(id: string, second: number, changes: Partial<BootSummary> = {}): BootSummary {
  const time = new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();
  return {
    id,
    address: '192.0.2.1',
    startedAt: time,
    lastSeenAt: time,
    outcome: 'booting',
    reached: 'loader',
    sentence: 'in progress: loader',
    machinesAtAddress: 1,
    proven: true,
    ...changes,
  };
}

function machine(lastBoot: BootSummary): Machine {
  return {
    id: lastBoot.mac ?? lastBoot.address,
    ...(lastBoot.mac === undefined ? {} : { mac: lastBoot.mac }),
    addresses: [lastBoot.address],
    firstSeenAt: lastBoot.startedAt,
    lastSeenAt: lastBoot.lastSeenAt,
    boots: 1,
    lastBoot,
  };
}

describe('list of boots', () => {
  it('replaces the earlier state of a boot in place', () => {
    const changed = boot('1', 1, { outcome: 'failed' });
    expect(withBoot([boot('2', 2), boot('1', 1)], changed)).toEqual([boot('2', 2), changed]);
  });

  it('stays ordered by start time, newest first', () => {
    const boots = [boot('3', 3), boot('1', 1)];
    const ids = (added: BootSummary): string[] => withBoot(boots, added).map(({ id }) => id);
    expect(ids(boot('4', 4))).toEqual(['4', '3', '1']);
    expect(ids(boot('2', 2))).toEqual(['3', '2', '1']);
    expect(ids(boot('0', 0))).toEqual(['3', '1', '0']);
  });
});

describe('list of machines', () => {
  it('moves a machine to the front when its last boot continues', () => {
    const one = machine(boot('1', 1, { mac: '52:54:00:00:00:01' }));
    const two = machine(boot('2', 2, { mac: '52:54:00:00:00:02' }));
    const later = boot('1', 9, { mac: '52:54:00:00:00:01', reached: 'kernel' });
    const changed = withMachineBoot([two, one], later);
    expect(changed?.map(({ id }) => id)).toEqual(['52:54:00:00:00:01', '52:54:00:00:00:02']);
    expect(changed?.[0]).toMatchObject({ lastSeenAt: later.lastSeenAt, lastBoot: later });
  });

  it('has to be read again after a boot of an unlisted machine, or of one that gets a name', () => {
    const known = [machine(boot('1', 1))];
    expect(withMachineBoot(known, boot('2', 2))).toBeUndefined();
    expect(withMachineBoot(known, boot('1', 2, { mac: '52:54:00:00:00:01' }))).toBeUndefined();
  });
});
