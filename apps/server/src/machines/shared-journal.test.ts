import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type BootChange } from './boot-correlator.js';
import { type BootJournal, type BootNews, createBootJournal } from './boot-journal.js';
import { type Sighting } from './sighting.js';

const NOW = 1_800_000_000_000;
const MAC = '52:54:00:00:00:01';

const LOADER: Sighting = {
  at: NOW,
  durationMs: 100,
  transport: 'tftp',
  address: '10.0.0.1',
  path: '/lpxelinux.0',
  result: 'delivered',
  bytes: 74_882,
};
const MENU: Sighting = {
  ...LOADER,
  at: NOW + 1000,
  path: '/pxelinux.cfg/01-52-54-00-00-00-01',
  identity: { mac: MAC },
};
const KERNEL: Sighting = {
  ...LOADER,
  at: NOW + 2000,
  transport: 'http',
  path: '/debian/trixie/20250803/amd64/text/linux',
};
const INITRD: Sighting = {
  ...KERNEL,
  at: NOW + 3000,
  path: '/debian/trixie/20250803/amd64/text/initrd.gz',
};

interface Daemon {
  readonly journal: BootJournal;
  readonly changes: BootChange[];
  readonly unshare: () => void;
}

/** Starts journals that pass updates to each other after a delay. */
function startDaemons({ delaysMs }: { readonly delaysMs: readonly number[] }): readonly Daemon[] {
  const receivers: ((news: BootNews) => void)[] = [];
  return delaysMs.map((delayMs, index) => {
    const journal = createBootJournal({ firstId: 1000 * (delaysMs.length - index) });
    const changes: BootChange[] = [];
    journal.follow((change) => changes.push(change));
    const unshare = journal.share({
      hasOthers: true,
      send(news) {
        setTimeout(() => {
          for (const [other, receive] of receivers.entries()) {
            if (other !== index) {
              receive(news);
            }
          }
        }, delayMs);
      },
      receive(callback) {
        receivers[index] = callback;
      },
    });
    return { journal, changes, unshare };
  });
}

describe('journals that daemons share', () => {
  let daemons: readonly Daemon[] = [];

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });

  afterEach(() => {
    for (const { journal } of daemons) {
      journal.close();
    }
    vi.useRealTimers();
  });

  it('have one boot for files from several daemons, whichever update arrives first', () => {
    daemons = startDaemons({ delaysMs: [1500, 10, 700] });
    for (const [index, sighting] of [LOADER, MENU, KERNEL, INITRD].entries()) {
      vi.setSystemTime(sighting.at);
      daemons[index % 3]?.journal.see(sighting);
    }
    vi.advanceTimersByTime(10_000);
    const boots = daemons.map(({ journal }) => journal.boots());
    expect(boots[0]).toMatchObject([
      {
        mac: MAC,
        outcome: 'installer',
        stages: [{ name: 'loader' }, { name: 'menu' }, { name: 'kernel' }, { name: 'initrd' }],
      },
    ]);
    expect(boots[1]).toEqual(boots[0]);
    expect(boots[2]).toEqual(boots[0]);
  });

  it('report the end of a boot as their own only in the daemon that served its last file', () => {
    daemons = startDaemons({ delaysMs: [1, 1] });
    daemons[0]?.journal.see(LOADER);
    daemons[1]?.journal.see({ ...MENU, at: NOW + 50 });
    vi.advanceTimersByTime(80_000);
    const ends = daemons.map(({ changes }) =>
      changes.filter(({ type }) => type === 'ended').map(({ isForeign }) => isForeign),
    );
    expect(ends).toEqual([[true], [undefined]]);
  });

  it('do not end a boot while another daemon is sending the machine a file', () => {
    daemons = startDaemons({ delaysMs: [1, 1] });
    daemons[0]?.journal.see(LOADER);
    daemons[1]?.journal.began(LOADER.address);
    vi.advanceTimersByTime(300_000);
    expect(daemons.map(({ journal }) => journal.boots()[0]?.outcome)).toEqual([
      'booting',
      'booting',
    ]);
    daemons[1]?.journal.ended(LOADER.address);
    vi.advanceTimersByTime(60_000);
    expect(daemons.map(({ journal }) => journal.boots()[0]?.outcome)).toEqual(['failed', 'failed']);
  });

  it('distinguish two boots of a machine whose ids are not in order', () => {
    daemons = startDaemons({ delaysMs: [1, 1] });
    const [one, other] = daemons;
    one?.journal.see({ ...MENU, at: NOW });
    vi.advanceTimersByTime(3000);
    vi.setSystemTime(NOW + 700_000);
    other?.journal.see({ ...LOADER, at: NOW + 700_000 });
    other?.journal.see({ ...LOADER, at: NOW + 700_050, path: '/ldlinux.c32' });
    other?.journal.see({ ...MENU, at: NOW + 700_100 });
    vi.advanceTimersByTime(3000);
    one?.journal.see({ ...KERNEL, at: NOW + 703_500, identity: { mac: MAC } });
    vi.advanceTimersByTime(3000);
    const boots = other?.journal.boots() ?? [];
    expect(boots.map(({ stages }) => stages.map(({ name }) => name))).toEqual([
      ['loader', 'core', 'menu', 'kernel'],
      ['menu'],
    ]);
    expect(boots[0]?.id).toBeLessThan(boots[1]?.id ?? 0);
  });

  it('add the steps of an installer that logs to another daemon', () => {
    daemons = startDaemons({ delaysMs: [1, 1] });
    const [one, other] = daemons;
    for (const sighting of [LOADER, MENU, KERNEL]) {
      one?.journal.see({ ...sighting, at: NOW });
    }
    vi.advanceTimersByTime(3000);
    other?.journal.addStep({
      item: 'partman-base',
      at: NOW + 3000,
      address: LOADER.address,
      identity: { mac: MAC },
    });
    vi.advanceTimersByTime(3000);
    for (const { journal } of daemons) {
      expect(journal.boots()).toMatchObject([{ installer: [{ item: 'partman-base' }] }]);
    }
  });

  it('process waiting requests when they stop sharing', () => {
    daemons = startDaemons({ delaysMs: [1, 1] });
    const [one] = daemons;
    one?.journal.see(LOADER);
    expect(one?.journal.boots()).toEqual([]);
    one?.unshare();
    expect(one?.journal.boots()).toHaveLength(1);
  });
});

