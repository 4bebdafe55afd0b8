import { type SourceSpan } from '../diagnostics/diagnostic.js';
import { foldKey } from '../model/hotkey.js';
import { BACK_ID_SUFFIX } from '../model/ids.js';
import {
  type BackEntry,
  type BootEntry,
  type Menu,
  type MenuItem,
  type Submenu,
  SYSTEM_INFO,
} from '../model/menu.js';
import { COLOR_NAMES, type MenuTheme } from '../model/theme.js';
import { idsOnTheWay, unattendedBoot } from '../model/unattended.js';
import { DEFAULT_LAYOUT, type Layout } from '../screen/geometry.js';
import { type ColorTable, DEFAULT_COLORS } from '../syntax/language/colors.js';
import { commandLine } from '../syntax/language/command-line.js';
import {
  type BootDirectives,
  HIDDEN_MENU,
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  type Messages,
  ROOT_MENU,
} from '../syntax/language/loaded.js';
import { LOCALBOOT_TYPES } from '../syntax/language/local-boot.js';
import { DEFAULT_MESSAGES } from '../syntax/language/messages.js';
import { SYSAPPEND_BOOTIF } from '../syntax/language/sysappend.js';
import { type ByteString, encodeUtf8 } from '../text/encoding.js';
import { cleanMenu } from '../validate/clean-menu.js';

/** Location for a model, which does not come from a file. */
const NOWHERE: SourceSpan = { file: '', line: 0, column: 0, length: 0 };

/**
 * Returns the state of the menu program for a menu, as if it had read the output of `renderSyslinux`
 * with unchanged paths.
 */
export function loadMenu(given: Menu): LoadedConfig {
  const { menu } = cleanMenu(given);
  return new MenuLoader(menu).load();
}

/** Settings that submenus inherit. */
interface Inherited {
  readonly timeoutMs: number;
  readonly background: string;
  readonly messages: Messages;
  readonly layout: Layout;
  readonly colors: ColorTable;
}

type Draft = { -readonly [Key in keyof LoadedMenu]: LoadedMenu[Key] } & { entries: LoadedEntry[] };

class MenuLoader {
  readonly #menu: Menu;
  readonly #menus: Draft[] = [];
  /** Ids of the item that is selected first and of the submenus that lead to it. */
  readonly #defaults: ReadonlySet<string>;
  readonly #onTimeout: string | undefined;
  readonly #hasClock: boolean;
  #headings = 0;
  #startMenu = ROOT_MENU;
  #timeoutLine: ByteString | undefined;

  constructor(menu: Menu) {
    this.#menu = menu;
    this.#defaults = new Set(idsOnTheWay(menu, menu.selectedId ?? menu.defaultId));
    const boot = unattendedBoot(menu);
    this.#hasClock = boot !== undefined && boot.seconds > 0;
    const around = boot?.ancestors.at(-1)?.id;
    const isSelected = (menu.selectedId ?? menu.defaultId) === menu.defaultId;
    const isNamed = this.#hasClock && !(isSelected && around === menu.startId);
    this.#onTimeout = isNamed ? boot?.entry.id : undefined;
  }

