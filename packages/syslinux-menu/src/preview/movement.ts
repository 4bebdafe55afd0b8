import { type LoadedMenu } from '../syntax/language/loaded.js';
import { type MenuKey } from './keys.js';

/** Indexes of the selected entry and of the first visible one. */
export interface Position {
  readonly entry: number;
  readonly top: number;
}

/**
 * Returns the selection after a key (run_menu() of com32/menu/menumain.c); undefined if the key
 * does not move it. The selection may be out of range until {@link settled} corrects it.
 */
export function moved(
  key: MenuKey,
  menu: LoadedMenu,
  rows: number,
  from: Position,
): Position | undefined {
  switch (key) {
    case 'up':
      return backward(menu, rows, from.entry, from.top);
    case 'down':
      return forward(menu, rows, from.entry, from.top);
    case 'pageup':
    case 'left':
    case '<':
      return pageBackward(menu, rows, from);
    case 'pagedown':
    case 'right':
    case '>':
    case ' ':
      return pageForward(menu, rows, from);
    case '-':
      return scrollBackward(menu, from);
    case '+':
      return scrollForward(menu, from);
    case 'home':
      return { entry: 0, top: 0 };
    case 'end':
      return { entry: menu.entries.length - 1, top: Math.max(0, menu.entries.length - rows) };
    default:
      return undefined;
  }
}

/**
 * Moves a selection that is out of range or on a disabled entry to a valid one, and scrolls it into
 * view, as the program does before it draws.
 */
export function settled(menu: LoadedMenu, rows: number, from: Position): Position {
  const count = menu.entries.length;
  let { entry, top } = from;
  if (entry <= 0) {
    entry = 0;
    while (entry < count && isDisabled(menu, entry)) {
      entry += 1;
    }
  }
  if (entry >= count - 1) {
    entry = Math.max(count - 1, 0);
    while (entry > 0 && isDisabled(menu, entry)) {
      entry -= 1;
    }
  }
  const last = Math.max(0, count - rows);
  if (top < 0 || top < entry - rows + 1) {
    top = Math.max(0, entry - rows + 1);
  } else if (top > entry || top > last) {
    top = Math.min(entry, last);
  }
  return { entry, top };
}

function isDisabled(menu: LoadedMenu, entry: number): boolean {
  return menu.entries[entry]?.action === 'disabled';
}

/** Moves to the previous entry that is not disabled; the view scrolls by whole pages. */
function backward(menu: LoadedMenu, rows: number, entry: number, top: number): Position {
  let [to, window] = [entry, top];
  while (to > 0) {
    to -= 1;
    if (to < window) {
      window -= rows;
    }
    if (!isDisabled(menu, to)) {
      break;
    }
  }
  return { entry: to, top: window };
}

function forward(menu: LoadedMenu, rows: number, entry: number, top: number): Position {
  let [to, window] = [entry, top];
  while (to < menu.entries.length - 1) {
    to += 1;
    if (to >= window + rows) {
      window += rows;
    }
    if (!isDisabled(menu, to)) {
      break;
    }
  }
  return { entry: to, top: window };
}

function pageBackward(menu: LoadedMenu, rows: number, from: Position): Position {
  const [to, window] = [from.entry - rows, from.top - rows];
  return to > 0 && isDisabled(menu, to)
    ? backward(menu, rows, to, window)
    : { entry: to, top: window };
}

function pageForward(menu: LoadedMenu, rows: number, from: Position): Position {
  const [to, window] = [from.entry + rows, from.top + rows];
  return to < menu.entries.length - 1 && isDisabled(menu, to)
    ? forward(menu, rows, to, window)
    : { entry: to, top: window };
}

/** Moves selection and view together, one entry at a time. */
function scrollBackward(menu: LoadedMenu, from: Position): Position {
  let { entry, top } = from;
  while (entry > 0) {
    entry -= 1;
    top -= 1;
    if (!isDisabled(menu, entry)) {
      break;
    }
  }
  return { entry, top };
}

function scrollForward(menu: LoadedMenu, from: Position): Position {
  let { entry, top } = from;
  while (entry < menu.entries.length - 1) {
    entry += 1;
    top += 1;
    if (!isDisabled(menu, entry)) {
      break;
    }
  }
  return { entry, top };
}
