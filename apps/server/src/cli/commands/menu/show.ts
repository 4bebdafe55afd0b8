import { stripVTControlCharacters } from 'node:util';

import { type Command, Option } from 'commander';

import { type Arch, ARCHES, archFacts, NetbootError, parseArch } from '@pxe/debian-netboot/catalog';
import { type GenerationManifest } from '@pxe/debian-netboot/store';
import { formatDiagnostic, type Menu } from '@pxe/syslinux-menu';
import {
  convertMenuFile,
  type LoaderName,
  parseMenuFile,
  showMenuFile,
  walkMenu,
} from '@pxe/syslinux-menu/cli';
import { paintAnsi, paintSvg, previewMenu } from '@pxe/syslinux-menu/preview';

import { ipxeMenu } from '../../../boot-files/ipxe.js';
import { menuFile } from '../../../boot-files/menu-file.js';
import { pxelinuxConfig } from '../../../boot-files/pxelinux.js';
import { type BootFileSettings, clientClass, menuFor } from '../../../boot-files/settings.js';
import { ownEntries } from '../../../config/own-entries.js';
import { type ServerConfig } from '../../../config/schema.js';
import { loadSplash, type MemoryContent } from '../../../content/content.js';
import { type BootPlan, MENU_PLAN, planOfHost, planOfUnknown } from '../../../hosts/boot-plan.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { grubPlatform, PXELINUX } from '../../../menu/own-items.js';
import { plannedMenu } from '../../../menu/planned-menu.js';
import { createLoaderMemory } from '../../../namespace/loader-memory.js';
import { addConfigFlags, configOf } from '../../config-flags.js';
import { CommandError, type Terminal } from '../../terminal.js';
import { inputOf, loaderOption, withFileErrors } from './check.js';

const FORMS = ['syslinux', 'grub', 'ipxe', 'ansi', 'text', 'svg'] as const;

type Form = (typeof FORMS)[number];

interface ShowOptions {
  readonly as?: Form;
  readonly arch: string;
  readonly address: string;
  readonly host?: string;
  readonly root?: string;
  readonly loader?: LoaderName;
  readonly interactive?: boolean;
}

export function addShowCommand(menu: Command, terminal: Terminal): void {
  const { env, print, paint, screen, printError } = terminal;
  addConfigFlags(
    menu
      .command('show')
      .argument('[file]', "menu file to show instead of this server's menu")
      .description('print the boot menu: in the format of a boot loader, or as a picture')
      .addOption(
        new Option(
          '--as <form>',
          'format of a boot loader, or a picture: ansi (default on a terminal), text (default elsewhere) or svg',
        ).choices(FORMS),
      )
      .option('--root <dir>', 'with a file: root directory of the boot server')
      .addOption(loaderOption())
      .option('--interactive', 'with a file: navigate its menu in this terminal')
      .option('--host <name>', 'show the menu of this host in pxeboot.yaml')
      .option('--arch <arch>', `architecture of the machine: ${ARCHES.join(', ')}`, 'amd64')
      .option(
        '--address <ip>',
        'address of this server in URLs, if advertise is auto',
        '192.0.2.1',
      ),
    ['dataDir', 'advertise', 'menu', 'kernelArgs'],
  ).action(async (file: string | undefined, options: ShowOptions, command: Command) => {
    if (file !== undefined) {
      await showFile(file, options, terminal);
      return;
    }
    const { config } = await configOf(command, env);
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
    // No colours with NO_COLOR or in a pipe.
    const as = options.as ?? (screen?.hasColors() === true ? 'ansi' : 'text');
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
    for (const line of told) {
      printError(line);
    }
    if (as === 'ansi') {
      paint(text);
    } else {
      print(text);
    }
  });
}

/** Returns the plan of a configured host, or of unknown machines. */
function planOf({ hosts = [], unknown }: ServerConfig, name: string | undefined): BootPlan {
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
  as: Form,
  address: string,
  arch: Arch,
  manifest: GenerationManifest,
  settings: BootFileSettings,
): Promise<string> {
  const client = clientClass(
    { transport: 'http', address: '192.0.2.2', localAddress: address },
    settings,
    createLoaderMemory(),
  );
  switch (as) {
    case 'grub': {
      const file = menuFile('grub', arch, client, manifest, settings);
      if (file === undefined) {
        throw new CommandError(`the store has no GRUB for ${arch}`, undefined, {
          kind: 'notFound',
        });
      }
      return textOf(file);
    }
    case 'ipxe':
      return textOf(ipxeMenu(client, manifest, settings, [arch]));
    case 'syslinux':
      return textOf(pxelinuxConfig(client, manifest, settings));
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

/** Shows a menu file as the menu program draws it or converted for a loader, or navigates its menu. */
async function showFile(
  file: string,
  { as: asked, root, loader, interactive }: ShowOptions,
  { print, paint, write, printError, screen }: Terminal,
): Promise<void> {
  const options = {
    ...(root !== undefined && { root }),
    ...(loader !== undefined && { loader }),
    ...(await inputOf(file)),
  };
  if (interactive === true) {
    if (screen === undefined || !process.stdin.isTTY) {
      throw new CommandError('--interactive needs a terminal', undefined, { kind: 'usage' });
    }
    const parsed = withFileErrors(file, () => parseMenuFile(file, options));
    print(await walkMenu(parsed, { input: process.stdin, output: screen }));
    return;
  }
  const as = asked ?? (screen?.hasColors() === true ? 'ansi' : 'text');
  if (as === 'grub' || as === 'ipxe' || as === 'syslinux') {
    const { bytes, losses } = withFileErrors(file, () => convertMenuFile(file, as, options));
    for (const loss of losses) {
      printError(loss);
    }
    write(bytes);
    return;
  }
  const drawn = withFileErrors(file, () => showMenuFile(file, { ...options, as }));
  if (as === 'ansi') {
    paint(drawn);
  } else {
    print(drawn);
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
