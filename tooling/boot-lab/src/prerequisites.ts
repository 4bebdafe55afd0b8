import { checkHost, type HostRequirement } from '@pxe/lab-host';

import { type Scenario } from './scenario/scenario.js';

const NETWORK_PROGRAMS: readonly HostRequirement[] = [
  { what: 'ip', packages: ['iproute2'] },
  { what: 'dnsmasq', packages: ['dnsmasq-base'] },
  { what: 'tcpdump', packages: ['tcpdump'] },
  { what: 'tshark', packages: ['tshark'] },
];

const INSTALLATION_PROGRAMS: readonly HostRequirement[] = [
  { what: 'busybox', packages: ['busybox'] },
  { what: 'dpkg-deb', packages: ['dpkg'] },
  { what: 'sfdisk', packages: ['fdisk'] },
  ...['mformat', 'mtype'].map((what) => ({ what, packages: ['mtools'] })),
  { what: 'grub-mkimage', packages: ['grub-common'] },
  { what: '/usr/lib/grub/i386-pc/boot.img', packages: ['grub-pc-bin'] },
];

const DISK_PROGRAMS: readonly HostRequirement[] = [
  { what: 'sfdisk', packages: ['fdisk'] },
  ...['mformat', 'mmd', 'mcopy'].map((what) => ({ what, packages: ['mtools'] })),
];

/**
 * Checks that this host can run these scenarios.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` naming everything that is missing, and the command that
 *   installs it
 */
export async function checkPrerequisites(scenarios: readonly Scenario[]): Promise<void> {
  const machines = scenarios.flatMap(
    ({ firmware: { emulator, flash, uBoot, screenFont, packages } }) =>
      [emulator, flash?.codeFile, flash?.variablesFile, uBoot?.programFile, screenFont]
        .filter((what) => what !== undefined)
        .map((what) => ({ what, packages })),
  );
  const disks = scenarios.some(({ disk }) => disk === 'uefi') ? DISK_PROGRAMS : [];
  const installation = scenarios.some(({ installs }) => installs) ? INSTALLATION_PROGRAMS : [];
  const watched = scenarios.some(({ watchesDashboard }) => watchesDashboard);
  const browser = watched ? ['chromium', 'curl'].map((what) => ({ what, packages: [what] })) : [];
  await checkHost('the boot lab', [
    ...NETWORK_PROGRAMS,
    ...machines,
    ...disks,
    ...installation,
    ...browser,
  ]);
}
