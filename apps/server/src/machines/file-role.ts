import { type Arch, ARCHES, archFacts } from '@pxe/debian-netboot/catalog';

import { machineConfigPath } from '../access/machine-identity.js';

/**
 * Steps of a boot, each marked by a file, from the first to the last. Those after `initrd` belong to an
 * unattended installation: the installer fetches its preseed and the scripts for its start and end, and
 * reports that it has finished.
 */
export const STAGES = [
  'loader',
  'core',
  'menu',
  'kernel',
  'initrd',
  'preseed',
  'early',
  'late',
  'installed',
] as const;

export type StageName = (typeof STAGES)[number];

/** Kind of firmware, or the program that replaced it. */
export type Firmware = 'bios' | 'uefi' | 'ipxe' | 'u-boot';

/** Facts about a machine that a requested file reveals. */
export interface FileRole {
  readonly stage: StageName;
  readonly firmware?: Firmware;
  readonly arch?: Arch;
}

const BIOS_LOADERS: ReadonlySet<string> = new Set(['/lpxelinux.0', '/pxelinux.0']);

const SHIMS: ReadonlyMap<string, Arch> = new Map(
  ARCHES.map((arch) => [archFacts(arch).shim, arch] as const),
);
const GRUBS: ReadonlyMap<string, Arch> = new Map(
  ARCHES.map((arch) => [archFacts(arch).grub, arch] as const),
);

const GRUB_CONFIG = /^\/debian-installer\/([a-z\d]+)\/grub\/grub\.cfg$/;
const IMAGE_FILE = /^\/debian\/[^/]+\/[^/]+\/([a-z\d]+)\/[^/]+\/(linux|initrd\.gz)$/;
const ENTRY_FILE = /^\/entries\/[^/]+\/[^/]+\/(kernel|initrd|loader)(?:-\d+|\.efi)?$/;

/** Returns the id of the extra entry that a file belongs to; undefined for other files. */
export function entryOf(path: string): string | undefined {
  return /^\/entries\/([^/]+)\//.exec(path)?.[1];
}

/** Paths that installers request, without their tokens, by the step that they mark. */
export const INSTALL_PATHS = {
  preseed: '/p/***/preseed.cfg',
  early: '/i/***/early',
  late: '/i/***/late',
  installed: '/i/***/done',
} as const satisfies Partial<Record<StageName, string>>;

/** Step that an installer reports. */
export type InstallStage = keyof typeof INSTALL_PATHS;

const INSTALL_STAGES: ReadonlyMap<string, InstallStage> = new Map(
  (['preseed', 'early', 'late', 'installed'] as const).map((stage) => [
    INSTALL_PATHS[stage],
    stage,
  ]),
);

/**
 * Returns the step that a file marks in a boot, with what the file reveals about the machine; undefined for
 * files that do not mark one, such as pictures, modules and the shim that iPXE loads before a kernel.
 *
 * @param path - normalised path
 */
export function fileRole(path: string): FileRole | undefined {
  if (BIOS_LOADERS.has(path)) {
    return { stage: 'loader', firmware: 'bios' };
  }
  if (path === '/ldlinux.c32') {
    return { stage: 'core', firmware: 'bios' };
  }
  if (path.startsWith('/pxelinux.cfg/')) {
    const isUBoot = path.startsWith('/pxelinux.cfg/default-arm');
    return { stage: 'menu', firmware: isUBoot ? 'u-boot' : 'bios' };
  }
  if (path === '/menu.ipxe') {
    return { stage: 'menu', firmware: 'ipxe' };
  }
  const grubArch = GRUB_CONFIG.exec(path)?.[1];
  if (grubArch !== undefined) {
    return { stage: 'menu', firmware: 'uefi', ...withArch(grubArch) };
  }
  const [, imageArch, file] = IMAGE_FILE.exec(path) ?? [];
  if (imageArch !== undefined) {
    return { stage: file === 'linux' ? 'kernel' : 'initrd', ...withArch(imageArch) };
  }
  const installStage = INSTALL_STAGES.get(path);
  if (installStage !== undefined) {
    return { stage: installStage };
  }
  const [, own] = ENTRY_FILE.exec(path) ?? [];
  if (own !== undefined) {
    return { stage: own === 'initrd' ? 'initrd' : 'kernel' };
  }
  if (path.startsWith('/ipxe/')) {
    return undefined;
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  const shimArch = SHIMS.get(name);
  if (shimArch !== undefined) {
    return { stage: 'loader', firmware: 'uefi', arch: shimArch };
  }
  const arch = GRUBS.get(name);
  return arch === undefined ? undefined : { stage: 'core', firmware: 'uefi', arch };
}

/** Returns true for a path that only an installer requests. */
export function isInstallPath(path: string): boolean {
  return INSTALL_STAGES.has(path);
}

/**
 * Returns true for a path of a menu that depends on the machine. GRUB and iPXE begin with a file that is the
 * same for all machines.
 *
 * @param path - normalised path, without the identifiers of the machine
 */
export function isMachineMenu(path: string): boolean {
  return (
    path.startsWith('/pxelinux.cfg/') ||
    path.startsWith('/ipxe/') ||
    ARCHES.some((arch) => path === machineConfigPath(arch))
  );
}

/** Maximum number of paths whose roles are cached. */
const MAX_KNOWN = 2048;
/** Maximum length of a path whose role is cached, in characters. */
const MAX_KNOWN_LENGTH = 256;
const knownRoles = new Map<string, FileRole | undefined>();

/** Returns the result of {@link fileRole}, from a cache if the path is known. */
export function knownFileRole(path: string): FileRole | undefined {
  const known = knownRoles.get(path);
  if (known !== undefined || knownRoles.has(path)) {
    return known;
  }
  const role = fileRole(path);
  if (path.length <= MAX_KNOWN_LENGTH) {
    if (knownRoles.size >= MAX_KNOWN) {
      knownRoles.clear();
    }
    knownRoles.set(path, role);
  }
  return role;
}

function withArch(text: string): { readonly arch?: Arch } {
  const arch = ARCHES.find((known) => known === text);
  return arch === undefined ? {} : { arch };
}
