import { isIP } from 'node:net';

import { archFacts, ARCHES, type GenerationManifest } from '@pxe/debian-netboot';
import { expectRendered, renderSyslinux, type PathResolver } from '@pxe/syslinux-menu';

import { textContent, type Content } from '../content/content.js';
import { bootMenu, type MenuSettings } from '../menu/boot-menu.js';
import type { BootClient } from './boot-client.js';
import type { LoaderMemory } from './loader-memory.js';

export interface PxelinuxConfigOptions {
  readonly menu: MenuSettings;
  readonly loaders: LoaderMemory;
  /** `auto`, or the base URL that machines reach the boot HTTP port by. */
  readonly advertise: string;
  /** Port of the boot HTTP plane, used with `advertise: auto`. */
  readonly httpPort: () => number;
}

/** The modules' colours and the box; `vesamenu.c32` draws at 640x480. */
const UI_MODULE = 'vesamenu.c32';

const BIOS_ARCHES = ARCHES.filter((arch) => archFacts(arch).hasBios);

/**
 * `pxelinux.cfg/default` for one client: kernels and initrds are URLs for lpxelinux.0 and TFTP
 * paths for pxelinux.0, which cannot load URLs.
 */
export function pxelinuxConfig(
  client: BootClient,
  manifest: GenerationManifest,
  options: PxelinuxConfigOptions,
): Content {
  const isTftpOnly = options.loaders.loaderOf(client.address) === 'pxelinux';
  const base = httpBase(client, options);
  const menu = bootMenu(manifest.targets, BIOS_ARCHES, options.menu);
  const resolve: PathResolver = (path) =>
    isTftpOnly ? path.replace(/^\//, '::') : `${base}${path}`;
  return textContent(expectRendered(renderSyslinux(menu, { ui: UI_MODULE, resolve })));
}

function httpBase({ localAddress }: BootClient, options: PxelinuxConfigOptions): string {
  if (options.advertise !== 'auto') return options.advertise;
  const host = isIP(localAddress) === 6 ? `[${localAddress}]` : localAddress;
  return `http://${host}:${options.httpPort()}`;
}
