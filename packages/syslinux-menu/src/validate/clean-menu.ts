import { type Diagnostic } from '../diagnostics/diagnostic.js';
import { foldKey } from '../model/hotkey.js';
import { IdSupply } from '../model/ids.js';
import {
  type EntryBase,
  type LinuxEntry,
  type LocalBootEntry,
  type Menu,
  type MenuItem,
  type Submenu,
  SYSLINUX_DIRECTIVES,
  SYSTEM_INFO,
} from '../model/menu.js';
import { isResolution } from '../model/resolution.js';
import {
  COLOR_NAMES,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type MenuTheme,
  SHADOWS,
} from '../model/theme.js';
import { MAX_SUBMENU_DEPTH, walkItems } from '../model/walk.js';
import { expandTabs, hasBlank, plainLine, quoted, withoutControlCharacters } from '../text/text.js';
import { isWholeNumber, type MenuDiagnosticCode } from './findings.js';
import { hotkeyFault } from './hotkeys.js';
import { isOneLine, LOCAL_METHODS, MAX_DRIVE, MAX_INDENT } from './item-rules.js';
import { isHelpLine } from './text-rules.js';
import { isArgb, isLayoutValue, isSgr } from './theme-rules.js';
import {
  canBeFirst,
  isBootable,
  isSelectable,
  isSelectedFirst,
  isTimeout,
  MAX_PORT,
  validateMenu,
} from './validate-menu.js';

/** A menu that every rule accepts, and the changes made to it. */
export interface CleanedMenu {
  readonly menu: Menu;
  /** A warning for each rule that the menu broke, and for each item left out. */
  readonly findings: readonly Diagnostic<MenuDiagnosticCode>[];
  /** Paths in the original menu, by path in the clean menu. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Makes a menu for which `validateMenu` reports no errors. Invalid items are cleaned or left out;
 * the others are unchanged. If no item is left that can be selected, the menu has no items, which is
 * the only error that remains.
 *
 * Never throws.
 */
export function cleanMenu(menu: Menu): CleanedMenu {
  const faults = validateMenu(menu);
  if (!faults.some(({ severity }) => severity === 'error')) {
    const origins = new Map([...walkItems(menu)].map(({ path }) => [path, path]));
    return { menu, findings: faults, origins };
  }
  const cleaner = new Cleaner();
  const cleaned = cleaner.clean(menu);
  const warnings = faults.map((fault) =>
    fault.severity === 'error' ? { ...fault, severity: 'warning' as const } : fault,
  );
  return { menu: cleaned, findings: [...warnings, ...cleaner.leftOut], origins: cleaner.origins };
}

class Cleaner {
  readonly leftOut: Diagnostic<MenuDiagnosticCode>[] = [];
  readonly origins = new Map<string, string>();
  readonly #ids = new IdSupply();
  /** New ids by old ones; if items share an id, the first keeps it. */
  readonly #renamed = new Map<string, string>();

  clean(menu: Menu): Menu {
    const { defaultId, selectedId, startId, timeoutSeconds, resolution, theme, serial } = menu;
    const items = this.#items(menu.items, '', '', []);
    const visited = [...walkItems({ title: '', items })].map(({ item }) => item);
    const bootable = (id: string | undefined): string | undefined => {
      const name = id === undefined ? undefined : this.#renamed.get(id);
      const item = visited.find((one) => one.type !== 'separator' && one.id === name);
      return item !== undefined && isBootable(item) ? name : undefined;
    };
    const start = startId === undefined ? undefined : this.#renamed.get(startId);
    const isStart = visited.some(
      (item) => item.type === 'submenu' && item.id === start && canBeFirst(item),
    );
    const clock = timeoutSeconds ?? 0;
    // The intended default is unknown: better to wait than to boot another entry.
    const isLost = defaultId !== undefined && bootable(defaultId) === undefined;
    const selected = selectedId === undefined ? undefined : this.#renamed.get(selectedId);
    const isSelected = visited.some(
      (item) => item.type !== 'separator' && item.id === selected && isSelectable(item),
    );
    return defined<Menu>({
      ...menu,
      title: plainLine(menu.title),
      interaction: ['prompt', 'none'].includes(menu.interaction ?? '')
        ? isLost
          ? undefined
          : menu.interaction
        : undefined,
      defaultId: bootable(defaultId),
      selectedId: isSelected ? selected : undefined,
      startId: isStart ? start : undefined,
      timeoutSeconds: isTimeout(clock) && clock > 0 && !isLost ? clock : undefined,
      hidden: menu.hidden === true && !isLost && isTimeout(clock) ? true : undefined,
      theme: cleanTheme(theme),
      resolution: resolution !== undefined && isResolution(resolution) ? resolution : undefined,
      serial:
        serial !== undefined &&
        isWholeNumber(serial.port, 0, MAX_PORT) &&
        isWholeNumber(serial.baud ?? 9600, 75, 115_200)
          ? serial
          : undefined,
      masterPasswordHash: cleanPassword(menu.masterPasswordHash),
      items,
    });
  }

