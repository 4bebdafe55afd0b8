import { type Host, type Machine, type Menu } from './api/types.js';

/** Firmware whose menu can be shown, with the loader that it starts. */
export interface MenuPlatform {
  readonly title: string;
  readonly loader: Menu['loader'];
  readonly arch: Menu['arch'];
}

/** Platforms to choose from. The first one is assumed for a machine whose firmware is unknown. */
export const MENU_PLATFORMS: readonly [MenuPlatform, ...MenuPlatform[]] = [
  { title: 'BIOS: PXELINUX', loader: 'pxelinux', arch: 'amd64' },
  { title: 'UEFI amd64: GRUB', loader: 'grub', arch: 'amd64' },
  { title: 'UEFI arm64: GRUB', loader: 'grub', arch: 'arm64' },
  { title: 'UEFI i386: GRUB', loader: 'grub', arch: 'i386' },
  { title: 'iPXE for BIOS', loader: 'ipxe', arch: 'i386' },
  { title: 'iPXE for UEFI amd64', loader: 'ipxe', arch: 'amd64' },
  { title: 'iPXE for UEFI arm64', loader: 'ipxe', arch: 'arm64' },
  { title: 'U-Boot arm64', loader: 'u-boot', arch: 'arm64' },
];

const LOADERS = { bios: 'pxelinux', uefi: 'grub', ipxe: 'ipxe', 'u-boot': 'u-boot' } as const;

/** Returns the platform of a machine: that of its last boot. */
export function platformOf({
  firmware = 'bios',
  arch,
}: Pick<Machine, 'firmware' | 'arch'>): MenuPlatform {
  const loader = LOADERS[firmware];
  const own = MENU_PLATFORMS.filter((platform) => platform.loader === loader);
  return own.find((platform) => platform.arch === arch) ?? own[0] ?? MENU_PLATFORMS[0];
}

/**
 * Returns the MAC address of a named machine, if its name, its host or an earlier boot reveals it.
 */
export function macNamed(
  name: string,
  machines: readonly Machine[],
  hosts: readonly Host[],
): string | undefined {
  const wanted = name.toLowerCase();
  if (/^[\da-f]{2}(?:[:-][\da-f]{2}){5}$/.test(wanted)) {
    return wanted.replaceAll('-', ':');
  }
  const host = hosts.find((one) => one.name.toLowerCase() === wanted);
  return host?.match.mac ?? machineNamed(name, machines, hosts)?.mac;
}

/** Returns the machine with a name: that of its host, its MAC address, its UUID or one of its addresses. */
export function machineNamed(
  name: string,
  machines: readonly Machine[],
  hosts: readonly Host[],
): Machine | undefined {
  const wanted = name.toLowerCase();
  const match = hosts.find((host) => host.name.toLowerCase() === wanted)?.match;
  return machines.find(
    ({ mac, uuid, addresses }) =>
      [mac, uuid, ...addresses].includes(wanted) ||
      (match !== undefined &&
        ((match.mac !== undefined && match.mac === mac) ||
          (match.uuid !== undefined && match.uuid === uuid) ||
          (match.ip !== undefined && addresses.includes(match.ip)))),
  );
}
