import { type LocalBootMethod } from '../../model/menu.js';

/** LOCALBOOT types of pxelinux by name, as 16-bit numbers. */
export const LOCALBOOT_TYPES: Readonly<Record<Exclude<LocalBootMethod, 'chain'>, number>> = {
  normal: 0,
  'keep-undi': 4,
  'keep-pxe': 5,
  'next-device': 0xffff,
};
