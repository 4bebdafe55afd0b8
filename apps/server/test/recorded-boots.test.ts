import { describe, expect, it } from 'vitest';

import { stageOf } from '../src/machines/boot.js';
import { type Sighting } from '../src/machines/sighting.js';
import { lastStates, play, rulesOf, trace, traceNames } from './support/traces.js';

/** End of the names of scenarios in which nobody presses a key, and the machine's own disk boots. */
const LOCAL_DISK = '-local-disk';

function macOf(machine: number): string {
  const octets = [machine >> 8, machine & 255];
  return `02:00:00:00:${octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`;
}

describe('boots recorded with real firmware', () => {
  it.each(traceNames(''))(
    'finds one boot, and nothing wrong at any time, in the trace of %s',
    (name) => {
      const states = play(trace(name));
      expect(lastStates(states)).toMatchObject([
        { id: 1, outcome: name.endsWith(LOCAL_DISK) ? 'menu' : 'installer', proven: true },
      ]);
      expect(rulesOf(states)).toEqual([]);
      expect(states.map(({ outcome }) => outcome)).not.toContain('failed');
    },
  );

  it.each([
    ['bios', 'bios', 'amd64'],
    ['bios-e1000', 'bios', 'amd64'],
    ['bios-pxelinux0', 'bios', 'amd64'],
    ['uefi-secure-boot', 'uefi', 'amd64'],
    ['uefi-http', 'uefi', 'amd64'],
    ['uefi-ia32', 'uefi', 'i386'],
    ['arm64', 'uefi', 'arm64'],
    ['u-boot', 'u-boot', 'arm64'],
    ['ipxe', 'ipxe', 'amd64'],
    ['ipxe-uefi', 'ipxe', 'amd64'],
  ] as const)('learns what the machine of %s is', (name, firmware, arch) => {
    const [boot] = lastStates(play(trace(name)));
    expect(boot).toMatchObject({ firmware, arch, mac: '52:54:00:12:34:56' });
    expect(stageOf(boot!, 'initrd')?.bytes).toBeGreaterThan(30_000_000);
  });

  it('distinguishes 500 machines that boot at once', () => {
    const names = ['bios', 'uefi-secure-boot', 'uefi-http', 'ipxe', 'bios-e1000'];
    const all: Sighting[] = [];
    for (let machine = 0; machine < 500; machine++) {
      const address = `10.78.${machine >> 8}.${machine & 255}`;
      const requests = trace(names[machine % names.length]!, { address, mac: macOf(machine) });
      all.push(...requests.map((sighting) => ({ ...sighting, at: sighting.at + machine * 3 })));
    }
    const states = play(all);
    const boots = lastStates(states);
    expect(boots).toHaveLength(500);
    expect(boots.every(({ outcome }) => outcome === 'installer')).toBe(true);
    expect(rulesOf(states)).toEqual([]);
  });

  it('of two machines behind one address are counted separately', () => {
    const boots = lastStates(
      play([...trace('bios'), ...trace('uefi-secure-boot', { mac: macOf(1) })]),
    );
    expect(boots.map(({ firmware, outcome }) => [firmware, outcome]).toSorted()).toEqual([
      ['bios', 'installer'],
      ['uefi', 'installer'],
    ]);
  });
});
