import { isBiosProgram, isRealModeKernel } from '../../dialect/bios-only.js';
import { type Loss, type NamedItem } from '../../dialect/dialect.js';
import { readsConfiguration } from '../../dialect/other-configuration.js';
import { isGrubHash } from '../../validate/item-rules.js';

/** Returns the reason why GRUB cannot express an item; undefined if it can. */
export function obstacle(item: NamedItem): string | undefined {
  if (item.passwordHash !== undefined && !isGrubHash(item.passwordHash)) {
    return 'GRUB cannot check its password; give it a grub.pbkdf2.sha512 hash';
  }
  if (item.type === 'submenu') {
    const isBare = item.items.every(({ type }) => type === 'separator' || type === 'back');
    return isBare ? 'GRUB does not accept a menu without entries' : undefined;
  }
  if (item.type === 'syslinux') {
    return readsConfiguration(item)
      ? 'only syslinux can read the configuration file that it names; pass the parser a resolver that returns it'
      : 'only syslinux can start it';
  }
  if (item.type === 'back') {
    return undefined;
  }
  return item.disabled === true ? 'GRUB cannot show an entry that is disabled' : undefined;
}

/** Parts of items that GRUB drops while the items themselves are written. */
export const losses: readonly Loss[] = [
  {
    severity: 'note',
    code: 'not-appended',
    message: 'GRUB does not support options of reboot.c32',
    concerns: (item) => item.type === 'reboot' && item.options !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB does not show help text',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && item.help !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB does not show separators and headings',
    concerns: (item) => item.type === 'separator',
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB does not need a "back" entry: Esc goes back',
    concerns: (item) => item.type === 'back',
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB does not show titles of submenus',
    concerns: (item) => item.type === 'submenu' && item.title !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB has one theme and one countdown for all menus',
    concerns: (item) =>
      item.type === 'submenu' && (item.theme !== undefined || item.timeoutSeconds !== undefined),
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB selects the first entry of a submenu',
    concerns: (item) => item.type === 'submenu' && item.defaultId !== undefined,
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'GRUB cannot append information about the machine; only BOOTIF is appended',
    concerns: (item) => item.type === 'linux' && (item.systemInfo ?? []).length > 0,
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message:
      'GRUB loads only a single device tree file: directories and overlays of U-Boot are left out',
    concerns: (item) =>
      item.type === 'linux' &&
      (item.deviceTreeDir !== undefined || (item.deviceTreeOverlays ?? []).length > 0),
  },
  {
    severity: 'note',
    code: 'bios-only',
    message: 'only a BIOS can start it: GRUB hides it under UEFI',
    concerns: (item) =>
      (item.type === 'linux' && isRealModeKernel(item.kernel)) ||
      (item.type === 'chain' && isBiosProgram(item.program)),
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'GRUB does not support options of chain.c32 and pxechn.c32',
    concerns: (item) =>
      (item.type === 'local' || item.type === 'chain') && (item.options ?? '') !== '',
  },
];
