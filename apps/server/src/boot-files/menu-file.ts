import { type Arch, archFacts } from '@pxe/debian-netboot/catalog';
import { type GenerationManifest } from '@pxe/debian-netboot/store';

import { type MemoryContent } from '../content/content.js';
import { efiLoadersOf } from '../namespace/efi-loaders.js';
import { grubConfig, grubMachineConfig } from './grub.js';
import { ipxeMenu } from './ipxe.js';
import { type MenuFileLoader } from './menu-loaders.js';
import { pxelinuxConfig } from './pxelinux.js';
import { type BootFileSettings, type ClientClass } from './settings.js';
import { uBootConfig } from './u-boot.js';

/**
 * Renders the file with the menu that a loader gets on a machine of this architecture; undefined if the store
 * has nothing for this loader on that architecture. iPXE for i386 is its BIOS build, which starts both PC
 * architectures.
 */
export function menuFile(
  loader: MenuFileLoader,
  arch: Arch,
  client: ClientClass,
  manifest: GenerationManifest,
  settings: BootFileSettings,
): MemoryContent | undefined {
  switch (loader) {
    case 'pxelinux':
      return archFacts(arch).hasBios ? pxelinuxConfig(client, manifest, settings) : undefined;
    case 'grub': {
      const loaders = efiLoadersOf(manifest, arch);
      const render = client.plan?.host === undefined ? grubConfig : grubMachineConfig;
      return loaders && render(client, manifest, settings, loaders);
    }
    case 'ipxe':
      return ipxeMenu(client, manifest, settings, arch === 'i386' ? ['amd64', 'i386'] : [arch]);
    case 'u-boot':
      return arch === 'arm64'
        ? uBootConfig(manifest, settings, client.plan, client.origin)
        : undefined;
  }
}
