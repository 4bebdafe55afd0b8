import { describe, expect, it } from 'vitest';

import { bootSentence } from '../src/machines/boot-text.js';
import { RULES } from '../src/machines/diagnosis/diagnose.js';
import { type Sighting } from '../src/machines/sighting.js';
import { lastStates, play, rulesOf, trace, traceNames } from './support/traces.js';

/** Boot that is almost the recorded one, and in which the rule must stay silent. */
type NearMiss = (recorded: readonly Sighting[]) => readonly Sighting[];

interface RecordedFault {
  /** Name of the trace in traces/faults/. */
  readonly trace: string;
  readonly rule: string;
  readonly nearMiss: NearMiss;
}

/** Returns a change to a boot that gives each request this path. */
function named(path: string): NearMiss {
  return (recorded) => recorded.map((sighting) => ({ ...sighting, path }));
}

/** Returns a change to a boot that gives the requests for one file other properties. */
function changed(file: RegExp, facts: Partial<Sighting>): NearMiss {
  return (recorded) =>
    recorded.map((sighting) => (file.test(sighting.path) ? { ...sighting, ...facts } : sighting));
}

/**
 * Returns a change to a boot that continues it like a healthy one, from the step after the last one reached.
 */
function goesOn(healthy: string, after: RegExp): NearMiss {
  return (recorded) => {
    const rest = trace(healthy);
    const next = rest.findLastIndex(({ path }) => after.test(path)) + 1;
    const delay = lastOf(recorded).at - (rest[next]?.at ?? 0) + 200;
    return [...recorded, ...rest.slice(next).map((one) => ({ ...one, at: one.at + delay }))];
  };
}

function lastOf(recorded: readonly Sighting[]): Sighting {
  const last = recorded.at(-1);
  if (last === undefined) {
    throw new Error('an empty trace');
  }
  return last;
}

const LOADER = /\/(?:lpxelinux\.0|bootnetx64\.efi)$/;
const KERNEL = /\/linux$/;

