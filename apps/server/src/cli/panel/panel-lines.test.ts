import { describe, expect, it } from 'vitest';

import { type Boot } from '../../machines/boot.js';
import { type PanelLine, panelLines, type PanelState } from './panel-lines.js';

const NOW = new Date(2026, 10, 28, 14, 2, 30).getTime();
const WIDE = { columns: 90, rows: 40, isUnicode: true };

const STATE: PanelState = {
  tftp: ['192.0.2.10:69'],
  http: ['192.0.2.10:8069'],
  admin: ['127.0.0.1:9069'],
  dhcp: ['next-server 192.0.2.10;', 'filename "lpxelinux.0";'],
  dhcpCommand: 'pxeboot dhcp',
  network: [],
  obstacle: undefined,
  problems: [],
  otherDaemon: undefined,
  fetch: { state: 'idle' },
  rows: [],
  images: [
    { suite: 'trixie', arch: 'amd64', variant: 'text' },
    { suite: 'trixie', arch: 'amd64', variant: 'gtk' },
  ],
  boots: [],
  stopping: undefined,
  now: NOW,
};

const OVERALL = {
  percent: 61,
  received: 61,
  expected: 100,
  speed: 1,
  secondsLeft: 39,
  activity: 'apt: package lists',
  quietMs: 4_900,
};

const FETCHING = {
  images: [],
  fetch: { state: 'fetching', overall: OVERALL, isStored: false },
} as const satisfies Partial<PanelState>;

const QUIET = {
  images: [],
  fetch: {
    ...FETCHING.fetch,
    overall: { ...OVERALL, activity: 'mirror: waiting for m, attempt 2 of 5', quietMs: 41_900 },
  },
} as const satisfies Partial<PanelState>;

const ROW = {
  title: 'trixie amd64 text',
  received: 30_500_000,
  total: 50_000_000,
  speed: 3_000_000,
  secondsLeft: 6.5,
};

function boot(facts: Partial<Boot> = {}): Boot {
  return {
    id: 1,
    address: '192.0.2.77',
    mac: '52:54:00:12:34:56',
    firmware: 'bios',
    startedAt: NOW - 4000,
    lastSeenAt: NOW - 1000,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'booting',
    ...facts,
  };
}

function texts(state: Partial<PanelState>, view = WIDE): readonly string[] {
  return panelLines({ ...STATE, ...state }, view).map(({ text }) => text);
}

function tones(state: Partial<PanelState>): readonly PanelLine['tone'][] {
  return panelLines({ ...STATE, ...state }, WIDE).map(({ tone }) => tone);
}

