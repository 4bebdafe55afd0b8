import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type ByteString } from '../../text/encoding.js';
import { quoted, trimBlanks } from '../../text/text.js';
import { wordsIn } from '../language/command.js';
import { FileCursor, type SourceLine } from '../language/file-cursor.js';
import { lookingAt, restOfLine, skipBlanks } from '../language/keyword.js';
import { type LoadedConfig } from '../language/loaded.js';
import { closestWord } from '../language/spelling.js';
import { foldWord, type Statement, statementAt, valueOf, wordsOf } from '../language/statement.js';
import { type AppendedStrings } from '../language/sysappend.js';
import { type CoreSettings, defaultCoreSettings } from './core-settings.js';
import { DIRECTIVE_NAMES, DIRECTIVES } from './directives.js';
import { finishConfig } from './finish.js';
import { type IncludeResolver, Includes } from './includes.js';
import { MENU_DIRECTIVE_NAMES, MENU_DIRECTIVES } from './menu-directives.js';
import { type Frame, type ReadCode, ReaderState } from './reader-state.js';

/** Kind of a line in a menu file. */
export type LineKind = 'blank' | 'comment' | 'directive' | 'help' | 'unknown';

/** A line, kept whether or not syslinux knows it. */
export interface KeptLine {
  /** Meaning of the line for syslinux. */
  readonly kind: LineKind;
  /** Text up to the first CR, LF or NUL; each character is a byte. */
  readonly text: ByteString;
  /** Location of the line, including its file. */
  readonly span: SourceSpan;
}

/** Input and settings of a reader. */
export interface ReadOptions {
  readonly fileName: string;
  readonly resolve: IncludeResolver;
  readonly appended: AppendedStrings;
  readonly report: (diagnostic: Diagnostic<ReadCode>) => void;
  /** Called with each piece of work: the number of lines and characters read. */
  readonly onWork: (units: number) => void;
}

/** A directive, or a line that could have been one, as read from a file. */
export interface Directive {
  /**
   * Keyword in upper case; for `MENU LABEL` and similar, both words. `F-KEY` stands for F1 to F12. Characters
   * that are not letters are folded, see `foldWord`.
   */
  readonly keyword: string;
  /** Rest of the line. */
  readonly value: ByteString;
  readonly span: SourceSpan;
  /** Number of the LABEL that the line belongs to, from 1; 0 before the first label. */
  readonly label: number;
}

/** Result of reading a file and its includes. */
export interface ReadConfig {
  /** Every directive except TEXT, and every unknown line that does not begin with MENU, in order. */
  readonly directives: readonly Directive[];
  readonly config: LoadedConfig;
  readonly core: CoreSettings;
  readonly lines: readonly KeptLine[];
  /** True if every included file was found. */
  readonly isWhole: boolean;
}

/**
 * Reads a file as syslinux does. Two programs read it with nearly the same code, ldlinux and the
 * menu program. Settings that only ldlinux keeps go to `core`, those that only the menu program
 * keeps to `config`.
 */
export function readConfig(text: string, options: ReadOptions): ReadConfig {
  const reader = new ConfigReader(text, options);
  reader.readFile(new FileCursor(options.fileName, text));
  return reader.finish();
}

const MENU = foldWord('menu');
const TEXT = foldWord('text');
const INCLUDE = foldWord('include');
const ENDTEXT = foldWord('endtext');

/** Reads the lines of a file and of the files that it includes. */
class ConfigReader {
  readonly #options: ReadOptions;
  readonly #state: ReaderState;
  readonly #core = defaultCoreSettings();
  readonly #lines: KeptLine[] = [];
  readonly #directives: Directive[] = [];

  constructor(text: string, options: ReadOptions) {
    const { fileName, resolve, appended, report } = options;
    this.#options = options;
    const includes = new Includes({ name: fileName, text }, resolve, report);
    this.#state = new ReaderState(startOf(fileName), includes, appended, report);
  }

