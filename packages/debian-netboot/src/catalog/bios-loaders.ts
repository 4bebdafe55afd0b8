/** Names of PXELINUX and its modules in a generation. */
export const BIOS_LOADER_NAMES = [
  'lpxelinux.0',
  'pxelinux.0',
  'ldlinux.c32',
  'libcom32.c32',
  'libutil.c32',
  'menu.c32',
  'vesamenu.c32',
  'chain.c32',
  'reboot.c32',
  'poweroff.c32',
] as const;

/** Name of a PXELINUX file. */
export type BiosLoaderName = (typeof BIOS_LOADER_NAMES)[number];
