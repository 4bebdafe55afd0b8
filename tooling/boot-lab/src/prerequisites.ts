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

/** Programs with which a stage asks the daemon for its diagnosis. */
const DIAGNOSIS_PROGRAMS: readonly HostRequirement[] = [{ what: 'curl', packages: ['curl'] }];

const FIREWALL_PROGRAMS: readonly HostRequirement[] = [{ what: 'nft', packages: ['nftables'] }];

/** Program in the initrd of an extra entry. */
const ENTRY_PROGRAMS: readonly HostRequirement[] = [{ what: 'busybox', packages: ['busybox'] }];

const DASHBOARD_PROGRAMS: readonly HostRequirement[] = ['chromium', 'curl'].map((what) => ({
  what,
  packages: [what],
}));

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
  await checkHost('the boot lab', requirementsOf(scenarios));
}

/** Returns the programs and files of the host that these scenarios use. */
export function requirementsOf(scenarios: readonly Scenario[]): readonly HostRequirement[] {
  const machines = scenarios.flatMap(
    ({ firmware: { emulator, flash, uBoot, screenFont, packages } }) =>
      [emulator, flash?.codeFile, flash?.variablesFile, uBoot?.programFile, screenFont]
        .filter((what) => what !== undefined)
        .map((what) => ({ what, packages })),
  );
  const ifAny = (
    isUsed: (scenario: Scenario) => boolean | undefined,
    programs: readonly HostRequirement[],
  ): readonly HostRequirement[] => (scenarios.some(isUsed) ? programs : []);
  return [
    ...NETWORK_PROGRAMS,
    ...machines,
    ...ifAny(({ disk }) => disk === 'uefi', DISK_PROGRAMS),
    ...ifAny(({ installs }) => installs, INSTALLATION_PROGRAMS),
    ...ifAny(({ fetches }) => fetches !== undefined, ENTRY_PROGRAMS),
    ...ifAny(
      ({ firewall, lostRequests }) => (firewall ?? lostRequests) !== undefined,
      FIREWALL_PROGRAMS,
    ),
    ...ifAny(({ isFault }) => isFault, DIAGNOSIS_PROGRAMS),
    ...ifAny(({ watchesDashboard }) => watchesDashboard, DASHBOARD_PROGRAMS),
  ];
}
