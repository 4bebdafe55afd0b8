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

/**
 * Maximum number of bytes of a text from the firmware's tables (DSP0134 §6.1.3). Newer firmware may exceed
 * it, and syslinux does not truncate longer texts.
 */
const FIRMWARE_TEXT_BYTES = 64;

/** Maximum sizes in bytes of values that are not texts from the firmware's tables. */
const VALUE_BYTES: Readonly<Partial<Record<SystemInfo | 'bootif', number>>> = {
  // Four addresses.
  ip: 63,
  // Hardware type and address.
  bootif: 20,
  sysuuid: 36,
  // Family and a letter for each feature.
  cpu: 12,
  // Type of the chassis.
  sysff: 3,
  fsuuid: 39,
};

/** Sizes of what a SYSAPPEND mask appends, in bytes. */
export interface AppendedBytes {
  /** Maximum size of values of a fixed form, such as addresses. */
  readonly fixed: number;
  /** Maximum size of all values, if texts from the firmware's tables have at most 64 bytes. */
  readonly most: number;
}

/** Returns the sizes of what a SYSAPPEND mask appends. */
export function appendedBytes(mask: number): AppendedBytes {
  let [fixed, most] = [0, 0];
  for (const name of sysappendNames(mask)) {
    const value = VALUE_BYTES[name];
    // Each value is preceded by a blank, its name and "=".
    const bytes = name.length + 2 + (value ?? FIRMWARE_TEXT_BYTES);
    fixed += value === undefined ? 0 : bytes;
    most += bytes;
  }
  return { fixed, most };
}

/** Returns the names of the bits in a SYSAPPEND mask, in the order in which syslinux appends them. */
export function sysappendNames(mask: number): readonly (SystemInfo | 'bootif')[] {
  if (mask === 0) {
    return [];
  }
  return SYSAPPEND_BITS.filter(([, bit]) => (mask & bit) !== 0).map(([name]) => name);
}
