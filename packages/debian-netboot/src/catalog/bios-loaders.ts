/** The names of PXELINUX and its modules that a generation holds. */
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

/** A file of PXELINUX. */
export type BiosLoaderName = (typeof BIOS_LOADER_NAMES)[number];
