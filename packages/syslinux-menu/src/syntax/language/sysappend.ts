import { SYSTEM_INFO, type SystemInfo } from '../../model/menu.js';

/** SYSAPPEND bit of `BOOTIF=`. */
export const SYSAPPEND_BOOTIF = 0x2;

/** SYSAPPEND values of the machine, by name. Missing ones are not appended. */
export type AppendedStrings = Readonly<Partial<Record<SystemInfo | 'bootif', string>>>;

/** SYSAPPEND bits by name, in the order in which syslinux appends them. */
const SYSAPPEND_BITS: readonly (readonly [SystemInfo | 'bootif', number])[] = [
  ['ip', SYSTEM_INFO.ip],
  ['bootif', SYSAPPEND_BOOTIF],
  ...(Object.entries(SYSTEM_INFO) as [SystemInfo, number][]).filter(([name]) => name !== 'ip'),
];

/** Returns the names of the bits in a SYSAPPEND mask, in the order in which syslinux appends them. */
export function sysappendNames(mask: number): readonly (SystemInfo | 'bootif')[] {
  if (mask === 0) {
    return [];
  }
  return SYSAPPEND_BITS.filter(([, bit]) => (mask & bit) !== 0).map(([name]) => name);
}