  #items(
    items: readonly MenuItem[],
    prefix: string,
    from: string,
    ancestors: readonly Submenu[],
  ): readonly MenuItem[] {
    const kept: MenuItem[] = [];
    const keys = new Set<number>();
    for (const [index, item] of items.entries()) {
      const path = `${prefix}items[${kept.length}]`;
      const origin = `${from}items[${index}]`;
      const cleaned = this.#item(item, path, origin, ancestors, keys);
      if (cleaned === undefined) {
        continue;
      }
      this.origins.set(path, origin);
      kept.push(cleaned);
    }
    if (kept.some(isSelectable)) {
      return kept;
    }
    return [];
  }

  #item(
    item: MenuItem,
    path: string,
    origin: string,
    ancestors: readonly Submenu[],
    keys: Set<number>,
  ): MenuItem | undefined {
    if (item.type === 'separator') {
      const label = item.label === undefined ? '' : cleanLabel(item.label);
      return label === '' ? { type: 'separator' } : { type: 'separator', label };
    }
    const reason = leftOutReason(item, ancestors.length);
    if (reason !== undefined) {
      this.#leaveOut(item, origin, reason);
      return undefined;
    }
    const id = this.#ids.take(item.id);
    if (!this.#renamed.has(item.id)) {
      this.#renamed.set(item.id, id);
    }
    const label = cleanLabel(item.label) || id;
    const base = { id, label, passwordHash: cleanPassword(item.passwordHash) };
    if (item.type === 'submenu') {
      const items = this.#items(item.items, `${path}.`, `${origin}.`, [...ancestors, item]);
      if (items.length === 0) {
        this.#leaveOut(item, origin, 'nothing in it can be selected');
        return undefined;
      }
      const { timeoutSeconds, defaultId } = item;
      const name = defaultId === undefined ? undefined : this.#renamed.get(defaultId);
      return defined<Submenu>({
        ...item,
        ...base,
        hotkey: cleanHotkey(item, label, keys, false),
        title: item.title === undefined ? undefined : plainLine(item.title) || undefined,
        theme: cleanTheme(item.theme),
        defaultId:
          name !== undefined && items.some((inner) => isSelectedFirst(inner, name))
            ? name
            : undefined,
        timeoutSeconds:
          timeoutSeconds !== undefined && isTimeout(timeoutSeconds) ? timeoutSeconds : undefined,
        items,
      });
    }
    const indent = item.indent ?? 0;
    const common = {
      ...base,
      hotkey: cleanHotkey(item, label, keys, item.disabled === true),
      help: cleanHelp(item.help),
      indent: isWholeNumber(indent, 1, MAX_INDENT) ? indent : undefined,
    };
    switch (item.type) {
      case 'linux':
        return defined<MenuItem>({ ...item, ...common, ...cleanLinux(item) });
      case 'local':
        return defined<MenuItem>({ ...item, ...common, ...cleanLocal(item) });
      case 'chain':
      case 'reboot':
        return defined<MenuItem>({
          ...item,
          ...common,
          options: item.options === undefined ? undefined : plainLine(item.options),
        });
      case 'syslinux':
        return defined<MenuItem>({ ...item, ...common, args: cleanArgs(item.args) });
      case 'poweroff':
      case 'back':
        return defined<MenuItem>({ ...item, ...common });
    }
  }

  #leaveOut(item: EntryBase | Submenu, path: string, reason: string): void {
    const message = `${quoted(item.label)} is left out: ${reason}`;
    this.leftOut.push({ severity: 'warning', code: 'left-out', message, path });
  }
}

/** Returns why an item cannot be in any menu, as the end of a sentence; undefined if it can. */
function leftOutReason(
  item: Exclude<MenuItem, { type: 'separator' }>,
  depth: number,
): string | undefined {
  const isPath = (path: string): boolean => path !== '' && !hasBlank(path);
  switch (item.type) {
    case 'submenu':
      return depth >= MAX_SUBMENU_DEPTH
        ? `it is nested deeper than ${MAX_SUBMENU_DEPTH} levels`
        : undefined;
    case 'back':
      return depth === 0 ? 'there is no menu to go back to' : undefined;
    case 'linux':
      if (!isPath(item.kernel)) {
        return `its kernel ${quoted(item.kernel)} is not a path`;
      }
      return (item.initrd ?? []).every((path) => path.split(',').filter(Boolean).every(isPath))
        ? undefined
        : 'one of its ramdisks is not a path';
    case 'chain':
      return isPath(item.program) ? undefined : `its program ${quoted(item.program)} is not a path`;
    case 'syslinux': {
      const isKnown = (SYSLINUX_DIRECTIVES as readonly string[]).includes(item.directive);
      if (!isKnown) {
        return `unknown directive ${quoted(item.directive)}`;
      }
      return isPath(item.file) ? undefined : `its file ${quoted(item.file)} is not a path`;
    }
    case 'local':
      return LOCAL_METHODS.includes(item.method ?? 'normal')
        ? undefined
        : `unknown method ${quoted(String(item.method))}`;
    case 'reboot':
    case 'poweroff':
      return undefined;
  }
}