  load(): LoadedConfig {
    const menu = this.#menu;
    const inherited: Inherited = {
      timeoutMs: 0,
      background: '',
      messages: DEFAULT_MESSAGES,
      layout: DEFAULT_LAYOUT,
      colors: DEFAULT_COLORS,
    };
    this.#begin(HIDDEN_MENU, '.hidden', undefined, inherited, undefined);
    const own = withTheme(
      { ...inherited, timeoutMs: clockMs(this.#hasClock ? menu.timeoutSeconds : 0, 0) },
      menu.theme,
    );
    const root = this.#begin(ROOT_MENU, '.top', undefined, own, menu.theme);
    root.title = encodeUtf8(menu.title);
    root.hasTitle = menu.title !== '';
    root.hasTimeout = own.timeoutMs > 0;
    this.#fill(root, menu.items, own);
    const { masterPasswordHash, allowEditing = true, resolution } = menu;
    for (const loaded of this.#menus.slice(ROOT_MENU)) {
      loaded.allowEditing = allowEditing;
      loaded.masterPassword = masterPasswordHash;
      loaded.onTimeoutText = this.#onTimeout;
      loaded.onTimeout = this.#timeoutLine;
    }
    return {
      menus: this.#menus,
      startMenu: this.#startMenu,
      hidden: menu.hidden === true,
      shiftKey: false,
      totalTimeoutMs: 0,
      ...(resolution === undefined ? {} : { resolution }),
    };
  }

  #begin(
    index: number,
    tag: string | undefined,
    parent: number | undefined,
    inherited: Inherited,
    theme: MenuTheme | undefined,
  ): Draft {
    const menu: Draft = {
      tag,
      title: '',
      parent,
      entries: [],
      defaultEntry: 0,
      hasDefault: false,
      hotkeys: new Map<number, number>(),
      timeoutMs: inherited.timeoutMs,
      hasTimeout: false,
      onTimeout: undefined,
      onTimeoutText: undefined,
      allowEditing: true,
      masterPassword: undefined,
      background: inherited.background,
      messages: inherited.messages,
      layout: inherited.layout,
      colors: inherited.colors,
      ownTheme: theme === undefined ? {} : encodedTheme(theme),
      hasTitle: false,
      span: NOWHERE,
    };
    this.#menus[index] = menu;
    return menu;
  }

  #fill(menu: Draft, items: readonly MenuItem[], inherited: Inherited, defaultId?: string): void {
    const index = this.#menus.indexOf(menu);
    for (const item of items) {
      if (item.type === 'separator') {
        menu.entries.push(this.#separator(item.label, index));
        continue;
      }
      const isDefault = this.#defaults.has(item.id) || item.id === defaultId;
      const isOff = item.type !== 'submenu' && item.disabled === true;
      const canBeDefault = item.type !== 'back' && !isOff;
      const number = menu.entries.length;
      if (item.type === 'submenu') {
        this.#submenu(menu, index, item, inherited, isDefault);
      } else {
        menu.entries.push(this.#entry(item, menu, isDefault));
      }
      if (isDefault && canBeDefault) {
        menu.defaultEntry = number;
        menu.hasDefault = true;
      }
      if (item.hotkey !== undefined && !isOff) {
        (menu.hotkeys as Map<number, number>).set(foldKey(item.hotkey), number);
      }
    }
  }

  #separator(label: string | undefined, target: number): LoadedEntry {
    if (label === undefined) {
      return { ...blank(target), isSeparator: true, boot: { ...NO_KERNEL, file: '' } };
    }
    this.#headings += 1;
    const name = `..heading-${this.#headings}`;
    return {
      ...blank(target),
      name,
      text: encodeUtf8(label),
      menuLabel: encodeUtf8(label),
      isDisabled: true,
      boot: { ...NO_KERNEL, file: name },
    };
  }

  #entry(item: BootEntry | BackEntry, menu: Draft, isDefault: boolean): LoadedEntry {
    const index = this.#menus.indexOf(menu);
    const isOff = item.disabled === true;
    const isBack = item.type === 'back';
    const boot = bootOf(item);
    const marked = markedLabel(item);
    const line = commandLine(boot, {});
    const intendedAction = isBack ? 'exit' : 'command';
    if (item.id === this.#onTimeout) {
      this.#timeoutLine = line;
    }
    return {
      ...blank(index),
      action: isOff ? 'disabled' : intendedAction,
      intendedAction,
      name: item.id,
      text: `${' '.repeat(item.indent ?? 0)}${marked}`,
      menuLabel: marked,
      indent: item.indent ?? 0,
      isDefault,
      isDisabled: isOff,
      hotkey: item.hotkey === undefined || isOff ? 0 : foldKey(item.hotkey),
      boot,
      target: isBack && menu.parent !== undefined ? menu.parent : index,
      ...(isOff ? {} : { label: item.id }),
      ...(item.passwordHash === undefined ? {} : { password: encodeUtf8(item.passwordHash) }),
      ...(item.help === undefined ? {} : { help: `${encodeUtf8(item.help)}\n` }),
      ...(isOff || isBack ? {} : { commandLine: line }),
    };
  }

  #submenu(
    around: Draft,
    parent: number,
    item: Submenu,
    inherited: Inherited,
    isDefault: boolean,
  ): void {
    const index = this.#menus.length;
    const isWritten = item.id !== this.#menu.startId || this.#hasClock;
    const ownSeconds = isWritten ? item.timeoutSeconds : undefined;
    const clock = clockMs(ownSeconds, inherited.timeoutMs);
    const own = withTheme({ ...inherited, timeoutMs: clock }, item.theme);
    const menu = this.#begin(index, item.id, parent, own, item.theme);
    menu.hasTimeout = ownSeconds !== undefined;
    menu.title = encodeUtf8(item.title ?? item.label);
    menu.hasTitle = item.title !== undefined;
    const marked = markedLabel(item);
    around.entries.push({
      ...blank(index),
      action: 'submenu',
      intendedAction: 'submenu',
      text: marked,
      menuLabel: marked,
      isDefault,
      hotkey: item.hotkey === undefined ? 0 : foldKey(item.hotkey),
      boot: { type: 'none', file: '', isGiven: false, append: '', sysappend: 0 },
      ...(item.passwordHash === undefined ? {} : { password: encodeUtf8(item.passwordHash) }),
    });
    if (item.id === this.#menu.startId) {
      this.#startMenu = index;
    }
    this.#fill(menu, item.items, own, item.defaultId);
    const hasBack = item.items.some((inner) => inner.type === 'back' && inner.disabled !== true);
    if (hasBack) {
      return;
    }
    const id = `${item.id}${BACK_ID_SUFFIX}`;
    menu.entries.push(this.#entry({ type: 'back', id, label: 'Back' }, menu, false));
  }
}

/** Returns a countdown in milliseconds: `around`, that of the enclosing menu, if there is none. */
function clockMs(seconds: number | undefined, around: number): number {
  return seconds === undefined ? around : Math.round(seconds * 10) * 100;
}

