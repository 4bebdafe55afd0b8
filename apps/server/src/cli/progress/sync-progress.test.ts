import { describe, expect, it } from 'vitest';

import { SyncProgress, TOTAL } from './sync-progress.js';

const LINUX = 'trixie 20250803 netboot/debian-installer/amd64/linux';
const INITRD = 'trixie 20250803 netboot/gtk/debian-installer/amd64/initrd.gz';
const MEGABYTE = 1_000_000;

describe('SyncProgress', () => {
  it('has a row per image and one for all images', () => {
    const progress = new SyncProgress();
    progress.follow({ type: 'fileStarted', file: LINUX, size: 12 }, 0);
    progress.follow({ type: 'fileStarted', file: INITRD, size: 30 }, 0);
    progress.follow({ type: 'fileProgressed', file: INITRD, bytes: 10, size: 30 }, 0);
    expect(progress.titles).toEqual([TOTAL, 'trixie amd64 text', 'trixie amd64 gtk']);
    expect(progress.row('trixie amd64 gtk', 0)).toMatchObject({ received: 10, total: 30 });
    expect(progress.row(TOTAL, 0)).toMatchObject({ received: 10, total: 42 });
  });

  it('measures speed by bytes received, regardless of the number of events', () => {
    const progress = new SyncProgress();
    const size = 120 * MEGABYTE;
    progress.follow({ type: 'fileStarted', file: INITRD, size }, 0);
    for (let ms = 0; ms <= 20_000; ms += 10) {
      const received = 3 * MEGABYTE * (ms / 1000);
      progress.follow({ type: 'fileProgressed', file: INITRD, bytes: received, size }, ms);
    }
    const { speed, secondsLeft } = progress.row(TOTAL, 20_000);
    expect(speed / MEGABYTE).toBeCloseTo(3, 1);
    expect(secondsLeft).toBeCloseTo(20, 0);
  });

  it('leaves bytes of an earlier sync out of the speed', () => {
    const progress = new SyncProgress();
    const event = { type: 'fileProgressed', file: INITRD, size: 100 * MEGABYTE } as const;
    progress.follow({ ...event, bytes: 90 * MEGABYTE }, 0);
    progress.follow({ ...event, bytes: 91 * MEGABYTE }, 1000);
    expect(progress.row(TOTAL, 1000)).toMatchObject({
      received: 91 * MEGABYTE,
      speed: MEGABYTE,
      secondsLeft: 9,
    });
  });

  it('has no time left while nothing arrives', () => {
    const progress = new SyncProgress();
    const event = { type: 'fileProgressed', file: INITRD, size: 100 } as const;
    progress.follow({ ...event, bytes: 0 }, 0);
    progress.follow({ ...event, bytes: 50 }, 1000);
    expect(progress.row(TOTAL, 60_000)).toMatchObject({ speed: 0, secondsLeft: undefined });
  });

  it('adds sizes that become known at the end, and packages', () => {
    const progress = new SyncProgress();
    const file = 'trixie pool/main/d/d/debian-installer-13-netboot-amd64_1_all.deb';
    progress.follow({ type: 'fileStarted', file, size: undefined }, 0);
    progress.follow({ type: 'fileProgressed', file, bytes: 5, size: undefined }, 1);
    progress.follow({ type: 'fileVerified', file, size: 9, sha256: '' }, 2);
    expect(progress.row('trixie amd64', 2)).toMatchObject({ received: 9, total: 9 });
  });

  it('leaves out files already in the store', () => {
    const progress = new SyncProgress();
    progress.follow({ type: 'fileVerified', file: LINUX, size: 9, sha256: '' }, 0);
    expect(progress.titles).toEqual([]);
  });
});
