import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type MenuTheme } from '../../model/theme.js';
import { type Layout } from '../../screen/geometry.js';
import { type ColorTable } from './colors.js';
import { type MessageName } from './messages.js';

/**
 * State of the menu program after it has read its files: every detail of the screens that it will
 * show. Plain data; menus refer to each other by index.
 */
export interface LoadedConfig {
  /** Menus in the order in which they begin, after {@link HIDDEN_MENU} and {@link ROOT_MENU}. */
  readonly menus: readonly LoadedMenu[];
  /** Index of the menu shown first: the root, or the one chosen by MENU START or DEFAULT. */
  readonly startMenu: number;
  /** MENU HIDDEN: nothing is shown until a key is pressed. */
  readonly hidden: boolean;
  /** MENU SHIFTKEY: nothing is shown unless a key such as Shift is held. */
  readonly shiftKey: boolean;
  /** TOTALTIMEOUT in milliseconds; 0 for none. */
  readonly totalTimeoutMs: number;
  /** MENU RESOLUTION in pixels, as written; not checked. */
  readonly resolution?: { readonly width: number; readonly height: number };
}

/** Index of the menu that collects entries with MENU HIDE. */
export const HIDDEN_MENU = 0;

/** Index of the top menu. */
export const ROOT_MENU = 1;

/**
 * Returns the menu with an index.
 *
 * @throws RangeError when there is none
 */
export function menuAt(config: LoadedConfig, index: number): LoadedMenu {
  const menu = config.menus[index];
  if (menu === undefined) {
    throw new RangeError(
      `expected the index of a menu (0 to ${config.menus.length - 1}), got ${index}`,
    );
  }
  return menu;
}

/** A menu in memory. */
export interface LoadedMenu {
  /** Name for MENU GOTO. */
  readonly tag: string | undefined;
  /** Title as shown, with its carets. */
  readonly title: string;
  /** Index of the enclosing menu; undefined for a top-level menu. */
  readonly parent: number | undefined;
  /** Entries in the order shown. */
  readonly entries: readonly LoadedEntry[];
  /** Index of the entry that is selected first. */
  readonly defaultEntry: number;
  /** True if the file chooses that entry. */
  readonly hasDefault: boolean;
  /** Entry numbers by folded key; see `foldKey`. */
  readonly hotkeys: ReadonlyMap<number, number>;
  /** Timeout in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** True if this menu's own lines set its TIMEOUT. */
  readonly hasTimeout: boolean;
  /** Command line that is booted after the timeout, instead of that of the default entry. */
  readonly onTimeout: string | undefined;
  /** ONTIMEOUT as written in the file. */
  readonly onTimeoutText: string | undefined;
  /** ALLOWOPTIONS: true if Tab edits an entry, and Esc leaves the top menu. */
  readonly allowEditing: boolean;
  /** MENU MASTER PASSWD. */
  readonly masterPassword: string | undefined;
  /** MENU BACKGROUND: a file name, `#aarrggbb`, or empty. */
  readonly background: string;
  /** The four texts, as written in the file; the menu program's own where the file has none. */
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

/** An entry in memory. */
export interface LoadedEntry {
  /** Effect of Enter. */
  readonly action: LoadedAction;
  /** Text shown, with its carets and indent. */
  readonly text: string;
  /** Name through which ONTIMEOUT and DEFAULT find the entry; absent if it is disabled. */
  readonly label?: string;
  /** LABEL as written; present for disabled entries too, empty for separators. */
  readonly name: string;
  /** MENU LABEL as written. */
  readonly menuLabel?: string;
  /** MENU INDENT as written; the text is indented by at most 512 spaces. */
  readonly indent: number;
  /** MENU SEPARATOR. */
  readonly isSeparator: boolean;
  /** True if the entry has MENU DEFAULT. */
  readonly isDefault: boolean;
  /** MENU DISABLE. */
  readonly isDisabled: boolean;
  /** Effect of Enter if the entry were not disabled. */
  readonly intendedAction: LoadedAction;
  /** Folded key that selects the entry; 0 for none. */
  readonly hotkey: number;
  /** MENU PASSWD: a crypt(3) hash or, unwisely, the password itself. */
  readonly password?: string;
  /** Raw lines of the help text, with their line endings. */
  readonly help?: string;
  /** Command line that Tab shows and Enter boots, for `command`. */
  readonly commandLine?: string;
  /**
   * Index of the menu that Enter goes to, for `submenu`, `goto` and `exit`; for other actions, that of
   * the entry's own menu.
   */
  readonly target: number;
  /** MENU IMMEDIATE: the hotkey boots immediately. */
  readonly immediate: boolean;
  /** Boot settings of the entry in the file. */
  readonly boot: BootDirectives;
  /** Location of LABEL, MENU BEGIN or MENU SEPARATOR. */
  readonly span: SourceSpan;
}

/** Directives that say how a label boots (kernel_types of com32/menu/readconfig.c). */
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

/** Boot directives of a label. */
export interface BootDirectives {
  /** Directive that says how the file is started. */
  readonly type: BootType;
  /** File to start; the label itself if no directive names one. */
  readonly file: string;
  /** True if a directive names the file. */
  readonly isGiven: boolean;
  /** APPEND of the label, otherwise the global one; empty for none. */
  readonly append: string;
  /** INITRD: ramdisks, separated by commas. */
  readonly initrd?: string;
  /** FDT, which only U-Boot uses. */
  readonly deviceTree?: string;
  /** FDTDIR, which only U-Boot uses. */
  readonly deviceTreeDir?: string;
  /** FDTOVERLAYS, which only U-Boot uses. */
  readonly deviceTreeOverlays?: string;
  /** SYSAPPEND bits. */
  readonly sysappend: number;
}
