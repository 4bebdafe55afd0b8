import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type MenuTheme } from '../../model/theme.js';
import { type Layout } from '../../screen/geometry.js';
import { type ColorTable } from './colors.js';
import { type MessageName } from './messages.js';

/**
 * State of the menu program after it has read its files: every detail of the screen that it will
 * show. Plain data; menus refer to each other by index.
 */
export interface LoadedConfig {
  /** In the order in which they begin; {@link HIDDEN_MENU} and {@link ROOT_MENU} come first. */
  readonly menus: readonly LoadedMenu[];
  /** The menu shown first: the root, or what MENU START or DEFAULT chose. */
  readonly startMenu: number;
  /** MENU HIDDEN: nothing is shown until a key is pressed. */
  readonly hidden: boolean;
  /** MENU SHIFTKEY: nothing is shown unless Shift or the like is held. */
  readonly shiftKey: boolean;
  /** TOTALTIMEOUT in milliseconds; 0 for none. */
  readonly totalTimeoutMs: number;
  /** MENU RESOLUTION. */
  readonly resolution?: { readonly width: number; readonly height: number };
}

/** Index of the menu that collects entries with MENU HIDE. */
export const HIDDEN_MENU = 0;

/** Index of the top menu. */
export const ROOT_MENU = 1;

/**
 * The menu with that index.
 *
 * @throws RangeError when there is none
 */
export function menuAt(config: LoadedConfig, index: number): LoadedMenu {
  const menu = config.menus[index];
  if (menu === undefined) {
    throw new RangeError(`menu ${index} of ${config.menus.length} does not exist`);
  }
  return menu;
}

/** One menu in memory. */
export interface LoadedMenu {
  /** Name for MENU GOTO. */
  readonly tag: string | undefined;
  /** As shown: carets are part of it. */
  readonly title: string;
  /** The menu around it. */
  readonly parent: number | undefined;
  /** In the order shown. */
  readonly entries: readonly LoadedEntry[];
  /** The entry that is selected first. */
  readonly defaultEntry: number;
  /** True if the file selects that entry. */
  readonly hasDefault: boolean;
  /** Entry numbers by folded key; see `foldKey`. */
  readonly hotkeys: ReadonlyMap<number, number>;
  /** Milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** True if this menu's own lines set its TIMEOUT. */
  readonly hasTimeout: boolean;
  /** The command line that is booted when the time is over, instead of the default entry's. */
  readonly onTimeout: string | undefined;
  /** ONTIMEOUT as written in the file. */
  readonly onTimeoutText: string | undefined;
  /** ALLOWOPTIONS: whether Tab and Esc do anything. */
  readonly allowEditing: boolean;
  /** MENU MASTER PASSWD. */
  readonly masterPassword: string | undefined;
  /** MENU BACKGROUND: a file name, `#aarrggbb`, or empty. */
  readonly background: string;
  /** The four texts, as they are. */
  readonly messages: Messages;
  /** Positions of the parts of the screen. */
  readonly layout: Layout;
  /** Appearance of each part of the screen. */
  readonly colors: ColorTable;
  /** Theme settings of this menu's own lines. */
  readonly ownTheme: MenuTheme;
  /** True if this menu's own lines set its title. */
  readonly hasTitle: boolean;
  /** Start of the menu; the top menu begins with the file. */
  readonly span: SourceSpan;
}

/** The four texts of a menu that can be changed. */
export type Messages = Readonly<Record<MessageName, string>>;

/** Effect of Enter on an entry. */
export type LoadedAction = 'command' | 'submenu' | 'goto' | 'exit' | 'quit' | 'help' | 'disabled';

/** One entry in memory. */
export interface LoadedEntry {
  /** Effect of Enter. */
  readonly action: LoadedAction;
  /** The text shown, with its carets, indent included. */
  readonly text: string;
  /** The name under which ONTIMEOUT and DEFAULT find it. */
  readonly label?: string;
  /** LABEL as written; present for disabled entries too, empty for separators. */
  readonly name: string;
  /** MENU LABEL as written. */
  readonly menuLabel?: string;
  /** MENU INDENT as written; the text has at most 512 blanks of it. */
  readonly indent: number;
  /** MENU SEPARATOR. */
  readonly isSeparator: boolean;
  /** True if the entry has MENU DEFAULT. */
  readonly isDefault: boolean;
  /** MENU DISABLE. */
  readonly isDisabled: boolean;
  /** Effect of Enter if the entry were not disabled. */
  readonly intendedAction: LoadedAction;
  /** The folded key that selects it, 0 for none. */
  readonly hotkey: number;
  /** MENU PASSWD: a crypt(3) hash or, unwisely, the password itself. */
  readonly password?: string;
  /** Raw lines with their line ends. */
  readonly help?: string;
  /** Command line that Tab shows and Enter boots, for `command`. */
  readonly commandLine?: string;
  /** The menu that Enter goes to, for `submenu`, `goto` and `exit`; else the entry's own menu. */
  readonly target: number;
  /** MENU IMMEDIATE: the hotkey boots at once. */
  readonly immediate: boolean;
  /** Boot settings of the entry in the file. */
  readonly boot: BootDirectives;
  /** Location of LABEL, MENU BEGIN or MENU SEPARATOR. */
  readonly span: SourceSpan;
}

/** The directives that say how a label boots (kernel_types of com32/menu/readconfig.c). */
export const BOOT_TYPES = [
  'none',
  'localboot',
  'kernel',
  'linux',
  'boot',
  'bss',
  'pxe',
  'fdimage',
  'comboot',
  'com32',
  'config',
] as const;

/** Method of starting a label's file, by directive; `kernel` decides by the file's extension. */
export type BootType = (typeof BOOT_TYPES)[number];

/** A label's directives about booting. */
export interface BootDirectives {
  /** Which directive says how it is started. */
  readonly type: BootType;
  /** The file; the label itself when no directive names one. */
  readonly file: string;
  /** True if a directive names it. */
  readonly isGiven: boolean;
  /** APPEND, the label's own or the global one; empty for none. */
  readonly append: string;
  /** INITRD: ramdisks, separated by commas. */
  readonly initrd?: string;
  /** FDT, which only U-Boot obeys. */
  readonly deviceTree?: string;
  /** FDTDIR, which only U-Boot obeys. */
  readonly deviceTreeDir?: string;
  /** FDTOVERLAYS, which only U-Boot obeys. */
  readonly deviceTreeOverlays?: string;
  /** SYSAPPEND bits. */
  readonly sysappend: number;
}
