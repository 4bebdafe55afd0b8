import { type Loss } from '../dialect/losses.js';
import { type NamedItem } from '../dialect/leave-out.js';
import { isGrubHash } from '../validate/item-rules.js';

/** Why GRUB cannot have an item; undefined when it can. */
export function obstacle(item: NamedItem): string | undefined {
  if (item.passwordHash !== undefined && !isGrubHash(item.passwordHash)) {
    return 'GRUB cannot check its password; give it a grub.pbkdf2.sha512 hash';
  }
  if (item.type === 'submenu') {
    const isBare = item.items.every(({ type }) => type === 'separator' || type === 'back');
    return isBare ? 'GRUB takes no menu without entries' : undefined;
  }
  if (item.type === 'syslinux') return 'only syslinux can start it';
  return item.disabled === true ? 'GRUB cannot show an entry that is disabled' : undefined;
}

/** What GRUB drops without harm. */
export const losses: readonly Loss[] = [
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB shows no help texts',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && item.help !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB shows no separators and headings',
    concerns: (item) => item.type === 'separator',
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'GRUB needs no entry to go back: Esc does',
    concerns: (item) => item.type === 'back',
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'GRUB cannot append information about the machine; only BOOTIF is appended',
    concerns: (item) => item.type === 'linux' && (item.systemInfo ?? []).length > 0,
  },
];
