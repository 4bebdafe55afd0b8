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

  it('reports no remaining time while nothing arrives', () => {
    const progress = new SyncProgress();
    const event = { type: 'fileProgressed', file: INITRD, size: 100 } as const;
    progress.follow({ ...event, bytes: 0 }, 0);
    progress.follow({ ...event, bytes: 50 }, 1000);
    expect(progress.row(TOTAL, 60_000)).toMatchObject({ speed: 0, secondsLeft: undefined });
  });

  it('adds packages, and sizes that become known at the end', () => {
    const progress = new SyncProgress();
    const file = 'trixie pool/main/d/d/debian-installer-13-netboot-amd64_1_all.deb';
    progress.follow({ type: 'fileStarted', file, size: undefined }, 0);
    progress.follow({ type: 'fileProgressed', file, bytes: 5, size: undefined }, 1);
    progress.follow({ type: 'fileVerified', file, size: 9, sha256: '' }, 2);
    expect(progress.row('trixie amd64', 2)).toMatchObject({ received: 9, total: 9 });
  });

  describe('overall', () => {
    const images = [
      { suite: 'trixie', arch: 'amd64', variants: ['text', 'gtk'] },
      { suite: 'bookworm', arch: 'amd64', variants: ['text'] },
    ] as const;
    const resolved = { type: 'buildResolved', arch: 'amd64', build: '1' } as const;

    it('counts images whose download has not begun by their usual size', () => {
      const progress = new SyncProgress(images);
      progress.follow({ type: 'fileProgressed', file: INITRD, bytes: 92e6, size: 92e6 }, 0);
      // 131 MB and 53 MB are the usual sizes.
      expect(progress.overall(0)).toMatchObject({ percent: 50, received: 92e6, expected: 184e6 });
    });

    it('treats an installer as complete once the next one begins', () => {
      const progress = new SyncProgress(images);
      const trixie = { ...resolved, suite: 'trixie', proof: 'dated', filesMissing: 3 } as const;
      progress.follow(trixie, 0);
      progress.follow({ type: 'fileProgressed', file: LINUX, bytes: 53e6, size: 53e6 }, 0);
      expect(progress.overall(0)).toMatchObject({ percent: 28 });
      progress.follow({ ...trixie, suite: 'bookworm' }, 0);
      expect(progress.overall(0)).toMatchObject({ percent: 50, expected: 106e6 });
    });

    it('leaves out an installer that is in the store; the percentage never falls or reaches 100', () => {
      const progress = new SyncProgress(images);
      progress.follow({ ...resolved, suite: 'trixie', proof: 'dated', filesMissing: 0 }, 0);
      const file = 'bookworm 1 netboot/debian-installer/amd64/linux';
      progress.follow({ type: 'fileProgressed', file, bytes: 53e6, size: 53e6 }, 0);
      expect(progress.overall(0)).toMatchObject({ percent: 99, expected: 53e6 });
      progress.follow({ type: 'fileStarted', file: `${file}2`, size: 53e6 }, 0);
      expect(progress.overall(0)).toMatchObject({ percent: 99, expected: 106e6 });
    });

    it('counts a package only once, both while apt fetches it and while it is being stored', () => {
      const progress = new SyncProgress(images);
      progress.follow({ ...resolved, suite: 'trixie', proof: 'package', filesMissing: 1 }, 0);
      const activity = 'apt: debian-installer-13-netboot-amd64';
      const step = { type: 'sourceProgressed', activity, size: 150e6 } as const;
      progress.follow({ ...step, fraction: 0 }, 0);
      progress.follow({ ...step, fraction: 0.5 }, 1000);
      expect(progress.titles).toEqual([TOTAL, 'trixie amd64']);
      expect(progress.row('trixie amd64', 1000)).toMatchObject({ received: 75e6, speed: 75e6 });
      progress.follow({ ...step, fraction: 1 }, 2000);
      const file = 'trixie pool/main/d/di/debian-installer-13-netboot-amd64_1_all.deb';
      progress.follow({ type: 'fileStarted', file, size: 150e6 }, 2000);
      progress.follow({ type: 'fileProgressed', file, bytes: 10, size: 150e6 }, 2000);
      expect(progress.row('trixie amd64', 2000)).toMatchObject({ received: 150e6, total: 150e6 });
      expect(progress.overall(2000)).toMatchObject({ received: 150e6, activity });
    });
  });

  it('leaves out files already in the store', () => {
    const progress = new SyncProgress();
    progress.follow({ type: 'fileVerified', file: LINUX, size: 9, sha256: '' }, 0);
    expect(progress.titles).toEqual([]);
  });
});
