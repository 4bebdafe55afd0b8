import {
  COLOR_NAMES,
  type ColorName,
  type ElementColor,
  LAYOUT_PARAMETERS,
} from '../../model/theme.js';
import { quoted, trimBlanks } from '../../text/text.js';
import { formatArgb, parseArgb, parseShadow } from '../language/colors.js';
import { lookingAt, skipBlanks, wordAt } from '../language/keyword.js';
import { MESSAGE_DIRECTIVES, type MessageName } from '../language/messages.js';
import { atoi, strtoul } from '../language/numbers.js';
import { keywordTable, type Statement, valueOf, wordsOf } from '../language/statement.js';
import { openLabel } from './label-data.js';
import { considerForHotkey, type MenuBuilder } from './menu-builder.js';
import { type Frame, type ReaderState } from './reader-state.js';

/** Effect of a MENU directive. */
export type MenuHandler = (state: ReaderState, frame: Frame, statement: Statement) => void;

const HANDLERS: Readonly<Record<string, MenuHandler>> = {
  label: menuLabel,
  title: menuTitle,
  default: menuDefault,
  hide: (state) => (state.isHidden = true),
  passwd: menuPassword,
  shiftkey: (state) => (state.shiftKey = true),
  // Saving the last choice needs a disk, which a network boot does not have.
  save: ignore,
  nosave: ignore,
  immediate: (state, frame) => {
    setImmediate(state, frame, true);
  },
  noimmediate: (state, frame) => {
    setImmediate(state, frame, false);
  },
  onerror: ignore,
  master: masterPassword,
  background,
  hidden: (state) => (state.hiddenMenu = true),
  hiddenkey: ignore,
  clear: ignore,
  color,
  colour: color,
  msgcolor: ignore,
  msgcolour: ignore,
  separator,
  disable: (state) => (state.isDisabled = true),
  disabled: (state) => (state.isDisabled = true),
  indent: (state, _frame, statement) => (state.indent = atoi(valueOf(statement))),
  begin,
  end,
  quit: (state, _frame, statement) => {
    withLabel(state, statement, (label) => (label.action = 'quit'));
  },
  goto: goTo,
  exit,
  start: (state, frame) => (state.startMenu = frame.menu),
  help: (state, _frame, statement) => {
    withLabel(state, statement, (label) => {
      label.action = 'help';
      label.file = wordsOf(statement, 1)[0] ?? '';
    });
  },
  resolution,
  ...Object.fromEntries(MESSAGE_DIRECTIVES.map(([name, word]) => [word, message(name)])),
  ...Object.fromEntries(LAYOUT_PARAMETERS.map((name) => [name, layout(name)])),
};

/** Names of all MENU directives except INCLUDE, in lower case. */
export const MENU_DIRECTIVE_NAMES: readonly string[] = Object.keys(HANDLERS);

/** Handlers by the folded word after MENU. The reader handles INCLUDE itself. */
export const MENU_DIRECTIVES: ReadonlyMap<string, MenuHandler> = keywordTable(HANDLERS);

function ignore(): void {
  // No effect on a network boot or its screen.
}

/** Runs `change` on the open label; without one, reports that syslinux ignores the line. */
export function withLabel(
  state: ReaderState,
  statement: Statement,
  change: (label: NonNullable<ReaderState['label']>) => void,
): void {
  if (state.label !== undefined) {
    change(state.label);
    return;
  }
  state.report(
    'warning',
    'outside-label',
    `${quoted(trimBlanks(statement.line.text))} is outside a LABEL and has no effect`,
    statement.line.span,
  );
}

function menuLabel(state: ReaderState, { menu }: Frame, statement: Statement): void {
  const text = valueOf(statement);
  const { parent, parentEntry } = menu;
  if (state.label !== undefined) {
    state.label.menuLabel = text;
  } else if (parent === undefined || parentEntry === undefined) {
    withLabel(state, statement, ignore);
  } else {
    parentEntry.text = text;
    parentEntry.menuLabel = text;
    menu.isNamedByTag = false;
    if (!considerForHotkey(parent, parentEntry, menu.parentEntryIndex)) {
      const what = `the hotkey of ${quoted(text)} already belongs to an earlier entry; it has no effect here`;
      state.report('warning', 'hotkey-taken', what, statement.line.span);
    }
    if (menu.title === '') {
      menu.title = text.replaceAll('^', '');
    }
  }
}

function menuTitle(_state: ReaderState, { menu }: Frame, statement: Statement): void {
  menu.title = valueOf(statement);
  menu.hasTitle = true;
  if (menu.isNamedByTag && menu.parentEntry !== undefined) {
    menu.parentEntry.text = menu.title;
    menu.isNamedByTag = false;
  }
}

function menuDefault(state: ReaderState, { menu }: Frame, statement: Statement): void {
  if (state.label !== undefined) {
    state.label.isDefault = true;
  } else if (menu.parent === undefined || menu.parentEntry === undefined) {
    withLabel(state, statement, ignore);
  } else {
    menu.parent.defaultEntry = menu.parentEntryIndex;
    menu.parentEntry.isDefault = true;
    menu.parent.hasDefault = true;
  }
}

function menuPassword(state: ReaderState, { menu }: Frame, statement: Statement): void {
  if (state.label !== undefined) {
    state.label.password = valueOf(statement);
  } else if (menu.parentEntry !== undefined) {
    menu.parentEntry.password = valueOf(statement);
  }
}

