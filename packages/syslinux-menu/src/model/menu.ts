import { type Resolution } from './resolution.js';
import { type MenuTheme } from './theme.js';

/**
 * A boot menu, independent of any boot loader. It is plain data: write it by hand, with
 * `defineMenu`, or parse it from a syslinux file, then render it for syslinux, GRUB or iPXE.
 *
 * Texts are single lines of printable characters; ASCII is safe everywhere. Paths are names in the
 * boot namespace (`/debian/trixie/.../linux`), which a renderer's resolver turns into TFTP paths,
 * URLs or GRUB device paths.
 */
export interface Menu {
  /** Title above the entries; may be empty. */
  readonly title: string;
  /** Items, in the order shown. At least one must be selectable. */
  readonly items: readonly MenuItem[];
  /**
   * Form of interaction: a menu, syslinux's `boot:` prompt, or none (the default boots immediately).
   * GRUB and iPXE show a menu instead of a prompt.
   *
   * @default 'menu'
   */
  readonly interaction?: Interaction;
  /**
   * `id` of the entry that is selected first and booted after the timeout. It may be in a submenu.
   *
   * @default the selection of the menu that is shown first: its own default, or its first item
   */
  readonly defaultId?: string;
  /**
   * `id` of the item that is selected first, if that is not the default. If a countdown runs, GRUB
   * and iPXE select the default instead.
   *
   * @default the default
   */
  readonly selectedId?: string;
  /**
   * `id` of the submenu that is shown first.
   *
   * @default the top menu is shown first
   */
  readonly startId?: string;
  /**
   * Seconds until the default is booted, in steps of 0.1, at most 86400. A key press stops the
   * countdown; syslinux only restarts it while the default stays selected. Only the countdown of
   * the menu that is shown first runs.
   *
   * @default 0 (waits forever)
   */
  readonly timeoutSeconds?: number;
  /** Appearance of the menu. @default the loader's own */
  readonly theme?: MenuTheme;
  /** Screen size, 320 x 200 to 4096 x 4096, for graphical menus. @default 640 x 480 */
  readonly resolution?: Resolution;
  /** Serial line on which the menu is shown as well. @default none */
  readonly serial?: SerialConsole;
  /**
   * True if the user may edit an entry's command line and leave the menu for a prompt.
   *
   * @default true
   */
  readonly allowEditing?: boolean;
  /**
   * Hides the menu until a key is pressed; requires `timeoutSeconds`.
   *
   * @default false
   */
  readonly hidden?: boolean;
  /** Hash of a password that unlocks every item, as in {@link SelectableBase.passwordHash}. @default none */
  readonly masterPasswordHash?: string;
}

/** Values of {@link Menu.interaction}. */
export type Interaction = 'menu' | 'prompt' | 'none';

/** Item of a menu, discriminated by `type`. */
export type MenuItem = BootEntry | BackEntry | Submenu | Separator;

/** Item that leaves the menu and does something. The default of a menu is one of these. */
export type BootEntry =
  LinuxEntry | LocalBootEntry | ChainEntry | RebootEntry | PoweroffEntry | SyslinuxEntry;

/** Properties of every selectable item. */
export interface SelectableBase {
  /**
   * Identifier that is unique in the whole menu. Printable ASCII without spaces, at most 127 characters, not
   * starting with `-`, `.` or `#`, not ending in `..back` (renderers use that for the "back" entries that
   * they add).
   */
  readonly id: string;
  /** Text shown. Must not contain `^`, which syslinux reads as a hotkey mark. */
  readonly label: string;
  /**
   * A character of the label, in the same case. Pressing it, in either case, selects the item. Its
   * first occurrence in the label is marked.
   */
  readonly hotkey?: string;
  /**
   * Hash of the password that must be entered first: crypt(3) `$1$`, `$5$`, `$6$` or `$4$` (salted
   * SHA-1) for syslinux, `grub.pbkdf2.sha512...` for GRUB. A dialect that cannot check it leaves
   * the item out instead of leaving it unprotected. If empty, only the master password unlocks the
   * item.
   */
  readonly passwordHash?: string;
}

