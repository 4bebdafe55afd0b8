import { type StoredTarget } from '@pxe/debian-netboot';
import { type Arch } from '@pxe/debian-netboot/catalog';
import { type ChainEntry, type LinuxEntry, type Menu, type MenuItem } from '@pxe/syslinux-menu';

import { type BootPlan, NOTICE_SECONDS } from '../hosts/boot-plan.js';
import { bootMenu, entryIds, LOCAL_DISK_ID, type MenuSettings } from './boot-menu.js';
import { kernelCommandLine, parseKernelArgs } from './kernel-command-line.js';

/** Value of `boot` in a plan to install. */
export const INSTALL = 'install';

/** Id of the entry that a machine starts automatically, shown above the images. */
export const START_ID = 'start';

/**
 * Builds the menu of a machine. If the plan is to boot the local disk, there is no menu: the disk starts
 * immediately. If it is to start an entry, that entry is shown first and starts after a three-second notice,
 * unless a key is pressed; if its image is missing, the menu is the usual one.
 *
 * @param arches - architectures that the firmware can start
 * @param origin - scheme, host and port of boot HTTP, for plans to install
 */
export function plannedMenu(
  targets: readonly StoredTarget[],
  arches: readonly Arch[],
  settings: MenuSettings,
  plan: BootPlan,
  origin = '',
): Menu {
  const own = menuSettingsOf(settings, plan);
  const offered = targets.filter(
    ({ suite, arch }) =>
      (plan.suite === undefined || plan.suite === suite) &&
      (plan.arch === undefined || plan.arch === arch),
  );
  const menu = bootMenu(offered, arches, own);
  if (plan.boot === 'menu') {
    return menu;
  }
  if (plan.boot === LOCAL_DISK_ID) {
    const { theme: _theme, ...plain } = menu;
    const items = menu.items.filter((item) => item.type === 'local');
    return { ...plain, items, defaultId: LOCAL_DISK_ID, timeoutSeconds: 0, interaction: 'none' };
  }
  const entry =
    plan.boot === INSTALL
      ? installEntry(menu.items, plan, origin)
      : entryOf(menu.items, plan.boot, '');
  if (entry === undefined) {
    return menu;
  }
  return {
    ...menu,
    items: [{ ...entry, id: START_ID }, { type: 'separator' }, ...menu.items],
    defaultId: START_ID,
    timeoutSeconds: NOTICE_SECONDS,
  };
}

/** Suffix of the ids of entries that get their answers from a preseed. */
const AUTOMATED = '-auto';

/**
 * Returns the entry of an unattended installation: the first automated one, preferably that of the text
 * installer, with the arguments of the installation.
 */
function installEntry(
  items: readonly MenuItem[],
  { host, install }: BootPlan,
  origin: string,
): LinuxEntry | undefined {
  // Extra entries, whose ids may also have this suffix, are not in submenus.
  const images = items.filter(({ type }) => type === 'submenu');
  const ids = entryIds(images).filter((id) => id.endsWith(AUTOMATED));
  const id = ids.find((one) => one.endsWith(`-text${AUTOMATED}`)) ?? ids[0];
  const entry = id === undefined ? undefined : entryOf(images, id, '');
  if (entry?.type !== 'linux' || install === undefined) {
    return undefined;
  }
  const args = entry.args ?? '';
  const { installer } = parseKernelArgs(args);
  // Arguments in the configuration override those that the installation adds.
  const given = new Set(installer.split(' ').map((word) => word.split('=', 1)[0]));
  const own = install
    .kernelArgs(origin)
    .split(' ')
    .filter((word) => !given.has(word.split('=', 1)[0]))
    .join(' ');
  return {
    ...entry,
    label: `Install ${host ?? ''}: ${id ?? ''}`,
    kernel: `${install.kernelFolder}${entry.kernel}`,
    // The arguments before the first `---` are for the installer.
    args: args.replace(/(?<=^| )---(?= |$)/, () => `${own} ---`),
  };
}

/** Returns the settings of a machine's menu: those of all machines, with its own title and arguments. */
export function menuSettingsOf(
  settings: MenuSettings,
  { title, kernelArgs }: BootPlan,
): MenuSettings {
  return {
    ...settings,
    ...(title !== undefined && { title }),
    ...(kernelArgs !== undefined && {
      kernelArgs: kernelCommandLine(
        parseKernelArgs(settings.kernelArgs),
        parseKernelArgs(kernelArgs),
      ),
    }),
  };
}

/** Returns the entry with this id, without its hotkey, and with the titles of its submenus in the label. */
function entryOf(
  items: readonly MenuItem[],
  id: string,
  around: string,
): LinuxEntry | ChainEntry | undefined {
  for (const item of items) {
    if ((item.type === 'linux' || item.type === 'chain') && item.id === id) {
      const { hotkey: _hotkey, ...entry } = item;
      return { ...entry, label: `${around}${item.label}` };
    }
    if (item.type === 'submenu') {
      const found = entryOf(item.items, id, `${around}${item.title ?? item.label}: `);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}
