import { archFacts, ARCHES, type GenerationManifest } from '@pxe/debian-netboot';
import { expectRendered, renderSyslinux, type PathResolver } from '@pxe/syslinux-menu';

import { textContent, type Content } from '../../content/content.js';
import { bootMenu } from '../../menu/boot-menu.js';
import type { BootClient } from '../boot-client.js';
import type { LoaderMemory } from '../loader-memory.js';
import { bootUrl, type GeneratedFileSettings } from './settings.js';

/** Draws the menu at 640x480. */
const UI_MODULE = 'vesamenu.c32';

const BIOS_ARCHES = ARCHES.filter((arch) => archFacts(arch).hasBios);

/**
 * `pxelinux.cfg/default` for one client: kernels and initrds are URLs for lpxelinux.0 and TFTP
 * paths for pxelinux.0, which cannot load URLs.
 */
export function pxelinuxConfig(
  client: BootClient,
  { targets }: GenerationManifest,
  settings: GeneratedFileSettings,
  loaders: LoaderMemory,
): Content {
  const isTftpOnly = loaders.loaderOf(client.address) === 'pxelinux';
  const url = bootUrl(client, settings);
  const resolve: PathResolver = (path) =>
    isTftpOnly ? path.replace(/^\//, '::') : `${url.origin}${path}`;
  const menu = bootMenu(targets, BIOS_ARCHES, settings.menu);
  return textContent(expectRendered(renderSyslinux(menu, { ui: UI_MODULE, resolve })));
}
