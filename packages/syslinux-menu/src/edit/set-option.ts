import { endsWord, lookingAt, skipBlanks } from '../syntax/language/keyword.js';
import { bytesOf, byteString, decodeUtf8, encodeUtf8 } from '../text/encoding.js';
import { quoted } from '../text/text.js';
import { isOneLine } from '../validate/item-rules.js';

/** Place in which to set an option. */
export interface OptionPlace {
  /**
   * LABEL to which the option belongs. If several labels share the name, the first one.
   *
   * @default none: the option is set before the first label
   */
  readonly label?: string;
}

/** Directives that end a label: options after them do not belong to it. */
const ENDS_LABEL = ['label', 'menu begin', 'menu end', 'menu separator', 'include', 'menu include'];

/**
 * Sets an option of a menu file in place. Changes its last occurrence, or adds a line. Comments,
 * order, indentation, line endings and all other lines are unchanged.
 *
 * @param source - text, or bytes in any encoding
 * @param option - directive, as in `TIMEOUT` or `MENU TITLE`
 * @param value - rest of the line, which is written in UTF-8; undefined removes every occurrence of
 *   the option, an empty text sets it without a value
 * @returns the file, as text or bytes like the source
 * @throws RangeError when the option or value is not one line, or no label has that name
 */
export function setOption(
  source: string,
  option: string,
  value: string | undefined,
  place?: OptionPlace,
): string;
export function setOption(
  source: Uint8Array,
  option: string,
  value: string | undefined,
  place?: OptionPlace,
): Uint8Array;
export function setOption(
  source: string | Uint8Array,
  option: string,
  value: string | undefined,
  place: OptionPlace = {},
): string | Uint8Array {
  if (!isOneLine(option) || option === '' || !isOneLine(value ?? '')) {
    throw new RangeError(`${quoted(option)} and its value must be one line of text each`);
  }
  if (typeof source === 'string') {
    return decodeUtf8(edited(encodeUtf8(source), option, value, place));
  }
  return bytesOf(edited(byteString(source), option, value, place));
}

function edited(
  text: string,
  option: string,
  value: string | undefined,
  { label }: OptionPlace,
): string {
  const lines = linesOf(text);
  const [from, to] = label === undefined ? globalRange(lines) : labelRange(lines, label);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const words = option
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '');
  const encoded = encodeUtf8(value === undefined || value === '' ? option : `${option} ${value}`);
  const own = lines.slice(from, to);
  const index = own.findLastIndex(({ text: line }) => startsWith(line, words));
  if (value === undefined) {
    const kept = lines.filter(
      ({ text: line }, at) => at < from || at >= to || !startsWith(line, words),
    );
    return kept.map(({ raw }) => raw).join('');
  }
  if (index >= 0) {
    const edited = ({ text: line, raw }: FileLine): string =>
      `${line.slice(0, skipBlanks(line, 0))}${encoded}${raw.slice(line.length)}`;
    return lines.map((line, at) => (at === from + index ? edited(line) : line.raw)).join('');
  }
  const pieces = lines.map(({ raw }) => raw);
  const at = insertionPoint(lines, from, to);
  const before = pieces[at - 1];
  if (before !== undefined && !before.endsWith('\n')) {
    pieces[at - 1] = `${before}${newline}`;
  }
  const indent = label === undefined ? '' : indentOf(lines.slice(from, to));
  pieces.splice(at, 0, `${indent}${encoded}${newline}`);
  return pieces.join('');
}

/** A line of the file. */
interface FileLine {
  /** Text as syslinux reads it; empty for a line of help text. */
  readonly text: string;
  /** Text with its line end. */
  readonly raw: string;
  /** True for a line of help text, and for the ENDTEXT after it. */
  readonly isHelp: boolean;
}

/** Splits a file into lines, and blanks the text of those that belong to a help text. */
function linesOf(text: string): readonly FileLine[] {
  const lines: FileLine[] = [];
  let isHelp = false;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const raw = text.slice(start, newline < 0 ? undefined : newline + 1);
    const seen = raw.slice(0, raw.search(/[\r\n]|$/));
    lines.push({ text: isHelp ? '' : seen, raw, isHelp });
    if (startsWith(seen, ['endtext'])) {
      isHelp = false;
    } else if (startsWith(seen, ['text'])) {
      isHelp = true;
    }
    start += raw.length;
  }
  return lines;
}

/** Returns true if a line begins with the words, compared like syslinux keywords. */
function startsWith(line: string, words: readonly string[]): boolean {
  let offset = skipBlanks(line, 0);
  for (const word of words) {
    const end = lookingAt(line, offset, word);
    if (end === undefined) {
      return false;
    }
    offset = skipBlanks(line, end);
  }
  return words.length > 0;
}

function globalRange(lines: readonly FileLine[]): readonly [number, number] {
  const end = lines.findIndex(
    ({ text }) => startsWith(text, ['label']) || startsWith(text, ['menu', 'begin']),
  );
  return [0, end < 0 ? lines.length : end];
}

function labelRange(lines: readonly FileLine[], label: string): readonly [number, number] {
  const name = encodeUtf8(label);
  const start = lines.findIndex(({ text }) => {
    const end = lookingAt(text, skipBlanks(text, 0), 'label');
    return end !== undefined && trimEnd(text.slice(skipBlanks(text, end))) === name;
  });
  if (start < 0) {
    throw new RangeError(`there is no LABEL ${quoted(label)}`);
  }
  const length = lines
    .slice(start + 1)
    .findIndex(({ text }) => ENDS_LABEL.some((words) => startsWith(text, words.split(' '))));
  return [start + 1, length < 0 ? lines.length : start + 1 + length];
}

/**
 * Returns the position after the last line that is not blank or a comment, or the position of a help text
 * without ENDTEXT, since everything after it belongs to that text.
 */
function insertionPoint(lines: readonly FileLine[], from: number, to: number): number {
  const help = lines.findLastIndex(({ text }) => startsWith(text, ['text']));
  const isOpen = help >= 0 && !lines.slice(help).some(({ raw }) => startsWith(raw, ['endtext']));
  if (isOpen && to === lines.length) {
    return help;
  }
  let at = to;
  while (at > from && lines.slice(at - 1, at).every(isIdle)) {
    at -= 1;
  }
  // Comments at the start of the file stay first.
  return at === 0 ? to : at;
}

function isIdle({ text, isHelp }: FileLine): boolean {
  const start = skipBlanks(text, 0);
  return !isHelp && (start >= text.length || text.charAt(start) === '#');
}

/**
 * Returns the indentation of the first line that is not blank, a comment or help text; two spaces if there is
 * none.
 */
function indentOf(lines: readonly FileLine[]): string {
  const text = lines.find((line) => !line.isHelp && !isIdle(line))?.text ?? '  x';
  return text.slice(0, skipBlanks(text, 0));
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && endsWord(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(0, end);
}
