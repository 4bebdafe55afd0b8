import { type Arch, type GenerationManifest } from '@pxe/debian-netboot';
import { type PathResolver } from '@pxe/syslinux-menu';
import { renderIpxe } from '@pxe/syslinux-menu/ipxe';

import { type MemoryContent, textContent } from '../content/content.js';
import { MENU_PLAN } from '../hosts/boot-plan.js';
import { ipxePlatform } from '../menu/own-items.js';
import { plannedMenu } from '../menu/planned-menu.js';
import { efiLoadersOf, ipxeShimPath } from '../namespace/efi-loaders.js';
import {
  type BootFileSettings,
  type ClientClass,
  findingsOf,
  isImageFile,
  menuFor,
} from './settings.js';

/** Architectures that each build of iPXE (`${buildarch}`) can start. The BIOS build calls itself i386. */
export const IPXE_ARCHES: Readonly<Record<string, readonly Arch[]>> = {
  i386: ['amd64', 'i386'],
  x86_64: ['amd64'],
  arm64: ['arm64'],
};

/** Returns the path of the menu for one build of iPXE. */
export function ipxeMenuPath(buildArch: string): string {
  return `/ipxe/${buildArch}.ipxe`;
}

/**
 * Folder with the machine's identifiers, which iPXE fills in. The MAC address has hyphens, since iPXE would
 * encode colons. A missing UUID leaves an empty segment.
 */
const MACHINE_FOLDER = '/m/${netX/mac:hexhyp}/${uuid}';

/** Renders `menu.ipxe`, which chains to the menu for the running build. */
export function ipxeEntryScript({ origin }: ClientClass): MemoryContent {
  return textContent(`#!ipxe\nchain ${origin}${MACHINE_FOLDER}${ipxeMenuPath('${buildarch}')}\n`);
}

/**
 * Renders the menu as a script for iPXE, which loads everything over HTTP, from paths with the
 * machine's identifiers.
 */
export function ipxeMenu(
  { origin, plan = MENU_PLAN }: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
  arches: readonly Arch[],
): MemoryContent {
  const menu = plannedMenu(
    manifest.targets,
    arches,
    menuFor('iPXE', ipxePlatform(arches), manifest, settings),
    plan,
    origin,
  );
  // A UEFI build starts only kernels of its own architecture; the BIOS build has no shim.
  const [arch] = arches;
  const hasShim = arches.length === 1 && arch !== undefined && efiLoadersOf(manifest, arch);
  const shim = hasShim ? { shim: ipxeShimPath(arch) } : {};
  const resolve: PathResolver = (path, role) =>
    `${origin}${isImageFile(role) ? MACHINE_FOLDER : ''}${path}`;
  return textContent(renderIpxe(menu, { resolve, ...shim, ...findingsOf('iPXE', settings) }));
}
