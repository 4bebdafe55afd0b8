import { describe, expect, it } from 'vitest';

import { parseCommandLine, usage } from './command-line.js';
import { scenarios } from './scenario/scenarios.js';

const defaults = { store: '/repository/.pxeboot', server: '/repository/dist/main.cjs' };
const parse = (...argv: string[]) => parseCommandLine(argv, scenarios, defaults);

describe('parseCommandLine', () => {
  it('accepts a scenario and fills in the defaults', () => {
    expect(parse('bios')).toMatchObject({
      kind: 'run',
      runs: [{ scenario: { name: 'bios' }, content: 'all' }],
      repeat: 1,
      keep: false,
      ...defaults,
    });
  });

  it('accepts every option', () => {
    const argv =
      '--repeat 3 --jobs 2 --store /s --mirror http://m --server /m.js --round-trip 5 --patience 3 --keep'.split(
        ' ',
      );
    expect(parse('bios', ...argv)).toMatchObject({
      repeat: 3,
      jobs: 2,
      store: '/s',
      server: '/m.js',
      mirror: 'http://m',
      roundTripMs: 5,
      patience: 3,
      keep: true,
    });
  });

  it('runs a scenario against one release, or against all', () => {
    expect(parse('bios@bookworm', 'uefi-rollover')).toMatchObject({
      runs: [
        { scenario: { name: 'bios' }, content: 'bookworm' },
        { scenario: { name: 'uefi-rollover' }, content: 'bookworm' },
      ],
    });
    const healthy = scenarios.filter(({ isFault = false }) => !isFault);
    const boots = healthy.reduce((total, { stores }) => total + stores.length, 0);
    expect(parse('all')).toMatchObject({ runs: { length: boots } });
  });

  it('runs every fault once, and only when asked to', () => {
    const command = parse('faults', '--record', '/r');
    const runs = command.kind === 'run' ? command.runs : [];
    expect(command).toMatchObject({ record: '/r' });
    expect(runs.length).toBeGreaterThan(30);
    expect(runs.every(({ scenario }) => scenario.isFault === true)).toBe(true);
    expect(runs.find(({ scenario }) => scenario.name === 'fault-http-bookworm')).toMatchObject({
      content: 'bookworm',
    });
  });

  it.each([
    [
      'armed',
      ['bios-armed', 'uefi-armed', 'ipxe-armed', 'uefi-http-armed', 'bios-unreported'].map(
        (name) => `${name}@all`,
      ),
    ],
    [
      'dhcp',
      [
        ...['bios-proxy', 'ipxe-proxy', 'uefi-proxy', 'uefi-http-proxy', 'arm64-proxy'],
        ...['ipxe-dnsmasq-proxy', 'uefi-dnsmasq-proxy', 'uefi-http-dnsmasq-proxy'],
        ...['bios-isc', 'ipxe-isc', 'uefi-isc', 'bios-kea', 'ipxe-kea', 'uefi-kea'],
        ...['uefi-ipv6', 'uefi-ipv6-kea', 'uefi-http-ipv6'],
      ].map((name) => `${name}@all`),
    ],
    [
      'firmware',
      ['http', 'tftp'].flatMap((transport) =>
        ['trixie', 'bookworm'].map((suite) => `firmware-${transport}@${suite}`),
      ),
    ],
    ['memtest', ['bios', 'uefi', 'uefi-secure-boot'].map((name) => `${name}-memtest@trixie`)],
    [
      'entries',
      ['kernel', 'loader'].flatMap((kind) =>
        ['bios', 'uefi', 'ipxe'].map((name) => `${name}-${kind}-entry@trixie`),
      ),
    ],
  ])('runs the group %s', (word, names) => {
    const command = parse(word);
    const runs = command.kind === 'run' ? command.runs : [];
    expect(runs.map(({ scenario, content }) => `${scenario.name}@${content}`)).toEqual(names);
  });

  it.each([
    [[], 'name a scenario'],
    [['biso'], 'no scenario biso; there are: bios'],
    [['uefi-http@bookworm'], 'no store bookworm for uefi-http; there are: all, trixie'],
    [['bios', '--jobs', '0'], '--jobs takes a number from 1, not 0'],
    [['bios', '--repeat', '0'], '--repeat takes a number from 1, not 0'],
    [['bios', '--repeat', 'x'], '--repeat takes a number from 1, not x'],
    [['bios', '--round-trip', '-1'], '--round-trip'],
    [['bios', '--speed'], "Unknown option '--speed'"],
  ])('refuses %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(
      expect.objectContaining({
        code: 'ERR_LAB_USAGE',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('names every scenario in its help', () => {
    expect(parse('--help')).toEqual({ kind: 'help' });
    const text = usage(scenarios, defaults);
    for (const { name, summary } of scenarios) {
      expect(text).toContain(`${name.padEnd(18)} ${summary}`);
    }
  });
});
