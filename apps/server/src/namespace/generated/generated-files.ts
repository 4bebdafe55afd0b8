import { ARCHES } from '@pxe/debian-netboot';

import type { Content } from '../../content/content.js';
import { SPLASH_PATH } from '../../menu/theme.js';
import type { GeneratedFile } from '../boot-namespace.js';
import { efiLoadersOf } from '../efi-loaders.js';
import type { LoaderMemory } from '../loader-memory.js';
import { grubConfig, grubConfigPath, grubTheme, grubThemePath } from './grub-config.js';
import { IPXE_ARCHES, ipxeEntryScript, ipxeMenu, ipxeMenuPath } from './ipxe-script.js';
import { pxelinuxConfig } from './pxelinux-config.js';
import type { GeneratedFileSettings } from './settings.js';

/** Every file that is made for the client that asks for it, by path. */
export function generatedFiles(
  settings: GeneratedFileSettings,
  loaders: LoaderMemory,
  splash: Content,
): ReadonlyMap<string, GeneratedFile> {
  const files = new Map<string, GeneratedFile>([
    [SPLASH_PATH, () => splash],
    [
      '/pxelinux.cfg/default',
      (client, { manifest }) => pxelinuxConfig(client, manifest, settings, loaders),
    ],
    ['/menu.ipxe', (client) => ipxeEntryScript(client, settings)],
  ]);
  for (const arch of ARCHES) {
    files.set(grubConfigPath(arch), (client, { manifest }) => {
      const efi = efiLoadersOf(manifest, arch);
      return efi && grubConfig(client, manifest, settings, efi);
    });
    files.set(grubThemePath(arch), (client, { manifest }) => {
      const efi = efiLoadersOf(manifest, arch);
      return efi && grubTheme(client, manifest, settings, efi);
    });
  }
  for (const [buildArch, arches] of Object.entries(IPXE_ARCHES)) {
    files.set(ipxeMenuPath(buildArch), (client, { manifest }) =>
      ipxeMenu(client, manifest, settings, arches),
    );
  }
  return files;
}
