import { type Diagnostic } from '../diagnostics/diagnostic.js';
import { type BootEntry, type Menu, type MenuItem } from '../model/menu.js';
import { isResolution } from '../model/resolution.js';
import { unattendedBoot } from '../model/unattended.js';
import { MAX_SUBMENU_DEPTH, type VisitedItem, walkItems } from '../model/walk.js';
import { quoted } from '../text/text.js';
import { checkChoice, Findings, isWholeNumber, type MenuDiagnosticCode } from './findings.js';
import { checkHotkeys } from './hotkeys.js';
import { checkItem, checkPasswordHash } from './item-rules.js';
import { checkLine } from './text-rules.js';
import { checkTheme } from './theme-rules.js';

/** Longest countdown: a day, far below the overflow of syslinux's millisecond counter. */
export const MAX_TIMEOUT_SECONDS = 86_400;

/** Highest I/O address of a serial port. */
export const MAX_PORT = 0xffff;

/**
 * Checks what types cannot express: texts and paths that would break a menu file, ids, hotkeys, the default,
 * nesting. Every renderer accepts a menu without errors; it leaves out and reports what its loader cannot
 * express.
 *
 * @returns findings in the order of the menu, empty for a valid menu. Never throws.
 */
export function validateMenu(menu: Menu): readonly Diagnostic<MenuDiagnosticCode>[] {
  const findings = new Findings();
  checkSettings(menu, findings);
  checkLevel(menu.items, '', findings);
  const ids = new Map<string, string>();
  const visited = [...walkItems(menu)];
  for (const visit of visited) {
    checkVisit(visit, ids, findings);
  }
  checkDefault(menu, visited, findings);
  return findings.list;
}

function checkSettings(menu: Menu, findings: Findings): void {
  checkLine(menu.title, 'title', findings);
  const timeout = menu.timeoutSeconds ?? 0;
  checkTimeout(timeout, 'timeoutSeconds', findings);
  checkChoice(menu.interaction ?? 'menu', INTERACTIONS, 'interaction', findings);
  if (menu.hidden === true && timeout === 0) {
    findings.warning('hidden', 'no-timeout', 'a hidden menu needs a timeout; set timeoutSeconds');
  }
  if (menu.resolution !== undefined) {
    const { width, height } = menu.resolution;
    if (!isResolution(menu.resolution)) {
      findings.error(
        'resolution',
        'bad-number',
        `resolution ${width} x ${height} must be whole numbers from 320 x 200 to 4096 x 4096`,
      );
    }
  }
  if (menu.theme !== undefined) {
    checkTheme(menu.theme, 'theme', findings);
  }
  if (menu.masterPasswordHash !== undefined) {
    checkPasswordHash(menu.masterPasswordHash, 'masterPasswordHash', findings);
  }
  if (menu.serial !== undefined) {
    const { port, baud = 9600 } = menu.serial;
    if (!isWholeNumber(port, 0, MAX_PORT)) {
      findings.error('serial.port', 'bad-number', `serial port ${port} must be 0 to ${MAX_PORT}`);
    }
    if (!isWholeNumber(baud, 75, 115_200)) {
      findings.error('serial.baud', 'bad-number', `${baud} baud must be 75 to 115200`);
    }
  }
}

const INTERACTIONS: readonly string[] = ['menu', 'prompt', 'none'];

/** Returns true if every dialect can express the number as a countdown. */
export function isTimeout(seconds: number): boolean {
  const inSteps = Math.abs(seconds * 10 - Math.round(seconds * 10)) < 1e-6;
  return inSteps && seconds >= 0 && seconds <= MAX_TIMEOUT_SECONDS;
}

function checkTimeout(seconds: number, path: string, findings: Findings): void {
  if (isTimeout(seconds)) {
    return;
  }
  const what = `timeout ${seconds} must be 0 to ${MAX_TIMEOUT_SECONDS} seconds in steps of 0.1`;
  findings.error(path, 'bad-number', what);
}

/** Checks the items of one menu, taken together. */
function checkLevel(items: readonly MenuItem[], prefix: string, findings: Findings): void {
  if (!items.some(isSelectable)) {
    findings.error(
      `${prefix}items`,
      'empty-menu',
      'the menu has nothing to select; add an entry or remove the menu',
    );
  }
  checkHotkeys(items, prefix, findings);
}

