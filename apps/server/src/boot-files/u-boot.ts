import { type GenerationManifest } from '@pxe/debian-netboot';
import { type LinuxEntry, type MenuItem } from '@pxe/syslinux-menu';

import { type MemoryContent, textContent } from '../content/content.js';
import { type BootPlan, MENU_PLAN } from '../hosts/boot-plan.js';
import { LOCAL_DISK_ID } from '../menu/boot-menu.js';
import { U_BOOT } from '../menu/own-items.js';
import { plannedMenu } from '../menu/planned-menu.js';
import { type BootFileSettings, menuFor } from './settings.js';

/**
 * Menu that makes U-Boot continue with its next boot target: `LOCALBOOT` runs the variable `localcmd`; if
 * that is unset, the only entry fails.
 */
const LEAVE = 'PROMPT 0\nDEFAULT local\nLABEL local\nLOCALBOOT 1\n';

/**
 * Renders the menu for boards with U-Boot, in the subset of PXELINUX's language that U-Boot's parser reads
 * (boot/pxe_utils.c), with TFTP paths and without a menu program.
 *
 * There is no entry for the local disk. If an entry fails, or a menu without a default times out, U-Boot
 * starts the next entry; so an unattended machine stays at the prompt unless the settings name an entry to
 * boot. Ctrl-C at the prompt continues with U-Boot's next target, and so does a plan to boot the local disk.
 *
 * @returns undefined if there is no image for arm64
 */
export function uBootConfig(
  manifest: GenerationManifest,
  settings: BootFileSettings,
  plan: BootPlan = MENU_PLAN,
  origin = '',
): MemoryContent | undefined {
  if (plan.boot === LOCAL_DISK_ID) {
    return textContent(LEAVE);
  }
  const menu = plannedMenu(
    manifest.targets,
    ['arm64'],
    menuFor('U-Boot', U_BOOT, manifest, settings),
    plan,
    origin,
  );
  const entries = linuxEntries(menu.items, '');
  if (entries.length === 0) {
    return undefined;
  }
  const seconds = menu.timeoutSeconds ?? 0;
  const isTimed = menu.defaultId !== LOCAL_DISK_ID && seconds > 0;
  const lines = [
    `MENU TITLE ${menu.title} (Ctrl-C: leave)`,
    'PROMPT 1',
    ...(menu.defaultId === LOCAL_DISK_ID ? [] : [`DEFAULT ${menu.defaultId ?? ''}`]),
    `TIMEOUT ${isTimed ? seconds * 10 : 0}`,
    ...entries.flatMap(({ entry, label }) => entryLines(entry, label)),
  ];
  return textContent(`${lines.join('\n')}\n`);
}

interface LabelledEntry {
  readonly entry: LinuxEntry;
  /** Label, prefixed with those of the enclosing menus, since U-Boot has no submenus. */
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
    // U-Boot loads only one initrd, so firmware is left out.
    ...initrd.slice(0, 1).map((path) => `INITRD ${path}`),
    `APPEND ${args}`,
    ...(appendBootif === true ? ['IPAPPEND 2'] : []),
  ];
}
