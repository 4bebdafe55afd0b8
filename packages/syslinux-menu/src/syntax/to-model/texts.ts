import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type MenuTheme } from '../../model/theme.js';
import { type ByteString, decodeText } from '../../text/encoding.js';
import { expandTabs, plainLine, trimBlanks, withoutControlCharacters } from '../../text/text.js';
import { type LoadedEntry } from '../language/loaded.js';
import { type Level, type ModelReport } from './level.js';

/** Decodes texts of a file for the model: from the file's encoding to readable lines. */
export class Texts {
  readonly #report: ModelReport;

  constructor(report: ModelReport) {
    this.#report = report;
  }

  /** Returns one line without control characters. */
  decode(bytes: ByteString, { from }: Level): string {
    return plainLine(decodeText(bytes, from.encoding));
  }

  /** Same as {@link decode}, for text that people see; reports what is lost. */
  shown(bytes: ByteString, span: SourceSpan, level: Level): string {
    const text = decodeText(bytes, level.from.encoding);
    const readable = plainLine(text);
    if (readable !== trimBlanks(text).replaceAll('\t', ' ')) {
      const what = 'control characters in the text are not supported and are dropped';
      this.#report('note', 'text-changed', what, span);
    }
    return readable;
  }

  /**
   * Returns an entry's label without carets, and the character after the first caret if it works as a hotkey.
   * An empty label is replaced by `fallback` or, without one, by the entry's name.
   */
  label(entry: LoadedEntry, level: Level, fallback?: string): { label: string; hotkey?: string } {
    const marked = entry.menuLabel ?? (entry.action === 'submenu' ? entry.text : entry.name);
    const label = this.shown(marked.replaceAll('^', ''), entry.span, level);
    const caret = entry.menuLabel === undefined ? -1 : marked.indexOf('^');
    const key = caret < 0 ? '' : marked.charAt(caret + 1);
    const works = entry.hotkey !== 0 || entry.action === 'disabled';
    const shown = label === '' ? this.decode(fallback ?? entry.name, level) : label;
    return works && key !== '' && label.includes(key)
      ? { label: shown, hotkey: key }
      : { label: shown };
  }

  /**
   * Returns help as lines of printable text. Tabs become spaces up to the next tab stop, as on the screen.
   */
  help(help: ByteString, level: Level): string {
    return decodeText(help.replaceAll('\r', '').replace(/\n$/, ''), level.from.encoding)
      .split('\n')
      .map((line) => withoutControlCharacters(expandTabs(line)))
      .join('\n');
  }

  /** Returns a theme with its texts decoded, as a property; an empty theme yields no property. */
  theme(theme: MenuTheme, level: Level): { theme?: MenuTheme } {
    if (Object.keys(theme).length === 0) {
      return {};
    }
    const decoded = { ...theme };
    for (const name of MESSAGES) {
      const message = theme[name];
      if (message !== undefined) {
        Object.assign(decoded, { [name]: this.decode(message, level) });
      }
    }
    return { theme: decoded };
  }
}

const MESSAGES = [
  'background',
  'tabMessage',
  'noTabMessage',
  'autobootMessage',
  'passwordPrompt',
] as const;
