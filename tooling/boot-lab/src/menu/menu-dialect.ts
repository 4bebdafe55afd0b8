import { readGrubMenu } from './grub-menu-reader.js';
import { readIpxeMenu } from './ipxe-menu-reader.js';
import { type BootMenu } from './menu-entry.js';
import { readSyslinuxMenu } from './syslinux-menu-reader.js';

/** Menu language of a boot loader. */
export interface MenuDialect {
  /** Returns true if a file of the boot namespace is a configuration in this language. */
  isConfiguration(path: string): boolean;
  /** Reads the part of a configuration that determines which keys to press. */
  read(text: string): BootMenu;
}

/** lpxelinux.0 and pxelinux.0. */
export const syslinuxDialect: MenuDialect = {
  isConfiguration: (path) => path.startsWith('/pxelinux.cfg/'),
  read: readSyslinuxMenu,
};

/** Debian's signed GRUB. */
export const grubDialect: MenuDialect = {
  isConfiguration: (path) => path.endsWith('/grub/grub.cfg'),
  read: readGrubMenu,
};

/** iPXE's script: `/menu.ipxe` loads the one for the platform that iPXE runs on. */
export const ipxeDialect: MenuDialect = {
  isConfiguration: (path) => /\/ipxe\/[^/]+\.ipxe$/.test(path),
  read: readIpxeMenu,
};