function checkVisit(visit: VisitedItem, ids: Map<string, string>, findings: Findings): void {
  const { item, path, ancestors } = visit;
  checkItem(item, path, findings);
  if (item.type === 'separator') {
    return;
  }
  const other = ids.get(item.id);
  if (other !== undefined) {
    findings.error(
      `${path}.id`,
      'duplicate-id',
      `id ${quoted(item.id)} is already used by ${other}; ids must be unique in the whole menu`,
    );
  } else {
    ids.set(item.id, path);
  }
  if (item.type === 'back' && ancestors.length === 0) {
    findings.error(path, 'misplaced-back', 'there is no menu to go back to at the top');
  }
  if (item.type === 'submenu') {
    if (ancestors.length >= MAX_SUBMENU_DEPTH) {
      findings.error(path, 'too-deep', `submenus nest deeper than ${MAX_SUBMENU_DEPTH} levels`);
    } else {
      checkLevel(item.items, `${path}.`, findings);
      const { defaultId, timeoutSeconds = 0 } = item;
      checkTimeout(timeoutSeconds, `${path}.timeoutSeconds`, findings);
      if (
        defaultId !== undefined &&
        !item.items.some((inner) => isSelectedFirst(inner, defaultId))
      ) {
        findings.error(
          `${path}.defaultId`,
          'unknown-default',
          `the submenu has no item to select with the id ${quoted(defaultId)}`,
        );
      }
    }
  }
}

/** Returns true if the item has the id and can be the one that its submenu selects first. */
export function isSelectedFirst(item: MenuItem, id: string): boolean {
  return item.type !== 'separator' && item.id === id && item.type !== 'back' && isSelectable(item);
}

/** Returns true if the item can be selected. */
export function isSelectable(item: MenuItem): item is NamedItem {
  if (item.type === 'separator') {
    return false;
  }
  return item.type === 'submenu' || item.disabled !== true;
}

function checkDefault(menu: Menu, visited: readonly VisitedItem[], findings: Findings): void {
  const { defaultId, selectedId, startId } = menu;
  if (defaultId !== undefined) {
    checkBootable(defaultId, visited, findings);
  }
  if (selectedId !== undefined) {
    const item = itemOf(selectedId, visited);
    if (item === undefined || !isSelectable(item)) {
      const what = `no item that can be selected has the id ${quoted(selectedId)}`;
      findings.error('selectedId', 'unknown-default', what);
    }
  }
  if (startId !== undefined) {
    const item = itemOf(startId, visited);
    if (item === undefined || !canBeFirst(item)) {
      const what = `no submenu with selectable items has the id ${quoted(startId)}`;
      findings.error('startId', 'unknown-default', what);
    }
  }
  const hasClock = (menu.timeoutSeconds ?? 0) > 0 && menu.interaction !== 'none';
  if (hasClock && defaultId === undefined && unattendedBoot(menu) === undefined) {
    findings.warning(
      'defaultId',
      'no-default',
      'the menu has a timeout, and its first item is not an entry that boots; name the default',
    );
  }
}

function itemOf(id: string, visited: readonly VisitedItem[]): NamedItem | undefined {
  for (const { item } of visited) {
    if (item.type !== 'separator' && item.id === id) {
      return item;
    }
  }
  return undefined;
}

type NamedItem = Exclude<MenuItem, { type: 'separator' }>;

function checkBootable(id: string, visited: readonly VisitedItem[], findings: Findings): void {
  const item = itemOf(id, visited);
  if (item === undefined) {
    findings.error('defaultId', 'unknown-default', `no entry has the id ${quoted(id)}`);
  } else if (!isBootable(item)) {
    findings.error(
      'defaultId',
      'default-not-bootable',
      `the default ${quoted(id)} is not an entry that can boot; name one that is enabled`,
    );
  }
}

/**
 * Returns true if the item is a submenu that can be shown first: one in which an item other than a
 * "back" entry can be selected.
 */
export function canBeFirst(item: MenuItem): boolean {
  return (
    item.type === 'submenu' &&
    item.items.some((inner) => inner.type !== 'back' && isSelectable(inner))
  );
}

/** Returns true if the item is an entry that can be a menu's default. */
export function isBootable(item: MenuItem): item is BootEntry {
  if (item.type === 'separator' || item.type === 'submenu' || item.type === 'back') {
    return false;
  }
  return isSelectable(item);
}