const FAULTS: readonly RecordedFault[] = [
  { trace: 'undionly', rule: 'ipxe-bios-loader', nearMiss: named('/undionly.txt') },
  { trace: 'ipxe-efi', rule: 'ipxe-efi-loader', nearMiss: named('/ipxe.cfg') },
  { trace: 'snponly', rule: 'ipxe-efi-loader', nearMiss: named('/autoexec.ipxe') },
  { trace: 'bootx64', rule: 'removable-media-loader', nearMiss: named('/EFI/BOOT/BOOTX64.CSV') },
  { trace: 'wdsnbp', rule: 'windows-loader-bios', nearMiss: named('/boot/x64/wdsnbp.log') },
  { trace: 'bootmgfw', rule: 'windows-loader-efi', nearMiss: named('/boot/x64/bootmgfw.efi.mui') },
  { trace: 'grub-signed', rule: 'grub-without-shim', nearMiss: named('/grub.cfg') },
  // Without Secure Boot, GRUB starts.
  {
    trace: 'grub-first',
    rule: 'grub-without-shim',
    nearMiss: goesOn('uefi-secure-boot', /\/grubx64\.efi$/),
  },
  { trace: 'other-path', rule: 'directory-before-loader', nearMiss: named('/lpxelinux.0') },
  { trace: 'upper-case', rule: 'wrong-case', nearMiss: named('/LPXELINUX.CFG') },
  { trace: 'quotes', rule: 'quoted-file-name', nearMiss: named('/"menu";') },
  {
    trace: 'url',
    rule: 'url-as-file-name',
    nearMiss: changed(/^\/http/, { transport: 'http' }),
  },
  {
    trace: 'old-path',
    rule: 'replaced-image',
    nearMiss: named('/debian/trixie/20250803/amd64/text/linux.old'),
  },
  {
    trace: 'outside',
    rule: 'outside-allow-list',
    // The machine's second address is on the allow list.
    nearMiss: goesOn('bios', /^$/),
  },
  { trace: 'no-images', rule: 'images-not-ready', nearMiss: changed(/./, { reason: undefined }) },
  {
    trace: 'http-bookworm@bookworm',
    rule: 'http-boot-needs-newer-grub',
    nearMiss: changed(/\.efi$/, { result: 'notFound', reason: undefined }),
  },
  {
    trace: 'tftp-preseed',
    rule: 'preseed-by-tftp',
    nearMiss: changed(/^\/preseed\//, { transport: 'http' }),
  },
  // The same loader for the firmware that it was made for.
  {
    trace: 'bios-loader',
    rule: 'bios-loader-on-uefi',
    nearMiss: changed(LOADER, { blksize: 1432, windowsize: 1 }),
  },
  {
    trace: 'uefi-loader',
    rule: 'uefi-loader-on-bios',
    nearMiss: changed(LOADER, { blksize: 1468, windowsize: 4 }),
  },
  {
    trace: 'uefi-loader-loop',
    rule: 'uefi-loader-on-bios',
    nearMiss: goesOn('uefi-secure-boot', LOADER),
  },
  {
    trace: 'other-keys',
    rule: 'stopped-after-loader',
    nearMiss: goesOn('uefi-secure-boot', LOADER),
  },
  { trace: 'option-210', rule: 'stopped-after-loader', nearMiss: goesOn('bios', LOADER) },
  {
    trace: 'revoked-grub',
    rule: 'shim-refused-grub',
    // Someone enrols a key, and GRUB starts.
    nearMiss: goesOn('uefi-secure-boot', /\/grubx64\.efi$/),
  },
  {
    trace: 'revoked-grub-unseen',
    rule: 'no-menu',
    nearMiss: goesOn('uefi-secure-boot', /\/grubx64\.efi$/),
  },
  { trace: 'tampered-kernel', rule: 'no-initrd', nearMiss: goesOn('uefi-secure-boot', KERNEL) },
  {
    trace: 'loop',
    rule: 'loader-loop',
    // Firmware that lost a transfer asks again.
    nearMiss: (recorded) => recorded.filter(({ path }) => LOADER.test(path)).slice(0, 3),
  },
  { trace: 'option-209', rule: 'no-menu', nearMiss: goesOn('bios', /\/ldlinux\.c32$/) },
  {
    trace: 'no-replies',
    rule: 'silent-after-first-block',
    nearMiss: changed(LOADER, { bytes: 2 * 1432 }),
  },
  {
    trace: 'cut-loader',
    rule: 'stopped-within-loader',
    nearMiss: goesOn('uefi-secure-boot', /^$/),
  },
  { trace: 'cut-kernel', rule: 'stopped-within-kernel', nearMiss: goesOn('bios', /splash/) },
  { trace: 'cut-initrd', rule: 'stopped-within-initrd', nearMiss: goesOn('bios', KERNEL) },
  { trace: 'stale', rule: 'stale-image', nearMiss: changed(KERNEL, { isStale: false }) },
  { trace: 'raspberry-pi-3', rule: 'raspberry-pi', nearMiss: named('/bootcode.bin.sig') },
  // Another client asks for files of the same names.
  { trace: 'raspberry-pi-4', rule: 'raspberry-pi', nearMiss: named('/config.txt') },
  { trace: 'raspberry-pi-5', rule: 'raspberry-pi', nearMiss: named('/images/boot.img') },
];

describe('faults that real firmware ran into', () => {
  it.each(FAULTS.map(({ trace: name, rule }) => [rule, name]))('finds %s in %s', (rule, name) => {
    const states = play(trace(`faults/${name}`));
    expect(rulesOf(states)).toEqual([rule]);
    const found = lastStates(states).find(({ diagnosis }) => diagnosis?.rule === rule);
    expect(found?.outcome).toBe(rule === 'stale-image' ? 'installer' : 'failed');
    expect(bootSentence(found!)).toMatch(/^\S.+[^.]\. [A-Z].+\.$/);
    expect(found?.diagnosis?.evidence?.length).toBeGreaterThan(0);
  });

  it.each(FAULTS.map(({ trace: name, rule, nearMiss }) => [rule, name, nearMiss] as const))(
    'does not find %s in a boot that is almost %s',
    (rule, name, nearMiss) => {
      const last = lastStates(play(nearMiss(trace(`faults/${name}`))));
      expect(last.map(({ diagnosis }) => diagnosis?.rule)).not.toContain(rule);
    },
  );

  it('are recorded for every rule', () => {
    const recorded = new Set(FAULTS.map(({ rule }) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !recorded.has(name))).toEqual([]);
  });

  it('include every recorded trace', () => {
    expect(FAULTS.map(({ trace: name }) => `faults/${name}`).toSorted()).toEqual(
      traceNames('faults/').toSorted(),
    );
  });
});