const NO_KERNEL: BootDirectives = {
  type: 'kernel',
  file: '',
  isGiven: false,
  append: '',
  sysappend: 0,
};

/** Returns an entry that does nothing. */
function blank(target: number): LoadedEntry {
  return {
    action: 'disabled',
    intendedAction: 'command',
    text: '',
    name: '',
    indent: 0,
    isSeparator: false,
    isDefault: false,
    isDisabled: false,
    hotkey: 0,
    immediate: false,
    boot: NO_KERNEL,
    target,
    span: NOWHERE,
  };
}

/** Returns the label with a `^` before its hotkey. */
function markedLabel({ label, hotkey }: { label: string; hotkey?: string }): ByteString {
  const position = hotkey === undefined ? -1 : label.indexOf(hotkey);
  return encodeUtf8(position < 0 ? label : `${label.slice(0, position)}^${label.slice(position)}`);
}

/** Returns the directives that `renderSyslinux` writes for an entry. */
function bootOf(item: BootEntry | BackEntry): BootDirectives {
  const given = (type: BootDirectives['type'], file: string, append = ''): BootDirectives => ({
    type,
    file: encodeUtf8(file),
    isGiven: true,
    append: encodeUtf8(append),
    sysappend: 0,
  });
  switch (item.type) {
    case 'linux': {
      const { initrd = [], systemInfo = [], deviceTree, deviceTreeDir } = item;
      const overlays = (item.deviceTreeOverlays ?? []).join(' ');
      const bits = systemInfo.reduce((mask, name) => mask | SYSTEM_INFO[name], 0);
      return {
        ...given('linux', item.kernel, item.args),
        ...(initrd.length === 0 ? {} : { initrd: encodeUtf8(initrd.join(',')) }),
        ...(deviceTree === undefined ? {} : { deviceTree: encodeUtf8(deviceTree) }),
        ...(deviceTreeDir === undefined ? {} : { deviceTreeDir: encodeUtf8(deviceTreeDir) }),
        ...(overlays === '' ? {} : { deviceTreeOverlays: encodeUtf8(overlays) }),
        sysappend: item.appendBootif === true ? bits | SYSAPPEND_BOOTIF : bits,
      };
    }
    case 'local': {
      const { method = 'normal', drive, partition, options } = item;
      if (method === 'chain') {
        const disk =
          drive === undefined ? undefined : drive < 0x80 ? `fd${drive}` : `hd${drive - 0x80}`;
        const words = [disk, partition, options].filter(
          (word) => word !== undefined && word !== '',
        );
        return given('com32', 'chain.c32', words.join(' '));
      }
      const number = method === 'next-device' ? -1 : LOCALBOOT_TYPES[method];
      return given('localboot', drive === undefined ? `${number}` : `0x${drive.toString(16)}`);
    }
    case 'chain':
      return item.options === undefined
        ? given('pxe', item.program)
        : given('com32', 'pxechn.c32', `${item.program} ${item.options}`.trimEnd());
    case 'reboot':
      return given('com32', 'reboot.c32', item.options);
    case 'poweroff':
      return given('com32', 'poweroff.c32');
    case 'syslinux':
      return given(item.directive, item.file, item.args);
    case 'back':
      return { ...NO_KERNEL, file: item.id };
  }
}

const MESSAGE_NAMES = ['tabMessage', 'noTabMessage', 'autobootMessage', 'passwordPrompt'] as const;

/** Returns the theme with its texts as bytes. */
function encodedTheme(theme: MenuTheme): MenuTheme {
  const texts = ['background', ...MESSAGE_NAMES] as const;
  const encoded = texts.flatMap((name) => {
    const text = theme[name];
    return text === undefined ? [] : [[name, encodeUtf8(text)] as const];
  });
  return { ...theme, ...Object.fromEntries(encoded) };
}

function withTheme(inherited: Inherited, theme: MenuTheme | undefined): Inherited {
  if (theme === undefined) {
    return inherited;
  }
  const messages = { ...inherited.messages };
  for (const name of MESSAGE_NAMES) {
    const message = theme[name];
    if (message !== undefined) {
      messages[name] = encodeUtf8(message);
    }
  }
  const colors = { ...inherited.colors };
  const number = (value: string | undefined, old: number): number =>
    value === undefined ? old : Number.parseInt(value.slice(1), 16);
  for (const name of COLOR_NAMES) {
    const own = theme.colors?.[name];
    if (own === undefined) {
      continue;
    }
    const before = colors[name];
    colors[name] = {
      ansi: own.ansi ?? before.ansi,
      foreground: number(own.foreground, before.foreground),
      background: number(own.background, before.background),
      shadow: own.shadow ?? before.shadow,
    };
  }
  return {
    timeoutMs: inherited.timeoutMs,
    background:
      theme.background === undefined ? inherited.background : encodeUtf8(theme.background),
    messages,
    layout: { ...inherited.layout, ...theme.layout },
    colors,
  };
}
