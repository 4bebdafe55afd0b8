import { afterEach, describe, expect, it, vi } from 'vitest';

import { type BootChange } from './boot-correlator.js';
import { createBootJournal } from './boot-journal.js';
import { type Sighting } from './sighting.js';

const REQUEST: Sighting = {
  at: 1_000_000,
  durationMs: 100,
  transport: 'tftp',
  address: '10.0.0.1',
  path: '/lpxelinux.0',
  result: 'delivered',
  bytes: 74_882,
};
const FORGED: Sighting = { ...REQUEST, path: '/undionly.kpxe', result: 'notFound', bytes: 0 };

describe('the journal of boots', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lists the newest boot first, and reports each change until it is no longer followed', () => {
    const journal = createBootJournal();
    const changes: BootChange[] = [];
    const stop = journal.follow((change) => changes.push(change));
    journal.see(REQUEST);
    journal.see({ ...REQUEST, at: REQUEST.at + 1000, address: '10.0.0.2' });
    stop();
    journal.see({ ...REQUEST, at: REQUEST.at + 2000, address: '10.0.0.3' });
    expect(journal.boots().map(({ address }) => address)).toEqual([
      '10.0.0.3',
      '10.0.0.2',
      '10.0.0.1',
    ]);
    expect(changes.map(({ type, boot }) => [type, boot.address])).toEqual([
      ['started', '10.0.0.1'],
      ['started', '10.0.0.2'],
    ]);
    journal.close();
  });

  it('ends boots that fall silent, with their diagnosis', () => {
    vi.useFakeTimers({ now: REQUEST.at });
    const onChange = vi.fn<(change: BootChange) => void>();
    const journal = createBootJournal({ onChange });
    journal.see(REQUEST);
    vi.advanceTimersByTime(66_000);
    expect(onChange.mock.lastCall?.[0]).toMatchObject({
      type: 'ended',
      boot: { outcome: 'failed', diagnosis: { rule: 'stopped-after-loader' } },
    });
    journal.close();
  });

  it('does not count a machine as silent while it receives a file', () => {
    vi.useFakeTimers({ now: REQUEST.at });
    const onChange = vi.fn<(change: BootChange) => void>();
    const journal = createBootJournal({ onChange });
    journal.see(REQUEST);
    journal.began(REQUEST.address);
    journal.began(REQUEST.address);
    journal.began('10.0.0.9');
    vi.advanceTimersByTime(300_000);
    journal.ended(REQUEST.address);
    vi.advanceTimersByTime(300_000);
    expect(onChange.mock.lastCall?.[0]).toMatchObject({ type: 'started' });
    journal.ended(REQUEST.address);
    vi.advanceTimersByTime(5_000);
    expect(onChange.mock.lastCall?.[0]).toMatchObject({ type: 'ended' });
    journal.ended('10.0.0.9');
    journal.close();
  });

  it('shows every request that it processes, in order', () => {
    const onSighting = vi.fn<(sighting: Sighting) => void>();
    const journal = createBootJournal({ onSighting });
    journal.see(REQUEST);
    journal.see(FORGED);
    journal.boots();
    expect(onSighting.mock.calls.map(([{ path }]) => path)).toEqual([REQUEST.path, FORGED.path]);
    journal.close();
  });

  it('processes requests together after 100 ms, in order, and evaluates each boot once', () => {
    vi.useFakeTimers({ now: REQUEST.at });
    const onChange = vi.fn<(change: BootChange) => void>();
    const journal = createBootJournal({ onChange });
    journal.see(REQUEST);
    journal.see({ ...REQUEST, path: '/ldlinux.c32' });
    vi.advanceTimersByTime(99);
    expect(onChange).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onChange.mock.calls.map(([{ type, boot }]) => [type, boot.stages.length])).toEqual([
      ['started', 2],
    ]);
    journal.see({ ...REQUEST, path: '/pxelinux.cfg/default' });
    vi.advanceTimersByTime(100);
    expect(onChange.mock.lastCall?.[0]).toMatchObject({
      type: 'updated',
      boot: { id: 1, stages: [{ name: 'loader' }, { name: 'core' }, { name: 'menu' }] },
    });
    journal.close();
  });

  it('processes requests immediately when 512 are waiting', () => {
    vi.useFakeTimers({ now: REQUEST.at });
    const onChange = vi.fn<(change: BootChange) => void>();
    const journal = createBootJournal({ onChange });
    for (let host = 0; host < 511; host++) {
      journal.see({ ...REQUEST, address: `10.0.${host >> 8}.${host & 255}` });
    }
    expect(onChange).not.toHaveBeenCalled();
    journal.see({ ...REQUEST, address: '10.1.0.1' });
    expect(onChange).toHaveBeenCalledTimes(512);
    journal.close();
  });

  it('counts a delivery and the figures that follow it as one request', () => {
    const journal = createBootJournal();
    const { bytes: _unknown, ...delivered } = REQUEST;
    const late = { ...REQUEST, at: REQUEST.at + 10, durationMs: 30, isLate: true, blksize: 1432 };
    const transfers = [{}, {}];
    for (const transfer of transfers) {
      journal.see({ ...delivered, durationMs: 0, transfer });
    }
    for (const transfer of transfers) {
      journal.see({ ...late, transfer });
    }
    expect(journal.boots()).toMatchObject([
      {
        startedAt: REQUEST.at - 20,
        stages: [
          {
            fetches: 2,
            startedAt: REQUEST.at - 20,
            endedAt: REQUEST.at,
            blksize: 1432,
            bytes: 74_882,
          },
        ],
      },
    ]);
    journal.close();
  });

  it('reports a boot that fails at its first request as started and ended', () => {
    const onChange = vi.fn<(change: BootChange) => void>();
    const journal = createBootJournal({ onChange });
    journal.see({ ...FORGED, transport: 'http' });
    journal.close();
    expect(onChange.mock.calls.map(([{ type, boot }]) => [type, boot.outcome])).toEqual([
      ['started', 'failed'],
      ['ended', 'failed'],
    ]);
  });

  it('keeps real boots when forged requests come from everywhere', () => {
    const journal = createBootJournal();
    journal.see(REQUEST);
    for (let count = 0; count < 20_000; count++) {
      const address = `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`;
      journal.see({
        ...FORGED,
        at: REQUEST.at + count,
        address: address.replace('10.', '11.'),
      });
    }
    const boots = journal.boots();
    expect(boots.length).toBeLessThanOrEqual(501);
    expect(boots.some(({ address }) => address === REQUEST.address)).toBe(true);
    journal.close();
  });

  it('processes at most 200 possibly forged requests per second', () => {
    const journal = createBootJournal();
    for (let count = 0; count < 1000; count++) {
      journal.see({ ...FORGED, address: `11.0.${count >> 8}.${count & 255}` });
    }
    expect(journal.boots()).toHaveLength(200);
    journal.close();
  });

  it('keeps 5,000 boots', () => {
    const journal = createBootJournal();
    for (let count = 0; count < 5_100; count++) {
      const address = `10.0.${count >> 8}.${count & 255}`;
      journal.see({ ...REQUEST, at: REQUEST.at + count * 1000, address });
    }
    expect(journal.boots()).toHaveLength(5_000);
    journal.close();
  });
});
