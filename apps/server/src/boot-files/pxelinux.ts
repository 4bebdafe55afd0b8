import { type GenerationManifest } from '@pxe/debian-netboot';
import { ARCHES, archFacts } from '@pxe/debian-netboot/catalog';
import { type PathResolver, renderSyslinux } from '@pxe/syslinux-menu';

import { type MemoryContent, textContent } from '../content/content.js';
import { MENU_PLAN } from '../hosts/boot-plan.js';
import { PXELINUX } from '../menu/own-items.js';
import { plannedMenu } from '../menu/planned-menu.js';
import { type BootFileSettings, type ClientClass, findingsOf, menuFor } from './settings.js';

/** Menu program, which draws at 640x480. */
const UI_MODULE = 'vesamenu.c32';

const BIOS_ARCHES = ARCHES.filter((arch) => archFacts(arch).hasBios);

/**
 * Renders the PXELINUX configuration for a class of clients. Kernels and initrds are URLs for lpxelinux.0,
 * and TFTP paths for pxelinux.0, which cannot load URLs. Boot programs are TFTP paths for both: lpxelinux.0
 * 6.04 hangs after loading a boot program over HTTP.
 */
export function pxelinuxConfig(
  { origin, loader, plan = MENU_PLAN }: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
): MemoryContent {
  const resolve: PathResolver = (path, role) =>
    loader === 'pxelinux' || role === 'program' ? path.replace(/^\//, '::') : `${origin}${path}`;
  const menu = plannedMenu(
    manifest.targets,
    BIOS_ARCHES,
    menuFor('syslinux', PXELINUX, manifest, settings),
    plan,
    origin,
  );
  const findings = findingsOf('syslinux', settings);
  return textContent(renderSyslinux(menu, { ui: UI_MODULE, resolve, ...findings }));
}
