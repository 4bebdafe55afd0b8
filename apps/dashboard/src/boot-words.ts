import { type BootStep, type BootSummary, type Machine } from './api/types.js';
import { type MachineIds } from './machine-host.js';

export type Outcome = BootSummary['outcome'];

/** Outcomes in the order in which filters list them, with their display names. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  booting: 'booting',
  installer: 'installer',
  local: 'local disk',
  menu: 'menu or disk',
  failed: 'failed',
};

const FIRMWARE = { bios: 'BIOS', uefi: 'UEFI', ipxe: 'iPXE', 'u-boot': 'U-Boot' } as const;

/** Steps of a boot and of an installation, from the first to the last, with their display names. */
export const STEPS: Readonly<Record<BootStep['name'], string>> = {
  loader: 'Boot loader',
  core: 'Loader core',
  menu: 'Menu',
  kernel: 'Kernel',
  initrd: 'Initrd',
  preseed: 'Preseed',
  early: 'Installer started',
  late: 'Installer ending',
  installed: 'Installed',
};

/** Names of the steps of every boot, up to the start of the installer. */
export const BOOT_STEPS: readonly string[] = Object.values(STEPS).slice(0, 5);

/** Returns the firmware and the architecture, as in `UEFI arm64`. */
export function firmwareText({ firmware, arch }: Pick<BootSummary, 'firmware' | 'arch'>): string {
  return firmware === undefined ? 'unknown' : [FIRMWARE[firmware], arch].filter(Boolean).join(' ');
}

/** Returns the best name of a machine: MAC address, UUID or IP address. */
export function machineOf({ mac, uuid, address }: BootSummary): string {
  return mac ?? uuid ?? address;
}

/** Returns the identifiers of the machine that booted. */
export function idsOf({ mac, uuid, address }: BootSummary): MachineIds {
  return { mac, uuid, addresses: [address] };
}

/** Returns the number of {@link BOOT_STEPS} that a boot has reached. */
export function stepsReached({ reached }: BootSummary): number {
  const names: readonly string[] = Object.keys(STEPS);
  return reached === 'installer'
    ? BOOT_STEPS.length
    : Math.min(names.indexOf(reached) + 1, BOOT_STEPS.length);
}

/** Returns all text that a search of boots covers. */
export function searchText(boot: BootSummary, hostName?: string): string {
  const { mac, uuid, address, sentence, rule } = boot;
  return [hostName, mac, uuid, address, firmwareText(boot), sentence, rule].join(' ').toLowerCase();
}

/** Returns all text that a search of machines covers. */
export function machineSearchText(machine: Machine, hostName: string | undefined): string {
  return [machine.uuid, ...machine.addresses, searchText(machine.lastBoot, hostName), machine.mac]
    .join(' ')
    .toLowerCase();
}
