import { type GenerationManifest } from '@pxe/debian-netboot';
import { type LinuxEntry, type MenuItem } from '@pxe/syslinux-menu';

import { type MemoryContent, textContent } from '../content/content.js';
import { bootMenu, LOCAL_DISK_ID, type MenuSettings } from '../menu/boot-menu.js';

/**
 * Renders the menu for boards with U-Boot: the subset of PXELINUX's language that U-Boot's parser reads
 * (boot/pxe_utils.c), with TFTP paths and without a menu program.
 *
 * There is no entry for the local disk. If an entry fails, or a menu without a default times out, U-Boot
 * starts the next entry; so an unattended machine stays at the prompt unless the settings name an entry to
 * boot. Ctrl-C at the prompt continues with U-Boot's next target.
 *
 * @returns undefined if there is no image for arm64
 */
export function uBootConfig(
  { targets }: GenerationManifest,
  settings: MenuSettings,
): MemoryContent | undefined {
  const menu = bootMenu(targets, ['arm64'], settings);
  const entries = linuxEntries(menu.items, '');
  if (entries.length === 0) {
    return undefined;
  }
  const isTimed = menu.defaultId !== LOCAL_DISK_ID && settings.timeout > 0;
  const lines = [
    `MENU TITLE ${settings.title} (Ctrl-C: leave)`,
    'PROMPT 1',
    ...(menu.defaultId === LOCAL_DISK_ID ? [] : [`DEFAULT ${menu.defaultId ?? ''}`]),
    `TIMEOUT ${isTimed ? settings.timeout * 10 : 0}`,
    ...entries.flatMap(({ entry, label }) => entryLines(entry, label)),
  ];
  return textContent(`${lines.join('\n')}\n`);
}

interface LabelledEntry {
  readonly entry: LinuxEntry;
  /** Label including those of enclosing menus: U-Boot has no submenus. */
  readonly label: string;
}

function linuxEntries(items: readonly MenuItem[], around: string): LabelledEntry[] {
  return items.flatMap((item) => {
    if (item.type === 'linux') {
      return [{ entry: item, label: `${around}${item.label}` }];
    }
    if (item.type === 'submenu') {
      return linuxEntries(item.items, `${around}${item.label}: `);
    }
    return [];
  });
}

function entryLines(entry: LinuxEntry, label: string): string[] {
  const { id, kernel, initrd = [], args = '', appendBootif } = entry;
  return [
    '',
    `LABEL ${id}`,
    `MENU LABEL ${label}`,
    `LINUX ${kernel}`,
    ...initrd.map((path) => `INITRD ${path}`),
    `APPEND ${args}`,
    ...(appendBootif === true ? ['IPAPPEND 2'] : []),
  ];
}