function masterPassword(_state: ReaderState, { menu }: Frame, statement: Statement): void {
  const { text } = statement.line;
  const end = lookingAt(text, skipBlanks(text, statement.offset), 'passwd');
  if (end !== undefined) {
    menu.masterPassword = text.slice(skipBlanks(text, end));
  }
}

function setImmediate(state: ReaderState, { menu }: Frame, value: boolean): void {
  if (state.label !== undefined) {
    state.label.isImmediate = value;
  } else {
    menu.isImmediate = value;
  }
}

function background(_state: ReaderState, { menu }: Frame, statement: Statement): void {
  menu.background = wordsOf(statement, 1)[0] ?? '';
  menu.ownTheme = { ...menu.ownTheme, background: menu.background };
}

function message(name: MessageName): MenuHandler {
  return (_state, { menu }, statement) => {
    const text = valueOf(statement);
    menu.messages = { ...menu.messages, [name]: text };
    menu.ownTheme = { ...menu.ownTheme, [name]: text };
  };
}

function layout(name: (typeof LAYOUT_PARAMETERS)[number]): MenuHandler {
  return (_state, { menu }, statement) => {
    const value = atoi(valueOf(statement));
    menu.layout = { ...menu.layout, [name]: value };
    menu.ownTheme = {
      ...menu.ownTheme,
      layout: { ...menu.ownTheme.layout, [name]: value },
    };
  };
}

function resolution(state: ReaderState, _frame: Frame, statement: Statement): void {
  const [width = '', height = ''] = wordsOf(statement, 2);
  state.resolution = { width: strtoul(width), height: strtoul(height) };
}

/** Elements such as `msg07` colour message files, which a menu's screen does not show. */
const MESSAGE_COLOR = /^msg[0-9a-f]{2}$/i;

function color(state: ReaderState, { menu }: Frame, statement: Statement): void {
  const { text } = statement.line;
  const start = skipBlanks(text, statement.offset);
  for (const name of COLOR_NAMES) {
    const end = lookingAt(text, start, name);
    if (end === undefined) {
      continue;
    }
    setColor(menu, name, readColor(text, end));
    return;
  }
  if (MESSAGE_COLOR.test(wordAt(text, start))) {
    return;
  }
  const what = `${quoted(wordAt(text, start))} is not a part of the screen that has a colour`;
  state.report('warning', 'unknown-color', what, statement.line.span);
}

/** Reads `ansi fg bg shadow`. `*` keeps a value, and the last ones may be missing. */
function readColor(text: string, start: number): ElementColor {
  let result: ElementColor = {};
  let offset = skipBlanks(text, start);
  const isStar = (): boolean => lookingAt(text, offset, '*') !== undefined;
  const advance = (end: number): void => {
    offset = skipBlanks(text, end);
  };
  if (isStar()) {
    advance(offset + 1);
  } else if (offset < text.length) {
    const ansi = wordAt(text, offset);
    result = { ...result, ansi };
    advance(offset + ansi.length);
  }
  for (const name of ['foreground', 'background'] as const) {
    if (offset >= text.length) {
      return result;
    }
    if (isStar()) {
      advance(offset + 1);
    } else {
      const { argb, end } = parseArgb(text, offset);
      result = { ...result, [name]: formatArgb(argb) };
      advance(end);
    }
  }
  const shadow = parseShadow(text.slice(offset));
  return shadow === undefined ? result : { ...result, shadow };
}

function setColor(menu: MenuBuilder, name: ColorName, change: ElementColor): void {
  const before = menu.colors[name];
  const number = (value: string | undefined, old: number): number =>
    value === undefined ? old : Number.parseInt(value.slice(1), 16);
  menu.colors = {
    ...menu.colors,
    [name]: {
      ansi: change.ansi ?? before.ansi,
      foreground: number(change.foreground, before.foreground),
      background: number(change.background, before.background),
      shadow: change.shadow ?? before.shadow,
    },
  };
  const own = menu.ownTheme.colors;
  menu.ownTheme = {
    ...menu.ownTheme,
    colors: { ...own, [name]: { ...own?.[name], ...change } },
  };
}

function separator(state: ReaderState, { menu }: Frame, statement: Statement): void {
  state.record(menu);
  state.recordSeparator(menu, openLabel('', statement.line.span, 0));
}

function begin(state: ReaderState, frame: Frame, statement: Statement): void {
  state.record(frame.menu);
  frame.menu = state.beginSubmenu(valueOf(statement), statement.line.span);
}

function end(state: ReaderState, frame: Frame, statement: Statement): void {
  state.record(frame.menu);
  if (state.currentMenu.parent === undefined) {
    const what = 'this MENU END has no MENU BEGIN';
    state.report('warning', 'stray-menu-end', what, statement.line.span);
  }
  frame.menu = state.endSubmenu();
}

function goTo(state: ReaderState, _frame: Frame, statement: Statement): void {
  withLabel(state, statement, (label) => {
    label.action = 'goto';
    label.target = valueOf(statement);
  });
}

function exit(state: ReaderState, { menu }: Frame, statement: Statement): void {
  withLabel(state, statement, (label) => {
    if (menu.parent === undefined) {
      const what = 'MENU EXIT has no effect in the top menu: there is no menu to return to';
      state.report('warning', 'exit-at-top', what, statement.line.span);
      return;
    }
    const tag = valueOf(statement);
    label.action = 'exit';
    label.target = tag === '' ? menu.parent.index : tag;
  });
}