  finish(): ReadConfig {
    const state = this.#state;
    if (state.currentMenu.parent !== undefined) {
      const { tag, span } = state.currentMenu;
      const name = tag === undefined ? '' : ` ${quoted(tag)}`;
      state.report('warning', 'menu-left-open', `MENU BEGIN${name} has no MENU END`, span);
    }
    state.record(state.currentMenu);
    const config = finishConfig(state);
    return {
      config,
      core: this.#core,
      lines: this.#lines,
      directives: this.#directives,
      isWhole: !state.includes.hasMissing,
    };
  }

  readFile(cursor: FileCursor): void {
    const frame: Frame = { menu: this.#state.currentMenu };
    for (let line = cursor.next(); line !== undefined; line = cursor.next()) {
      this.#options.onWork(1 + line.raw.length);
      if (line.isTail && line.text !== '') {
        const what = 'the previous line is too long: syslinux reads the rest as a separate line';
        this.#state.report('warning', 'line-split', what, line.span);
      }
      this.#readLine(line, frame, cursor);
    }
  }

  #readLine(line: SourceLine, frame: Frame, cursor: FileCursor): void {
    const statement = statementAt(line, 0);
    const isKnown =
      this.#readMenu(statement, frame) ||
      this.#readText(statement, cursor) ||
      this.#readFunctionKey(statement) ||
      this.#readDirective(statement, frame);
    if (statement.keyword !== TEXT) {
      this.#keep(line, isKnown ? 'directive' : this.#idle(statement));
    }
  }

  #readMenu(statement: Statement, frame: Frame): boolean {
    if (statement.keyword !== MENU) {
      return false;
    }
    const inner = statementAt(statement.line, statement.offset);
    if (inner.keyword === INCLUDE) {
      this.#include(`MENU ${INCLUDE}`, inner, frame);
      return true;
    }
    const handler = MENU_DIRECTIVES.get(inner.keyword);
    handler?.(this.#state, frame, inner);
    if (handler === undefined) {
      this.#reportUnknown(inner, MENU_WORDS, 'MENU ');
    } else {
      this.#log(`MENU ${inner.keyword}`, inner);
    }
    return true;
  }

  #readDirective(statement: Statement, frame: Frame): boolean {
    if (statement.keyword === INCLUDE) {
      this.#include(INCLUDE, statement, frame);
      return true;
    }
    const handler = DIRECTIVES.get(statement.keyword);
    if (handler === undefined) {
      return false;
    }
    handler(this.#state, frame, statement, this.#core);
    this.#log(statement.keyword, statement);
    return true;
  }