/** Returns the object without undefined properties. */
function defined<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

function cleanLabel(label: string): string {
  return plainLine(label.replaceAll('^', ''));
}

/** Returns the hash if it can be written; otherwise '', so that only the master password unlocks the item. */
function cleanPassword(hash: string | undefined): string | undefined {
  return hash === undefined || isOneLine(hash) ? hash : '';
}

function cleanHotkey(
  item: { readonly hotkey?: string },
  label: string,
  keys: Set<number>,
  isDisabled: boolean,
): string | undefined {
  const { hotkey } = item;
  if (hotkey === undefined || hotkeyFault(hotkey, label) !== undefined) {
    return undefined;
  }
  if (isDisabled) {
    return hotkey;
  }
  if (keys.has(foldKey(hotkey))) {
    return undefined;
  }
  keys.add(foldKey(hotkey));
  return hotkey;
}

function cleanHelp(help: string | undefined): string | undefined {
  if (help === undefined) {
    return undefined;
  }
  const lines = help.split('\n').map((line) => withoutControlCharacters(expandTabs(line)));
  return lines.filter(isHelpLine).join('\n');
}

function cleanArgs(args: string | undefined): string | undefined {
  const line = plainLine(args ?? '');
  return line === '' || line === '-' ? undefined : line;
}

function cleanLinux(
  entry: LinuxEntry,
): Partial<{ [K in keyof LinuxEntry]: LinuxEntry[K] | undefined }> {
  const words = plainLine(entry.args ?? '').split(' ');
  const isInitrd = (word: string): boolean => word.startsWith('initrd=');
  const named = words.filter(isInitrd).map((word) => word.slice('initrd='.length));
  const initrd = [...(entry.initrd ?? []), ...named]
    .flatMap((list) => list.split(','))
    .filter((path) => path !== '');
  const order = Object.keys(SYSTEM_INFO);
  const systemInfo = [...new Set(entry.systemInfo ?? [])]
    .filter((name) => order.includes(name))
    .sort((one, other) => order.indexOf(one) - order.indexOf(other));
  const path = (value: string | undefined): string | undefined =>
    value !== undefined && value !== '' && !hasBlank(value) ? value : undefined;
  const overlays = (entry.deviceTreeOverlays ?? []).filter((value) => path(value) !== undefined);
  return {
    initrd: initrd.length === 0 ? undefined : initrd,
    args: cleanArgs(words.filter((word) => !isInitrd(word)).join(' ')),
    systemInfo: systemInfo.length === 0 ? undefined : systemInfo,
    deviceTree: path(entry.deviceTree),
    deviceTreeDir: path(entry.deviceTreeDir),
    deviceTreeOverlays: overlays.length === 0 ? undefined : overlays,
  };
}

function cleanLocal(
  entry: LocalBootEntry,
): Partial<{ [K in keyof LocalBootEntry]: LocalBootEntry[K] | undefined }> {
  const { method = 'normal', drive = -1, partition = 0, options } = entry;
  const isChain = method === 'chain';
  const hasDrive =
    (isChain || method === 'normal') && isWholeNumber(drive, 0, isChain ? 0xff : MAX_DRIVE);
  return {
    drive: hasDrive ? drive : undefined,
    partition: isChain && hasDrive && isWholeNumber(partition, 1, 255) ? partition : undefined,
    options: isChain && options !== undefined ? plainLine(options) : undefined,
  };
}

function cleanTheme(theme: MenuTheme | undefined): MenuTheme | undefined {
  if (theme === undefined) {
    return undefined;
  }
  const message = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : plainLine(text);
  const colors = COLOR_NAMES.flatMap((name) => {
    const color = theme.colors?.[name];
    return color === undefined ? [] : [[name, cleanColor(color)] as const];
  });
  const layout = LAYOUT_PARAMETERS.flatMap((name) => {
    const value = theme.layout?.[name];
    return value !== undefined && isLayoutValue(value) ? [[name, value] as const] : [];
  });
  const { background = '' } = theme;
  const isBackground = background.startsWith('#') ? isArgb(background) : !hasBlank(background);
  return defined<MenuTheme>({
    ...theme,
    background: background !== '' && isBackground ? background : undefined,
    colors: colors.length === 0 ? undefined : Object.fromEntries(colors),
    layout: layout.length === 0 ? undefined : Object.fromEntries(layout),
    tabMessage: message(theme.tabMessage),
    noTabMessage: message(theme.noTabMessage),
    autobootMessage: message(theme.autobootMessage),
    passwordPrompt: message(theme.passwordPrompt),
  });
}

function cleanColor({ ansi, foreground, background, shadow }: ElementColor): ElementColor {
  return defined<ElementColor>({
    ansi: ansi !== undefined && isSgr(ansi) ? ansi : undefined,
    foreground: foreground !== undefined && isArgb(foreground) ? foreground : undefined,
    background: background !== undefined && isArgb(background) ? background : undefined,
    shadow: shadow !== undefined && SHADOWS.includes(shadow) ? shadow : undefined,
  });
}
