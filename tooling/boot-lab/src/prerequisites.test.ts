import { describe, expect, it } from 'vitest';

import { requirementsOf } from './prerequisites.js';
import { scenarios } from './scenario/scenarios.js';

function programsFor(name: string): readonly string[] {
  const wanted = scenarios.filter((scenario) => scenario.name === name);
  return requirementsOf(wanted).map(({ what }) => what);
}

describe('requirementsOf', () => {
  it.each([
    ['uefi-local-disk', 'mcopy'],
    ['bios-armed', 'grub-mkimage'],
    ['dashboard', 'chromium'],
    ['bios-unreported', 'nft'],
    ['bios-kernel-entry', 'busybox'],
    ['fault-cut-kernel', 'nft'],
    ['fault-undionly', 'curl'],
  ])('for %s includes %s', (name, program) => {
    expect(programsFor(name)).toContain(program);
  });

  it('includes nothing else', () => {
    expect(programsFor('bios')).toEqual([
      ...['ip', 'dnsmasq', 'tcpdump', 'tshark'],
      'qemu-system-x86_64',
    ]);
  });
});