  /** Handles INCLUDE: `INCLUDE file` reads its lines in place, `INCLUDE file tag` as a submenu. */
  #include(keyword: string, statement: Statement, frame: Frame): void {
    const { line } = statement;
    const [file = ''] = wordsOf(statement, 1);
    this.#log(keyword, statement);
    const start = skipBlanks(line.text, statement.offset);
    const tag = restOfLine(line.text, start + file.length);
    const state = this.#state;
    if (tag !== '') {
      state.record(frame.menu);
      frame.menu = state.beginSubmenu(tag, line.span);
    }
    state.includes.include(file, line.span, (cursor) => {
      this.readFile(cursor);
    });
    if (tag !== '') {
      state.record(frame.menu);
      frame.menu = state.endSubmenu();
    } else if (state.currentMenu !== frame.menu) {
      const what = `${quoted(file)} begins or ends a menu, but labels below are still added to the previous menu`;
      state.report('warning', 'parent-menu-after-include', what, line.span);
    }
  }

  /**
   * Handles TEXT HELP: everything up to ENDTEXT belongs to the open label, unchanged. Other TEXT
   * blocks are skipped.
   */
  #readText(statement: Statement, cursor: FileCursor): boolean {
    if (statement.keyword !== TEXT) {
      return false;
    }
    this.#keep(statement.line, 'directive');
    const isHelp = foldWord(wordsOf(statement, 1)[0] ?? '') === foldWord('help');
    for (let line = cursor.next(); line !== undefined; line = cursor.next()) {
      this.#options.onWork(1 + line.raw.length);
      if (lookingAt(line.text, skipBlanks(line.text, 0), 'endtext') !== undefined) {
        this.#keep(line, 'directive');
        return true;
      }
      this.#keep(line, 'help');
      if (isHelp) {
        this.#state.help = (this.#state.help ?? '') + line.raw;
      }
    }
    const what = 'ENDTEXT is missing: the rest of the file is read as help';
    this.#state.report('error', 'unterminated-text', what, statement.line.span);
    return true;
  }

  /** Handles F1 to F12, and F0 for F10: files shown when the key is pressed. */
  #readFunctionKey(statement: Statement): boolean {
    if (!statement.keyword.startsWith('F')) {
      return false;
    }
    const match = /^f\s*(\d{0,9})$/i.exec(
      statement.line.text.slice(0, statement.offset).trimStart(),
    );
    if (match === null || Number(match[1]) > 12) {
      return false;
    }
    const file = wordsOf(statement, 1)[0];
    if (file !== undefined) {
      this.#core.files.push({ kind: 'function-key', file, span: statement.line.span });
    }
    this.#log('F-KEY', statement);
    return true;
  }

  #log(keyword: string, statement: Statement): void {
    const { labelNumber, label } = this.#state;
    const { span } = statement.line;
    const number = label === undefined ? 0 : labelNumber;
    this.#directives.push({ keyword, value: valueOf(statement), span, label: number });
  }

  #keep(line: SourceLine, kind: LineKind): void {
    this.#lines.push({ kind, text: line.text, span: line.span });
  }

  /** Classifies a line that syslinux ignores. */
  #idle(statement: Statement): LineKind {
    const text = trimBlanks(statement.line.text);
    if (text === '') {
      return 'blank';
    }
    // Syslinux ignores any line that it does not know; people write comments in these forms.
    if (/^(?:#|;|\/\/)/.test(text)) {
      return 'comment';
    }
    this.#reportUnknown(statement, WORDS, '');
    this.#log(statement.keyword, statement);
    return 'unknown';
  }

  #reportUnknown(
    { line, offset, keyword }: Statement,
    words: readonly string[],
    before: string,
  ): void {
    const word = line.text.slice(0, offset).slice(-MAX_WORD).trimStart();
    const given = wordsIn(word).slice(-1).join('');
    if (before === '' && keyword === ENDTEXT) {
      const what = 'this ENDTEXT has no TEXT and no effect';
      this.#state.report('warning', 'stray-endtext', what, line.span);
      return;
    }
    const [others, prefix] = before === '' ? [MENU_WORDS, 'MENU '] : [WORDS, ''];
    if (others.includes(given.toUpperCase())) {
      const what = `${quoted(before + given)} does nothing; did you mean ${prefix}${given.toUpperCase()}?`;
      this.#state.report('warning', 'misspelled', what, line.span);
      return;
    }
    const meant = keyword === '' ? undefined : closestWord(given, words);
    if (meant === undefined) {
      const what = `syslinux does not know the directive ${quoted(before + given)} and ignores the line; comments begin with "#"`;
      this.#state.report('note', 'unknown-directive', what, line.span);
      return;
    }
    const what = `${quoted(before + given)} does nothing; did you mean ${before}${meant}?`;
    this.#state.report('warning', 'misspelled', what, line.span);
  }
}

/** Maximum length of an unknown word that is examined. */
const MAX_WORD = 64;

/** Words of the language, to suggest for misspelled ones. */
const WORDS: readonly string[] = [...DIRECTIVE_NAMES, 'menu', 'text', 'endtext', 'include'].map(
  (name) => name.toUpperCase(),
);
const MENU_WORDS: readonly string[] = [...MENU_DIRECTIVE_NAMES, 'include'].map((name) =>
  name.toUpperCase(),
);

function startOf(file: string): SourceSpan {
  return { file, line: 1, column: 1, length: 0 };
}
