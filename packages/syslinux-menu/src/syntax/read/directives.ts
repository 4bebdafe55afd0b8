import { BOOT_TYPES, type BootType } from '../language/loaded.js';
import { atoi, strtoul } from '../language/numbers.js';
import { keywordTable, type Statement, valueOf, wordsOf } from '../language/statement.js';
import { type CoreSettings } from './core-settings.js';
import { openLabel } from './label-data.js';
import { withLabel } from './menu-directives.js';
import { type Frame, type ReaderState } from './reader-state.js';

/** Effect of a directive. */
export type Handler = (
  state: ReaderState,
  frame: Frame,
  statement: Statement,
  core: CoreSettings,
) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  append: (state, _frame, statement) => {
    const value = valueOf(statement);
    if (state.label === undefined) {
      state.append = value;
    } else {
      state.label.append = value;
    }
  },
  initrd: (state, _frame, statement) => {
    withLabel(state, statement, (label) => (label.initrd = valueOf(statement)));
  },
  label,
  timeout: (_state, frame, statement, core) => {
    core.timeoutMs = milliseconds(atoi(valueOf(statement)));
    core.spans.timeout = statement.line.span;
    frame.menu.timeoutMs = core.timeoutMs;
    frame.menu.hasTimeout = true;
  },
  totaltimeout: (state, _frame, statement, core) => {
    core.totalTimeoutMs = totalMilliseconds(valueOf(statement));
    core.spans.totalTimeout = statement.line.span;
    state.totalTimeoutMs = core.totalTimeoutMs;
  },
  ontimeout: (_state, frame, statement, core) => {
    core.onTimeout = valueOf(statement);
    core.spans.onTimeout = statement.line.span;
    frame.menu.onTimeout = core.onTimeout;
  },
  onerror: (_state, _frame, statement, core) => (core.onError = valueOf(statement)),
  allowoptions: (_state, frame, statement) => {
    frame.menu.allowEditing = atoi(valueOf(statement)) !== 0;
  },
  ipappend: sysappend,
  sysappend,
  default: (state, _frame, statement, core) => {
    state.globalDefault = valueOf(statement);
    core.globalDefault = state.globalDefault;
    core.spans.default = statement.line.span;
    // In ldlinux a UI wins over any DEFAULT, regardless of their order.
    if (!state.hasUi) {
      core.defaultCommand = state.globalDefault;
    }
  },
  ui: (state, _frame, statement, core) => {
    state.hasUi = true;
    core.ui = valueOf(statement);
    core.spans.ui = statement.line.span;
    core.defaultCommand = core.ui;
  },
  prompt: (_state, _frame, statement, core) => {
    core.prompt = atoi(valueOf(statement)) !== 0;
    core.spans.prompt = statement.line.span;
  },
  implicit: (_state, _frame, statement, core) => {
    core.implicit = atoi(valueOf(statement)) !== 0;
    core.spans.implicit = statement.line.span;
  },
  noescape: (_state, _frame, statement, core) => {
    core.noEscape = atoi(valueOf(statement)) !== 0;
    core.spans.noEscape = statement.line.span;
  },
  serial: (_state, _frame, statement, core) => {
    setSerial(statement, core);
  },
  say: (_state, _frame, statement, core) => {
    core.say.push(statement.line.text.slice(statement.offset + 1));
  },
  path: (_state, _frame, statement, core) => {
    for (const directory of valueOf(statement).split(':')) {
      if (directory !== '') {
        core.path.push(directory);
      }
    }
  },
  display: fileOf('display'),
  font: fileOf('font'),
  kbdmap: fileOf('kbdmap'),
  // Used by U-Boot, or without effect on a boot menu.
  fdt: deviceTree('deviceTree'),
  devicetree: deviceTree('deviceTree'),
  fdtdir: deviceTree('deviceTreeDir'),
  devicetreedir: deviceTree('deviceTreeDir'),
  fdtoverlays: deviceTree('deviceTreeOverlays'),
  'devicetree-overlay': deviceTree('deviceTreeOverlays'),
  kaslrseed: known,
  fit: known,
  fallback: known,
  nocomplete: known,
  nohalt: known,
  console: known,
  pxeretry: known,
  sendcookies: known,
  ...Object.fromEntries(BOOT_TYPES.map((type) => [type, boot(type)])),
};

/** Names of the directives in {@link DIRECTIVES}, in lower case. */
export const DIRECTIVE_NAMES: readonly string[] = Object.keys(HANDLERS);

/** Handlers by folded keyword. The reader handles MENU, TEXT, INCLUDE and F1 to F12 itself. */
export const DIRECTIVES: ReadonlyMap<string, Handler> = keywordTable(HANDLERS);

function known(): void {
  // No effect on a menu or on what it boots.
}

function label(state: ReaderState, frame: Frame, statement: Statement): void {
  const { line } = statement;
  state.record(frame.menu);
  // Discards settings from before the first LABEL or from after the end of an entry.
  state.help = undefined;
  state.isHidden = false;
  state.isDisabled = false;
  state.indent = 0;
  state.label = openLabel(valueOf(statement), line.span, state.sysappend);
  state.labelNumber += 1;
}

function boot(type: BootType): Handler {
  return (state, _frame, statement) => {
    withLabel(state, statement, (open) => {
      open.type = type;
      open.file = valueOf(statement);
      open.isFileGiven = true;
    });
  };
}

function sysappend(state: ReaderState, _frame: Frame, statement: Statement): void {
  const mask = strtoul(valueOf(statement));
  if (state.label === undefined) {
    state.sysappend = mask;
  } else {
    state.label.sysappend = mask;
  }
}

function setSerial(statement: Statement, core: CoreSettings): void {
  const [port = '', baud = ''] = wordsOf(statement, 2);
  const speed = /^[a-z0-9]/i.test(baud) ? atoi(baud) : 9600;
  // Below 75 bits per second syslinux switches the port off.
  core.serial = speed < 75 ? undefined : { port: strtoul(port), baud: speed };
}

function fileOf(kind: 'display' | 'font' | 'kbdmap'): Handler {
  return (_state, _frame, statement, core) => {
    const file = wordsOf(statement, 1)[0];
    if (file !== undefined) {
      core.files.push({ kind, file, span: statement.line.span });
    }
  };
}

/** Returns the handler of a directive that U-Boot uses in the same files and syslinux ignores. */
function deviceTree(name: 'deviceTree' | 'deviceTreeDir' | 'deviceTreeOverlays'): Handler {
  return (state, _frame, statement) => {
    withLabel(state, statement, (open) => (open[name] = valueOf(statement)));
  };
}

/**
 * Converts tenths of a second to milliseconds, as C computes `(n * CLK_TCK + 9) / 10` with an int
 * and stores it as unsigned: -1 is 49 days.
 */
function milliseconds(tenths: number): number {
  return Math.trunc(((Math.imul(tenths, 1000) + 9) | 0) / 10) >>> 0;
}

/**
 * Converts TOTALTIMEOUT, in tenths of a second, to milliseconds, computed in 64 bits. Anything except
 * a positive number means none and yields 0.
 */
function totalMilliseconds(value: string): number {
  const tenths = Number(/^\s*\+?(\d{1,12})/.exec(value)?.[1] ?? '0');
  return Math.floor((tenths * 1000 + 9) / 10);
}
