import { stripVTControlCharacters } from 'node:util';

import { type Arch, ARCHES, archFacts, NetbootError, parseArch } from '@pxe/debian-netboot/catalog';
import { type GenerationManifest } from '@pxe/debian-netboot/store';
import { formatDiagnostic, type Menu } from '@pxe/syslinux-menu';
import { paintAnsi, paintSvg, previewMenu } from '@pxe/syslinux-menu/preview';

import { type BootFileSettings, clientClass, menuFor } from '../../../boot-files/settings.js';
import { ownEntries } from '../../../config/own-entries.js';
import { type ServerConfig } from '../../../config/schema.js';
import { loadSplash, type MemoryContent } from '../../../content/content.js';
import { type BootPlan, MENU_PLAN, planOfHost, planOfUnknown } from '../../../hosts/boot-plan.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { grubPlatform, PXELINUX } from '../../../menu/own-items.js';
import { plannedMenu } from '../../../menu/planned-menu.js';
import { CommandError } from '../../terminal.js';
import { type MenuForm, type ShowOptions } from './show-options.js';

/** Menu of this server in one format, and its problems. */
export interface OwnMenu {
  readonly text: string;
  readonly warnings: ReadonlySet<string>;
}

/**
 * Returns the menu of this server, for the stored images.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_NO_GENERATION` when there are none, `ERR_NETBOOT_UNKNOWN_ARCH`
 * when the architecture is unknown
 * @throws {@link CommandError} when pxeboot.yaml has no such host, or the store has no such loader
 */
export async function ownMenu(
  config: Pick<
    ServerConfig,
    'dataDir' | 'advertise' | 'http' | 'menu' | 'kernelArgs' | 'hosts' | 'unknown'
  >,
  as: MenuForm,
  options: Pick<ShowOptions, 'arch' | 'address' | 'host'>,
): Promise<OwnMenu> {
  const arch = parseArch(options.arch);
  if (!arch.ok) {
    throw arch.error;
  }
  const store = await openDataDirectory(config.dataDir, { readOnly: true });
  const generation = await store.current();
  if (generation === undefined) {
    throw new NetbootError('ERR_NETBOOT_NO_GENERATION', 'the store has no images yet', {
      hint: 'run "pxeboot sync" first: the menu lists the stored images',
    });
  }
  const told = new Set<string>();
  const plan = planOf(config, options.host);
  const settings: BootFileSettings = {
    menu: { ...config.menu, kernelArgs: config.kernelArgs },
    entries: ownEntries(config.menu.entries),
    planOf: () => plan,
    advertise: config.advertise,
    httpAddresses: () => config.http.listen.map(({ port }) => ({ address: '::', port })),
    onMenuFinding: (loader, finding) => {
      if (finding.severity !== 'note') {
        told.add(`${loader}: ${formatDiagnostic(finding)}`);
      }
    },
  };
  const text = await menuAs(as, options.address, arch.value, generation.manifest, settings);
  return { text, warnings: told };
}

/** Returns the plan of a configured host, or the plan of unknown machines if no host is named. */
function planOf(
  { hosts = [], unknown }: Pick<ServerConfig, 'hosts' | 'unknown'>,
  name: string | undefined,
): BootPlan {
  if (name === undefined) {
    return planOfUnknown(unknown.boot);
  }
  const host = hosts.find((item) => item.name.toLowerCase() === name.toLowerCase());
  if (host === undefined) {
    throw new CommandError(`pxeboot.yaml has no host named ${name}`, undefined, {
      kind: 'notFound',
    });
  }
  return planOfHost(host);
}

async function menuAs(
  as: MenuForm,
  address: string,
  arch: Arch,
  manifest: GenerationManifest,
  settings: BootFileSettings,
): Promise<string> {
  const client = clientClass(
    { transport: 'http', address: '192.0.2.2', localAddress: address },
    settings,
    { loaderOf: () => 'lpxelinux' },
  );
  // The modules of one format take as long to load as the rest of the command.
  switch (as) {
    case 'grub': {
      const { menuFile } = await import('../../../boot-files/menu-file.js');
      const file = menuFile('grub', arch, client, manifest, settings);
      if (file === undefined) {
        throw new CommandError(`the store has no GRUB for ${arch}`, undefined, {
          kind: 'notFound',
        });
      }
      return textOf(file);
    }
    case 'ipxe': {
      const { ipxeMenu } = await import('../../../boot-files/ipxe.js');
      return textOf(ipxeMenu(client, manifest, settings, [arch]));
    }
    case 'syslinux': {
      const { pxelinuxConfig } = await import('../../../boot-files/pxelinux.js');
      return textOf(pxelinuxConfig(client, manifest, settings));
    }
    case 'ansi':
    case 'text':
    case 'svg':
      return picture(
        as,
        plannedMenu(
          manifest.targets,
          archesOf(arch),
          menuFor(
            'syslinux',
            archFacts(arch).hasBios ? PXELINUX : grubPlatform(arch),
            manifest,
            settings,
          ),
          client.plan ?? MENU_PLAN,
        ),
      );
  }
}

/** Returns the architectures that a machine can boot: a BIOS boots both PC architectures. */
function archesOf(arch: Arch): readonly Arch[] {
  return archFacts(arch).hasBios ? ARCHES.filter((other) => archFacts(other).hasBios) : [arch];
}

async function picture(as: 'ansi' | 'text' | 'svg', menu: Menu): Promise<string> {
  const seconds = menu.timeoutSeconds ?? 0;
  const grid = previewMenu(menu, seconds > 0 ? { seconds } : {});
  if (as === 'ansi') {
    return paintAnsi(grid);
  }
  if (as === 'text') {
    return stripVTControlCharacters(paintAnsi(grid));
  }
  const splash = Buffer.from((await loadSplash()).bytes).toString('base64');
  return paintSvg(grid, { backgroundUrl: `data:image/png;base64,${splash}` });
}

function textOf({ bytes }: MemoryContent): string {
  return new TextDecoder().decode(bytes);
}