/** Properties of every entry: a selectable item that is not a submenu. */
export interface EntryBase extends SelectableBase {
  /** Lines shown below the menu while the entry is selected. */
  readonly help?: string;
  /**
   * True if the entry is shown greyed out and cannot be selected.
   *
   * @default false
   */
  readonly disabled?: boolean;
  /**
   * Number of spaces before the label, 0 to 40.
   *
   * @default 0
   */
  readonly indent?: number;
}

/** Boots a Linux kernel. */
export interface LinuxEntry extends EntryBase {
  readonly type: 'linux';
  /** Path of the kernel. */
  readonly kernel: string;
  /** Paths of the initial ramdisks, loaded in this order. @default none */
  readonly initrd?: readonly string[];
  /**
   * The kernel's command line. Blanks between double quotes do not separate arguments. `initrd=`
   * does not belong here.
   *
   * @default none
   */
  readonly args?: string;
  /** Path of a device tree, for U-Boot (FDT) and GRUB (`devicetree`). @default the firmware's */
  readonly deviceTree?: string;
  /** See {@link ChainEntry.isUnsignedEfi}. @default false */
  readonly isUnsignedEfi?: boolean;
  /** Directory in which U-Boot looks for the board's device tree (FDTDIR). @default none */
  readonly deviceTreeDir?: string;
  /** Paths of device tree overlays, for U-Boot (FDTOVERLAYS). @default none */
  readonly deviceTreeOverlays?: readonly string[];
  /**
   * Adds `BOOTIF=01-<hardware address>`, which tells Debian's installer which network card to use.
   * SYSAPPEND 2 in syslinux, `$net_default_mac` in GRUB, `${netX/mac:hexhyp}` in iPXE.
   *
   * @default false
   */
  readonly appendBootif?: boolean;
  /**
   * Further information about the machine for the loader to append, in the order of {@link SYSTEM_INFO}.
   *
   * @default none
   */
  readonly systemInfo?: readonly SystemInfo[];
}

/** SYSAPPEND bits of what syslinux can append to a kernel's command line; 0x2 is `appendBootif`. */
export const SYSTEM_INFO = {
  ip: 0x1,
  sysuuid: 0x4,
  cpu: 0x8,
  sysvendor: 0x10,
  sysproduct: 0x20,
  sysversion: 0x40,
  sysserial: 0x80,
  syssku: 0x100,
  sysfamily: 0x200,
  mbvendor: 0x400,
  mbproduct: 0x800,
  mbversion: 0x1000,
  mbserial: 0x2000,
  mbasset: 0x4000,
  biosvendor: 0x8000,
  biosversion: 0x1_0000,
  sysff: 0x2_0000,
  fsuuid: 0x4_0000,
} as const;

/** A key of {@link SYSTEM_INFO}. */
export type SystemInfo = keyof typeof SYSTEM_INFO;

/** Leaves the network boot and lets the machine start from its disk. */
export interface LocalBootEntry extends EntryBase {
  readonly type: 'local';
  /**
   * Method of leaving the network boot on a BIOS (syslinux LOCALBOOT): `normal` (0), `keep-undi` (4)
   * and `keep-pxe` (5) leave the network stack in different states; `next-device` (-1) reports
   * failure, so that the firmware tries its next boot device; `chain` loads a disk's boot sector
   * with `chain.c32`.
   *
   * @default 'normal'
   */
  readonly method?: LocalBootMethod;
  /**
   * BIOS number of the drive: 0x80 is the first hard disk. With `chain`, the disk to start, 0 to
   * 0xff; with `normal`, LOCALBOOT's number, 0 to 0xfffe, which syslinux obeys only on disks and CDs.
   *
   * @default none with `normal`; with `chain` the disk that syslinux was started from
   */
  readonly drive?: number;
  /** Partition to start, 1 to 255; only with `chain` and a `drive`. @default the whole disk */
  readonly partition?: number;
  /** Additional arguments for `chain.c32`; only used by syslinux, and only with `chain`. @default none */
  readonly options?: string;
}

