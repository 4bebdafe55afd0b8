import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { quoted, trimBlanks } from '../../text/text.js';
import { commandLine } from '../language/command-line.js';
import { HIDDEN_MENU, ROOT_MENU } from '../language/loaded.js';
import { type AppendedStrings } from '../language/sysappend.js';
import { type IncludeCode, type Includes } from './includes.js';
import { bootDirectives, type LabelData } from './label-data.js';
import {
  considerForHotkey,
  type EntryBuilder,
  type MenuBuilder,
  newRootMenu,
  newSubmenu,
} from './menu-builder.js';

/** Codes of findings from reading a menu file. */
export type ReadCode =
  | IncludeCode
  | 'line-split'
  | 'unterminated-text'
  | 'outside-label'
  | 'unknown-directive'
  | 'misspelled'
  | 'unknown-color'
  | 'hotkey-taken'
  | 'stray-menu-end'
  | 'stray-endtext'
  | 'menu-left-open'
  | 'parent-menu-after-include'
  | 'exit-at-top'
  | 'unresolved-goto';

/** A file being read. For each file, syslinux remembers the menu to which labels are added. */
export interface Frame {
  menu: MenuBuilder;
}

/** An entry with the menu that contains it, and the tag that names its target menu, if any. */
export interface RecordedEntry {
  readonly entry: EntryBuilder;
  readonly menu: MenuBuilder;
  readonly targetTag: string | undefined;
}

/** State of a reader across lines and files. */
export class ReaderState {
  readonly includes: Includes;
  readonly appended: AppendedStrings;
  readonly #report: (diagnostic: Diagnostic<ReadCode>) => void;

  /** Entries in order, for lookup by name. */
  readonly allEntries: RecordedEntry[] = [];
  readonly hidden: MenuBuilder;
  readonly root: MenuBuilder;
  readonly menus: MenuBuilder[];
  currentMenu: MenuBuilder;
  startMenu: MenuBuilder;

  label: LabelData | undefined;
  /** Number of LABEL lines so far. */
  labelNumber = 0;
  // The next four settings belong to the next label recorded, even if no LABEL line opened it.
  help: string | undefined;
  isHidden = false;
  isDisabled = false;
  indent = 0;

  append: string | undefined;
  sysappend = 0;
  hasUi = false;
  globalDefault: string | undefined;
  hiddenMenu = false;
  shiftKey = false;
  totalTimeoutMs = 0;
  resolution: { width: number; height: number } | undefined;

  constructor(
    start: SourceSpan,
    includes: Includes,
    appended: AppendedStrings,
    report: (diagnostic: Diagnostic<ReadCode>) => void,
  ) {
    this.hidden = newRootMenu(HIDDEN_MENU, '.hidden', start);
    this.root = newRootMenu(ROOT_MENU, '.top', start);
    this.menus = [this.hidden, this.root];
    this.currentMenu = this.root;
    this.startMenu = this.root;
    this.includes = includes;
    this.appended = appended;
    this.#report = report;
  }

  report(
    severity: Diagnostic['severity'],
    code: ReadCode,
    message: string,
    span: SourceSpan,
  ): void {
    this.#report({ severity, code, message, span });
  }

  /** Closes the open label, if there is one, and adds it to the menu as an entry. */
  record(menu: MenuBuilder): void {
    if (this.label !== undefined) {
      this.#recordLabel(menu, this.label, false);
    }
  }

  recordSeparator(menu: MenuBuilder, label: LabelData): void {
    this.#recordLabel(menu, label, true);
  }

  #recordLabel(menu: MenuBuilder, label: LabelData, isSeparator: boolean): void {
    const target = this.isHidden ? this.hidden : menu;
    const isOff = isSeparator || this.isDisabled;
    const text = isSeparator ? '' : `${indentation(this.indent)}${label.menuLabel ?? label.name}`;
    const boot = bootDirectives(label, this.append);
    const entry: EntryBuilder = {
      action: isOff ? 'disabled' : label.action,
      text,
      name: label.name,
      indent: this.indent,
      isSeparator,
      isDefault: label.isDefault,
      isDisabled: this.isDisabled,
      intendedAction: label.action,
      hotkey: 0,
      immediate: label.isImmediate ?? menu.isImmediate,
      boot,
      target: typeof label.target === 'number' ? label.target : menu.index,
      span: label.span,
    };
    if (label.menuLabel !== undefined) {
      entry.menuLabel = label.menuLabel;
    }
    if (!isOff) {
      entry.label = label.name;
    }
    if (label.password !== undefined) {
      entry.password = label.password;
    }
    if (this.help !== undefined) {
      entry.help = this.help;
    }
    if (entry.action === 'command') {
      entry.commandLine = commandLine(boot, this.appended);
    }
    this.#add(target, entry, label);
    if (label.isDefault && (entry.action === 'command' || entry.action === 'goto')) {
      // An entry with MENU HIDE becomes the default of the menu that collects hidden entries.
      target.defaultEntry = target.entries.length - 1;
      target.hasDefault = true;
    }
    this.label = undefined;
    this.help = undefined;
    this.isHidden = false;
    this.isDisabled = false;
    this.indent = 0;
  }

  #add(menu: MenuBuilder, entry: EntryBuilder, label: LabelData): void {
    menu.entries.push(entry);
    const targetTag = typeof label.target === 'string' ? label.target : undefined;
    this.allEntries.push({ entry, menu, targetTag });
    if (label.menuLabel === undefined) {
      return;
    }
    if (!considerForHotkey(menu, entry, menu.entries.length - 1)) {
      this.report(
        'warning',
        'hotkey-taken',
        `the hotkey of ${quoted(trimBlanks(entry.text))} already belongs to an earlier entry; it has no effect here`,
        entry.span,
      );
    }
  }

  beginSubmenu(tag: string, span: SourceSpan): MenuBuilder {
    const menu = newSubmenu(
      this.menus.length,
      this.currentMenu,
      tag === '' ? undefined : tag,
      span,
    );
    this.menus.push(menu);
    this.currentMenu = menu;
    return menu;
  }

  endSubmenu(): MenuBuilder {
    this.currentMenu = this.currentMenu.parent ?? this.currentMenu;
    return this.currentMenu;
  }
}

/** Maximum number of spaces in an indent: more than any screen has columns. Files can name any number. */
const MOST_BLANKS = 512;

function indentation(blanks: number): string {
  return ' '.repeat(Math.min(Math.max(blanks, 0), MOST_BLANKS));
}
