import { type Generation } from '@pxe/debian-netboot';
import { ARCHES } from '@pxe/debian-netboot/catalog';

import { machineConfigPath } from '../access/machine-identity.js';
import { type Content, type MemoryContent } from '../content/content.js';
import { SPLASH_PATH } from '../menu/theme.js';
import { type GeneratedFile } from '../namespace/boot-namespace.js';
import { efiLoadersOf } from '../namespace/efi-loaders.js';
import { type LoaderMemory } from '../namespace/loader-memory.js';
import { U_BOOT_CONFIG_PATH } from '../namespace/u-boot-config-path.js';
import { FileCache } from './file-cache.js';
import { cacheable } from './fresh-tokens.js';
import { grubConfig, grubConfigPath, grubMachineConfig, grubTheme, grubThemePath } from './grub.js';
import { IPXE_ARCHES, ipxeEntryScript, ipxeMenu, ipxeMenuPath } from './ipxe.js';
import { pxelinuxConfig } from './pxelinux.js';
import { type BootFileSettings, clientClass, type ClientClass } from './settings.js';
import { uBootConfig } from './u-boot.js';

/** Renders a file for a class of clients; returns undefined if the generation does not have it. */
type Renderer = (
  client: ClientClass,
  generation: Generation,
  settings: BootFileSettings,
) => MemoryContent | undefined;

/** Generated files. */
export interface BootFiles {
  readonly files: ReadonlyMap<string, GeneratedFile>;
  /** Configuration that PXELINUX or U-Boot requests by the UUID or MAC address of the machine. */
  readonly ownConfig: GeneratedFile;
}

/**
 * Returns every generated file by path. Each is rendered once per class of clients, host, generation and
 * settings, and then cached.
 *
 * @param settingsInForce - returns the same object until the settings change
 */
export function bootFiles(
  settingsInForce: () => BootFileSettings,
  loaders: LoaderMemory,
  splash: Content,
): BootFiles {
  const kept = new FileCache();
  let keptOf: Generation | undefined;
  let keptWith: BootFileSettings | undefined;

  /**
   * Adds the cache to a renderer.
   *
   * @param loaderMatters - true if the file depends on the BIOS loader
   */
  const keeping = (path: string, render: Renderer, loaderMatters = false): GeneratedFile => {
    return (client, generation) => {
      const settings = settingsInForce();
      if (keptOf !== generation || keptWith !== settings) {
        kept.clear();
      }
      keptOf = generation;
      keptWith = settings;
      const asking = clientClass(client, settings, loaders);
      const loader = loaderMatters ? asking.loader : '';
      const shared = cacheable(asking, client.address);
      if (shared === undefined) {
        return render(asking, generation, settings);
      }
      const key = [path, asking.origin, loader, shared.key].join(' ');
      const file = kept.get(key) ?? render(shared.asking, generation, settings);
      if (file === undefined) {
        return undefined;
      }
      kept.set(key, file);
      return shared.fill(file);
    };
  };

  const files = new Map<string, GeneratedFile>([[SPLASH_PATH, () => splash]]);
  const put = (path: string, render: Renderer, loaderMatters?: boolean): void => {
    files.set(path, keeping(path, render, loaderMatters));
  };
  put(
    '/pxelinux.cfg/default',
    (client, { manifest }, settings) => pxelinuxConfig(client, manifest, settings),
    true,
  );
  put(U_BOOT_CONFIG_PATH, ({ plan, origin }, { manifest }, settings) =>
    uBootConfig(manifest, settings, plan, origin),
  );
  put('/menu.ipxe', (client) => ipxeEntryScript(client));
  for (const arch of ARCHES) {
    put(grubConfigPath(arch), (client, { manifest }, settings) => {
      const efi = efiLoadersOf(manifest, arch);
      return efi && grubConfig(client, manifest, settings, efi);
    });
    put(machineConfigPath(arch), (client, { manifest }, settings) => {
      const efi = efiLoadersOf(manifest, arch);
      return efi && grubMachineConfig(client, manifest, settings, efi);
    });
    put(grubThemePath(arch), (client, { manifest }, settings) => {
      const efi = efiLoadersOf(manifest, arch);
      return efi && grubTheme(client, manifest, settings, efi);
    });
  }
  for (const [buildArch, arches] of Object.entries(IPXE_ARCHES)) {
    put(ipxeMenuPath(buildArch), (client, { manifest }, settings) =>
      ipxeMenu(client, manifest, settings, arches),
    );
  }

  const ownPxelinux = keeping(
    'pxelinux',
    (client, { manifest }, settings) => pxelinuxConfig(client, manifest, settings),
    true,
  );
  const ownUBoot = keeping('u-boot', ({ plan, origin }, { manifest }, settings) =>
    uBootConfig(manifest, settings, plan, origin),
  );
  return {
    files,
    ownConfig(client, generation) {
      const { planOf } = settingsInForce();
      const { identity, address } = client;
      const plan = planOf?.({ ...identity, address });
      // The request by UUID comes first; the one by MAC address, which may match an earlier host, comes
      // later.
      const isFinal = identity?.mac !== undefined || plan?.matchedBy === 'uuid';
      if (plan?.host === undefined || !isFinal) {
        return undefined;
      }
      // Both loaders request these names, but a BIOS machine has fetched PXELINUX before that.
      const isUBoot =
        plan.arch === 'arm64' ||
        (plan.arch === undefined && hasArm64(generation) && !loaders.isBios(address));
      return isUBoot ? ownUBoot(client, generation) : ownPxelinux(client, generation);
    },
  };
}

function hasArm64({ manifest }: Generation): boolean {
  return manifest.targets.some(({ arch }) => arch === 'arm64');
}