/** Values of {@link LocalBootEntry.method}. */
export const LOCAL_BOOT_METHODS = [
  'normal',
  'keep-undi',
  'keep-pxe',
  'next-device',
  'chain',
] as const;

/** See {@link LocalBootEntry.method}. */
export type LocalBootMethod = (typeof LOCAL_BOOT_METHODS)[number];

/** Starts another network boot program: a PXE NBP under a BIOS, an EFI program under UEFI. */
export interface ChainEntry extends EntryBase {
  readonly type: 'chain';
  /** Path of the program. */
  readonly program: string;
  /**
   * True if the file is for UEFI and not signed, so that Secure Boot refuses it: GRUB then hides the entry. The
   * other loaders show it, since they cannot tell.
   *
   * @default false
   */
  readonly isUnsignedEfi?: boolean;
  /**
   * Options for `pxechn.c32`, with which syslinux starts the program if they are present, even if
   * they are empty.
   *
   * @default none: syslinux starts the program with its PXE directive
   */
  readonly options?: string;
}

/** Restarts the machine. Syslinux needs `reboot.c32`. */
export interface RebootEntry extends EntryBase {
  readonly type: 'reboot';
  /**
   * Arguments for `reboot.c32`, such as `-w` for a warm restart; only used by syslinux.
   *
   * @default none
   */
  readonly options?: string;
}

/** Switches the machine off. Syslinux needs `poweroff.c32`. */
export interface PoweroffEntry extends EntryBase {
  readonly type: 'poweroff';
}

/** Starts a file that only syslinux can start: a module, boot sector, disk image or other configuration. */
export interface SyslinuxEntry extends EntryBase {
  readonly type: 'syslinux';
  /** Method of starting the file. */
  readonly directive: SyslinuxDirective;
  /** Path of the file. */
  readonly file: string;
  /** Arguments. @default none */
  readonly args?: string;
}

/** Values of {@link SyslinuxEntry.directive}. */
export const SYSLINUX_DIRECTIVES = ['com32', 'boot', 'bss', 'fdimage', 'config'] as const;

/** See {@link SyslinuxEntry.directive}. */
export type SyslinuxDirective = (typeof SYSLINUX_DIRECTIVES)[number];

/** Returns to the enclosing menu; valid only inside a submenu. */
export interface BackEntry extends EntryBase {
  readonly type: 'back';
}

/**
 * A menu inside the menu. Renderers add a "back" entry if `items` has none.
 * No loader can show help for a submenu, so there is no `help` here.
 */
export interface Submenu extends SelectableBase {
  readonly type: 'submenu';
  /** Title above the submenu's entries. @default the label */
  readonly title?: string;
  /**
   * `id` of the item of this submenu that is selected first.
   *
   * @default the item that leads to the menu's default, otherwise the first item
   */
  readonly defaultId?: string;
  /**
   * Countdown in seconds, as in {@link Menu.timeoutSeconds}; 0 for none. Runs only if this menu is shown
   * first.
   *
   * @default that of the enclosing menu
   */
  readonly timeoutSeconds?: number;
  /** Items, in the order shown. At least one must be selectable. */
  readonly items: readonly MenuItem[];
  /** Differences from the theme of the enclosing menu. */
  readonly theme?: MenuTheme;
}

/** An empty line, or a heading that cannot be selected. */
export interface Separator {
  readonly type: 'separator';
  /** Text of the heading. @default none: an empty line */
  readonly label?: string;
}

/** Serial line on which the menu is shown and keys are read. */
export interface SerialConsole {
  /** Port number: 0 is the first port (COM1); 4 to 0xffff are I/O addresses. */
  readonly port: number;
  /** Speed in bits per second, 75 to 115200. @default 9600 */
  readonly baud?: number;
}