describe('panelLines', () => {
  it('shows addresses, images and DHCP lines while it waits for a machine', () => {
    expect(texts({})).toEqual([
      '',
      'pxeboot TFTP 192.0.2.10:69',
      '        HTTP http://192.0.2.10:8069/',
      '        dashboard http://127.0.0.1:9069/',
      '',
      'ready   trixie amd64 (text, gtk)',
      '',
      'DHCP    next-server 192.0.2.10;',
      '        filename "lpxelinux.0";',
      '        other DHCP servers: pxeboot dhcp',
      '',
      'boots   Waiting for the first machine: boot one from the network (PXE).',
    ]);
  });

  it('shows information about the network instead if ProxyDHCP serves it', () => {
    const network = ['ProxyDHCP names the boot files on eth0; 192.0.2.1 gives the addresses'];
    expect(texts({ network }).filter((line) => /DHCP|next-server/.test(line))).toEqual([
      'DHCP    ProxyDHCP names the boot files on eth0; 192.0.2.1 gives the addresses',
    ]);
  });

  it('draws a bar for each image that is being fetched', () => {
    const lines = texts({ ...FETCHING, rows: [ROW] }, { ...WIDE, columns: 100 });
    expect(lines).toContain('images  fetching, 61%: machines can boot when this is complete');
    expect(lines.join('\n')).toMatch(
      /^ {2}█{15}░{9} {3}61% {2}30\.5 MB of 50 MB +3 MB\/s +7s left {2}trixie amd64 text$/m,
    );
    const ascii = texts({ ...FETCHING, rows: [ROW] }, { ...WIDE, columns: 100, isUnicode: false });
    expect(ascii.join('\n')).toContain('  ###############---------   61%');
  });

  it('shows no bars once the images are stored and served', () => {
    const fetch = { ...FETCHING.fetch, isStored: true };
    expect(texts({ fetch, rows: [ROW] })).toEqual(texts({}));
    expect(texts({ fetch, rows: [ROW], images: [] }).join('\n')).toContain('fetching, 61%');
  });

  it.each<[string, Partial<PanelState>, string]>([
    [
      "the source's step before the first image",
      FETCHING,
      'images  fetching, 61%: machines can boot when this is complete (apt: package lists)',
    ],
    [
      'how long a mirror has not answered',
      QUIET,
      'images  fetching, 61%: machines can boot when this is complete (mirror: waiting for m,',
    ],
    [
      'how long a download has made no progress',
      { ...QUIET, rows: [ROW] },
      'images  fetching, 61%: machines can boot when this is complete (41 s without progress)',
    ],
    [
      'newer images, while others are served',
      { fetch: FETCHING.fetch, rows: [ROW] },
      'images  fetching newer ones, 61%',
    ],
    [
      'why a fetch failed, a hint, and the time of the next attempt',
      {
        images: [],
        fetch: {
          state: 'failed',
          reason: 'cannot connect to m:80',
          hint: 'check the proxy',
          retryAt: NOW + 44_100,
        },
      },
      'images  cannot connect to m:80; check the proxy; trying again in 45 s',
    ],
    [
      'another process that fetches images',
      { images: [], fetch: { state: 'elsewhere', reason: 'busy', retryAt: NOW } },
      'images  another process is fetching them',
    ],
    ['that there are no images', { images: [] }, 'images  none yet'],
    [
      'a problem with this host',
      { problems: ['the disk is full. Free some space.'] },
      'doctor  the disk is full. Free some space.',
    ],
    [
      'another daemon',
      { otherDaemon: 'another daemon holds state.lock' },
      'history another daemon holds state.lock',
    ],
    ['an obstacle', { obstacle: 'port 69 is not served' }, '        port 69 is not served'],
    [
      'that the daemon is stopping',
      { stopping: 'stopping: waiting for 2 transfers; press Ctrl-C again to stop immediately' },
      'stopping: waiting for 2 transfers; press Ctrl-C again to stop immediately',
    ],
  ])('shows %s', (_what, state, line) => {
    expect(texts(state)).toContain(line);
  });

  it('has a line for each boot: time, machine, firmware, stage and duration', () => {
    const stage = { name: 'menu', path: '/pxelinux.cfg/default', transport: 'tftp' } as const;
    const stages = [
      { ...stage, startedAt: 0, endedAt: 0, result: 'delivered', fetches: 1 },
    ] as const;
    const done = boot({ outcome: 'installer', arch: 'amd64', stages });
    expect(texts({ boots: [boot({ stages }), done] }).slice(-2)).toEqual([
      '14:02:26  52:54:00:12:34:56 BIOS        menu                  4 s',
      '14:02:26  52:54:00:12:34:56 BIOS amd64  installer             3.0 s',
    ]);
    expect(tones({ boots: [boot(), done] }).slice(-2)).toEqual([undefined, 'good']);
  });

  it('puts the outcome of a boot below its machine in a narrow terminal', () => {
    const view = { ...WIDE, columns: 40 };
    expect(texts({ boots: [boot({ outcome: 'failed' })] }, view).slice(-4, -2)).toEqual([
      '14:02:26  52:54:00:12:34:56 BIOS',
      '        failed: no file       3.0 s',
    ]);
  });

  it('explains a boot that stopped at the menu', () => {
    const times = { startedAt: 0, endedAt: 0, result: 'delivered', fetches: 1 } as const;
    const stage = { name: 'menu', path: '/menu', transport: 'tftp', ...times } as const;
    expect(texts({ boots: [boot({ outcome: 'menu', stages: [stage] })] }).slice(-3)).toEqual([
      '14:02:26  52:54:00:12:34:56 BIOS        menu                  3.0 s',
      '        has the menu but has not loaded an entry: it is waiting for a choice, or has',
      '        booted its local disk',
    ]);
  });

  it('wraps the explanation of a failed boot between words', () => {
    const diagnosis = {
      rule: 'images-not-ready',
      cause: 'the machine booted while the images were still being fetched',
      fix: 'Start it again later.',
    };
    const boots = [boot({ outcome: 'failed', diagnosis })];
    expect(texts({ boots }).slice(-3)).toEqual([
      '14:02:26  52:54:00:12:34:56 BIOS        failed: no file       3.0 s',
      '        the machine booted while the images were still being fetched. Start it again',
      '        later.',
    ]);
    expect(tones({ boots }).slice(-3)).toEqual(['bad', 'bad', 'bad']);
  });

  it.each([
    [20, 5],
    [40, 12],
    [60, 3],
    [1, 1],
    [200, 100],
  ])('fits a terminal of %i columns and %i rows, and keeps the last boots', (columns, rows) => {
    const boots = Array.from({ length: 30 }, (_, id) =>
      boot({ id, mac: `52:54:00:00:00:${id + 10}` }),
    );
    const lines = texts({ ...FETCHING, rows: [ROW], boots }, { columns, rows, isUnicode: true });
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    for (const line of lines) {
      expect(line.length).toBeLessThan(Math.max(2, columns));
    }
    if (columns >= 40) {
      expect(lines.slice(-2).join('\n')).toContain('52:54:00:00:00:39');
      expect(lines.at(-1)).toContain('nothing');
    }
  });

  it('escapes texts before cutting them off, and keeps each on its line', () => {
    const reason = `http://ada:secret${'x'.repeat(80)}@m/ \u001B[2J\n\tfaked \u202E`;
    const fetch = { state: 'failed', reason, retryAt: NOW } as const;
    const lines = texts({ fetch, images: [], network: ['a\rb', '\u{1F600}'.repeat(60)] });
    expect(lines).toContain(
      String.raw`images  http://***@m/ \u{1b}[2J\u{a}\u{9}faked \u{202e}; trying again in 0 s`,
    );
    expect(lines).toContain(String.raw`DHCP    a\u{d}b`);
    expect(lines).toContain(`        ${'\u{1F600}'.repeat(40)}`);
  });

  it('leaves out blank lines, then DHCP, then addresses, as the terminal loses rows', () => {
    const boots = [boot()];
    const shown = [13, 11, 9, 7, 4, 2].map((rows) =>
      texts({ boots }, { ...WIDE, rows }).map((line) => line.split(' ')[0]),
    );
    expect(shown).toEqual([
      ['', 'pxeboot', '', '', '', 'ready', '', 'DHCP', '', '', '', '14:02:26'],
      ['pxeboot', '', '', 'ready', 'DHCP', '', '', '14:02:26'],
      ['pxeboot', '', '', 'ready', 'DHCP', '', '', '14:02:26'],
      ['pxeboot', '', '', 'ready', '14:02:26'],
      ['ready', '14:02:26'],
      ['14:02:26'],
    ]);
  });
});