describe('a journal that has missed requests', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Starts a journal that receives these requests of other daemons; `others` has received all requests. */
  function start(received: readonly Sighting[]) {
    const others = createBootJournal({ firstId: 1 });
    for (const sighting of [LOADER, MENU, KERNEL, INITRD]) {
      others.see(sighting);
    }
    const journal = createBootJournal({ firstId: 100 });
    const changes: BootChange[] = [];
    journal.follow((change) => changes.push(change));
    let deliver: (news: BootNews) => void = () => undefined;
    journal.share({
      hasOthers: true,
      send: () => undefined,
      receive(callback) {
        deliver = callback;
      },
    });
    const stored = others.boots();
    deliver({
      sightings: received.map((sighting, index) => ({ bootId: 1 + index, sighting })),
      steps: [],
      busy: [],
    });
    vi.advanceTimersByTime(5_000);
    others.close();
    return { journal, changes, stored };
  }

  it('completes a boot that it has seen begin', () => {
    const { journal, changes, stored } = start([LOADER, INITRD]);
    expect(journal.boots()).toMatchObject([{ id: 1, outcome: 'booting' }]);
    journal.restore(stored);
    expect(journal.boots()).toEqual(stored);
    expect(changes.at(-1)).toMatchObject({ type: 'ended', boot: stored[0], isForeign: true });
    const count = changes.length;
    journal.restore(stored);
    expect(changes).toHaveLength(count);
    journal.close();
  });

  it('reports the end of its own boot as that of another daemon, which has served the rest', () => {
    const others = createBootJournal({ firstId: 1 });
    const journal = createBootJournal({ firstId: 1 });
    const changes: BootChange[] = [];
    journal.follow((change) => changes.push(change));
    journal.share({ hasOthers: true, send: () => undefined, receive: () => undefined });
    journal.see(LOADER);
    for (const sighting of [LOADER, KERNEL, INITRD]) {
      others.see(sighting);
    }
    vi.advanceTimersByTime(5_000);
    journal.restore(others.boots());
    expect(changes.map(({ type, isForeign }) => [type, isForeign])).toEqual([
      ['started', undefined],
      ['ended', true],
    ]);
    journal.close();
    others.close();
  });

  it('keeps what it has seen after the boot was stored', () => {
    const { journal, stored } = start([LOADER, MENU, KERNEL, { ...INITRD, at: NOW + 3_500 }]);
    journal.restore(stored);
    expect(journal.boots()).toMatchObject([{ id: 1, lastSeenAt: NOW + 3_500 }]);
    journal.close();
  });

  it('replaces a part of a boot whose beginning it has missed', () => {
    const { journal, stored } = start([KERNEL, INITRD]);
    journal.restore(stored.map((boot) => ({ ...boot, id: 50 })));
    expect(journal.boots()).toEqual(stored.map((boot) => ({ ...boot, id: 50 })));
    journal.close();
  });

  it('keeps boots that the stored ones do not contain', () => {
    const other = { ...LOADER, address: '10.0.0.2' };
    const later = { ...INITRD, at: NOW + 9_000 };
    const { journal, stored } = start([KERNEL, other, later]);
    journal.restore(stored.map((boot) => ({ ...boot, id: 50 })));
    expect(journal.boots().map(({ id }) => id)).toEqual([1, 50, 2]);
    journal.close();
  });
});

describe('a journal without other daemons', () => {
  it('processes requests immediately, and reports restored boots as its own', () => {
    vi.useFakeTimers({ now: NOW });
    const first = createBootJournal({ firstId: 1 });
    first.see(LOADER);
    const journal = createBootJournal({ firstId: 10 });
    const changes: BootChange[] = [];
    journal.follow((change) => changes.push(change));
    journal.share({ hasOthers: false, send: () => undefined, receive: () => undefined });
    journal.restore(first.boots());
    journal.see({ ...LOADER, address: '10.0.0.2' });
    expect(journal.boots().map(({ id }) => id)).toEqual([10, 1]);
    vi.advanceTimersByTime(80_000);
    expect(changes.map(({ type, isForeign }) => [type, isForeign])).toEqual([
      ['started', undefined],
      ['ended', undefined],
      ['ended', undefined],
    ]);
    journal.close();
    first.close();
    vi.useRealTimers();
  });
});
