import { type StoredTarget } from '@pxe/debian-netboot';
import {
  type Arch,
  installerEntries,
  type InstallerEntry,
  suiteFacts,
  type Variant,
} from '@pxe/debian-netboot/catalog';
import { type LinuxEntry, type Menu, type MenuItem, type Submenu } from '@pxe/syslinux-menu';

import { imageNotes } from '../log/image-notes.js';
import { firmwarePath, imagePath } from '../namespace/generation-files.js';
import { helpLines } from './help-lines.js';
import {
  type KernelArgs,
  kernelCommandLine,
  parseKernelArgs,
  serialConsole,
} from './kernel-command-line.js';
import { type OwnItems } from './own-items.js';
import { BOOT_MENU_THEME } from './theme.js';

/** Settings of the boot menu. */
export interface MenuSettings {
  readonly title: string;
  /** Timeout in seconds; 0 waits forever. */
  readonly timeout: number;
  /** Id of the entry that boots after the timeout. */
  readonly default: string;
  readonly stale: 'mark' | 'hide';
  /** The `kernelArgs` setting. */
  readonly kernelArgs: string;
  /** Extra entries that the loader can start. @default none */
  readonly own?: OwnItems['items'];
}

/** Id of the entry that leaves the network and starts the machine's own disk. */
export const LOCAL_DISK_ID = 'local';

const VARIANT_TITLES: Readonly<Record<Variant, string>> = {
  text: 'text installer',
  gtk: 'graphical installer',
};

/**
 * Builds the boot menu of a set of images: a submenu for each image with Debian's entries, the extra entries,
 * and an entry for the local disk, which unattended machines boot unless the settings name another one. If
 * the kernel arguments name a PC's serial port, the menu is shown there as well.
 *
 * @param arches - architectures that the firmware can start
 */
export function bootMenu(
  targets: readonly StoredTarget[],
  arches: readonly Arch[],
  settings: MenuSettings,
): Menu {
  const extraArgs = parseKernelArgs(settings.kernelArgs);
  const images = targets
    .filter(({ arch }) => arches.includes(arch))
    .filter(({ abi }) => abi !== 'stale' || settings.stale === 'mark')
    .map((target) => imageSubmenu(target, extraArgs));
  const items: MenuItem[] = [
    ...images,
    ...(images.length > 0 ? [{ type: 'separator' } as const] : []),
    ...(settings.own ?? []),
    {
      type: 'local',
      id: LOCAL_DISK_ID,
      label: 'Boot from local disk',
      hotkey: 'l',
      help: helpLines(['Leaves the network and starts what is installed on this machine.']),
    },
  ];
  const serial = serialConsole(settings.kernelArgs);
  const hasDefault = entryIds(items).includes(settings.default);
  return {
    title: settings.title,
    timeoutSeconds: settings.timeout,
    // If an image is missing, another one must not be installed instead.
    defaultId: hasDefault ? settings.default : LOCAL_DISK_ID,
    items,
    theme: BOOT_MENU_THEME,
    ...(serial?.port !== undefined && {
      serial: { port: serial.port, ...(serial.baud !== undefined && { baud: serial.baud }) },
    }),
  };
}

/** Returns every id that is allowed in the `menu.default` setting. */
export function entryIds(items: readonly MenuItem[]): string[] {
  return items.flatMap((item) => {
    if (item.type === 'separator' || item.type === 'back') {
      return [];
    }
    return item.type === 'submenu' ? entryIds(item.items) : [item.id];
  });
}

function imageSubmenu(target: StoredTarget, extraArgs: KernelArgs): Submenu {
  const { suite, arch, variant, abi } = target;
  const notes = imageNotes(target);
  const title = `${suiteFacts(suite).title} ${arch}`;
  const label =
    notes.length === 0
      ? `${title}, ${VARIANT_TITLES[variant]}`
      : // A line of the menu is 64 columns wide.
        `${title}, ${variant}: ${notes.join(', ')}`;
  const entries = installerEntries(target);
  const id = `${suite}-${arch}-${variant}`;
  const entry = (item: InstallerEntry): LinuxEntry => installerEntry(id, target, item, extraArgs);
  const plain = entries.filter(({ style }) => style === 'plain').map(entry);
  const styles: MenuItem[] = [
    styleSubmenu(
      `${id}-dark`,
      'Dark theme',
      'D',
      entries.filter(({ style }) => style === 'dark').map(entry),
    ),
    styleSubmenu(
      `${id}-speech`,
      'Speech synthesis',
      'S',
      entries.filter(({ style }) => style === 'speech').map(entry),
    ),
  ].flat();
  return {
    type: 'submenu',
    id,
    label: abi === 'stale' ? `${label} (STALE)` : label,
    title: label,
    items: [...plain, ...(styles.length > 0 ? [{ type: 'separator' } as const] : []), ...styles],
  };
}

function styleSubmenu(id: string, label: string, hotkey: string, items: LinuxEntry[]): Submenu[] {
  return items.length === 0 ? [] : [{ type: 'submenu', id, label, hotkey, items }];
}

function installerEntry(
  imageId: string,
  target: StoredTarget,
  entry: InstallerEntry,
  extraArgs: KernelArgs,
): LinuxEntry {
  const args = kernelCommandLine(
    { installer: entry.kernelArgs, installed: entry.installedArgs },
    extraArgs,
  );
  const firmware = firmwarePath(target);
  return {
    type: 'linux',
    id: `${imageId}-${entry.kind}`,
    label: entry.label,
    hotkey: entry.markedLabel.charAt(entry.markedLabel.indexOf('^') + 1),
    kernel: imagePath(target, 'linux'),
    initrd: [imagePath(target, 'initrd.gz'), ...(firmware === undefined ? [] : [firmware])],
    args,
    appendBootif: true,
    help: helpText(target, entry),
  };
}

const TASK_HELP: Readonly<Record<InstallerEntry['task'], string>> = {
  install: 'Installs Debian, asking only necessary questions.',
  expert: 'Installs Debian, asking every question.',
  rescue: 'Repairs an installed system; changes nothing on its own.',
  auto: 'Installs Debian from answers in a preseed file.',
};

function helpText(target: StoredTarget, entry: InstallerEntry): string {
  const { version, build, kernelVersion, abi } = target;
  const lines = [
    TASK_HELP[entry.task],
    `Debian ${version}, installer ${build}, Linux ${kernelVersion}`,
  ];
  if (abi === 'stale') {
    lines.push(
      'STALE: the archive no longer has the modules of this kernel; the installer will stop.',
    );
  }
  const notes = imageNotes(target);
  if (notes.length > 0) {
    lines.push(`CAUTION: ${notes.join('; ')}.`);
  }
  return helpLines(lines);
}
