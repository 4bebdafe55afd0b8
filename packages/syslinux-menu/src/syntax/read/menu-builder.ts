import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { foldKey } from '../../model/hotkey.js';
import { type MenuTheme } from '../../model/theme.js';
import { DEFAULT_LAYOUT, type Layout } from '../../screen/geometry.js';
import { type ColorTable, DEFAULT_COLORS } from '../language/colors.js';
import {
  type BootDirectives,
  type LoadedEntry,
  type LoadedMenu,
  type Messages,
} from '../language/loaded.js';
import { DEFAULT_MESSAGES } from '../language/messages.js';

/** An entry while files are being read. */
export type EntryBuilder = { -readonly [Key in keyof LoadedEntry]: LoadedEntry[Key] };

/** A menu while files are being read. */
export interface MenuBuilder {
  readonly index: number;
  readonly parent: MenuBuilder | undefined;
  readonly parentEntry: EntryBuilder | undefined;
  /** Index of {@link parentEntry} in its menu. */
  readonly parentEntryIndex: number;
  readonly tag: string | undefined;
  readonly span: SourceSpan;
  /** True while the entry in the parent still shows the tag, which a title would replace. */
  isNamedByTag: boolean;
  title: string;
  hasTitle: boolean;
  readonly entries: EntryBuilder[];
  readonly hotkeys: Map<number, number>;
  defaultEntry: number;
  hasDefault: boolean;
  timeoutMs: number;
  hasTimeout: boolean;
  onTimeout: string | undefined;
  allowEditing: boolean;
  masterPassword: string | undefined;
  background: string;
  messages: Messages;
  layout: Layout;
  colors: ColorTable;
  ownTheme: MenuTheme;
  isImmediate: boolean;
}

/** Makes a menu without a parent. */
export function newRootMenu(index: number, tag: string, span: SourceSpan): MenuBuilder {
  return {
    index,
    parent: undefined,
    parentEntry: undefined,
    parentEntryIndex: 0,
    tag,
    span,
    isNamedByTag: false,
    title: '',
    hasTitle: false,
    entries: [],
    hotkeys: new Map(),
    defaultEntry: 0,
    hasDefault: false,
    timeoutMs: 0,
    hasTimeout: false,
    onTimeout: undefined,
    allowEditing: true,
    masterPassword: undefined,
    background: '',
    messages: DEFAULT_MESSAGES,
    layout: DEFAULT_LAYOUT,
    colors: DEFAULT_COLORS,
    ownTheme: {},
    isImmediate: false,
  };
}

const NO_BOOT: BootDirectives = {
  type: 'none',
  file: '',
  isGiven: false,
  append: '',
  sysappend: 0,
};

/** Makes a menu inside another one. It starts with a copy of that menu's current settings. */
export function newSubmenu(
  index: number,
  parent: MenuBuilder,
  tag: string | undefined,
  span: SourceSpan,
): MenuBuilder {
  const parentEntry: EntryBuilder = {
    action: 'submenu',
    text: tag ?? '',
    name: '',
    indent: 0,
    isSeparator: false,
    isDefault: false,
    isDisabled: false,
    intendedAction: 'submenu',
    hotkey: 0,
    immediate: false,
    boot: NO_BOOT,
    span,
    target: index,
  };
  parent.entries.push(parentEntry);
  // Listed field by field: a file may contain a great many menus, and spreading `parent` is slow.
  return {
    index,
    parent,
    parentEntry,
    parentEntryIndex: parent.entries.length - 1,
    tag,
    span,
    isNamedByTag: true,
    title: '',
    hasTitle: false,
    entries: [],
    hotkeys: new Map(),
    defaultEntry: 0,
    hasDefault: false,
    timeoutMs: parent.timeoutMs,
    hasTimeout: false,
    onTimeout: parent.onTimeout,
    allowEditing: parent.allowEditing,
    masterPassword: parent.masterPassword,
    background: parent.background,
    messages: parent.messages,
    layout: parent.layout,
    colors: parent.colors,
    ownTheme: {},
    isImmediate: parent.isImmediate,
  };
}

/**
 * Makes the character after the entry's first caret its hotkey, if there is one. Returns false if the key
 * already belongs to another entry.
 */
export function considerForHotkey(menu: MenuBuilder, entry: EntryBuilder, number: number): boolean {
  const caret = entry.text.indexOf('^');
  if (entry.action === 'disabled' || caret < 0 || caret + 1 >= entry.text.length) {
    return true;
  }
  const key = foldKey(entry.text.charAt(caret + 1));
  if (menu.hotkeys.has(key)) {
    return false;
  }
  entry.hotkey = key;
  menu.hotkeys.set(key, number);
  return true;
}

/** Returns the finished menu. */
export function finishMenu(menu: MenuBuilder, onTimeout: string | undefined): LoadedMenu {
  return {
    tag: menu.tag,
    title: menu.title,
    parent: menu.parent?.index,
    entries: menu.entries,
    defaultEntry: menu.defaultEntry,
    hasDefault: menu.hasDefault,
    hotkeys: menu.hotkeys,
    timeoutMs: menu.timeoutMs,
    hasTimeout: menu.hasTimeout,
    onTimeout,
    onTimeoutText: menu.onTimeout,
    allowEditing: menu.allowEditing,
    masterPassword: menu.masterPassword,
    background: menu.background,
    messages: menu.messages,
    layout: menu.layout,
    colors: menu.colors,
    ownTheme: menu.ownTheme,
    hasTitle: menu.hasTitle,
    span: menu.span,
  };
}
