import { decodeCp437, decodeText, decodeUtf8 } from '../../text/encoding.js';
import { quoted, trimBlanks } from '../../text/text.js';
import { strtoul } from '../language/numbers.js';
import { type Rules } from './report.js';

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/**
 * Checks the encoding of the file: UTF-16 and byte order marks, which syslinux cannot read, and UTF-8
 * text, which PC screens show as other characters.
 */
export function checkEncoding({ checked, start, tell }: Rules): void {
  const { bytes, main, encoding } = checked;
  if (isUtf16(bytes)) {
    const what =
      'the file is UTF-16, which syslinux cannot read; save it as ASCII or in code page 437';
    tell('error', 'utf-16', what, start);
    return;
  }
  if (bytes.startsWith(BYTE_ORDER_MARK)) {
    const line = trimBlanks(bytes.slice(BYTE_ORDER_MARK.length).split('\n', 1).join(''));
    const what = `the file begins with a byte order mark, so syslinux ignores its first line ${quoted(line)}; save it without the mark`;
    tell(line === '' || line.startsWith('#') ? 'warning' : 'error', 'byte-order-mark', what, start);
  }
  if (encoding !== 'utf-8') {
    return;
  }
  for (const { keyword, value, span } of main.directives) {
    if (!SHOWN.has(keyword) || isAsciiBytes(value)) {
      continue;
    }
    const what = `PC screens show ${quoted(decodeUtf8(value))} as ${quoted(decodeCp437(value))}; save the file in code page 437`;
    tell('warning', 'shown-as-garbage', what, span);
  }
}

/** Directives with text for people. */
const SHOWN: ReadonlySet<string> = new Set([
  'MENU LABEL',
  'MENU TITLE',
  'MENU TABMSG',
  'MENU NOTABMSG',
  'MENU AUTOBOOT',
  'MENU PASSPROMPT',
  'SAY',
]);

function isAsciiBytes(value: string): boolean {
  return !/[\u0080-\u00ff]/.test(value);
}

/** Returns true if the bytes are UTF-16 text, with or without a byte order mark. */
export function isUtf16(bytes: string): boolean {
  if (bytes.startsWith('\xff\xfe') || bytes.startsWith('\xfe\xff')) {
    return true;
  }
  const head = bytes.slice(0, 64);
  // In the UTF-16 of Western texts, every other byte is NUL.
  return head.length >= 4 && (/^(?:[^\0]\0){2,}/.test(head) || /^(?:\0[^\0]){2,}/.test(head));
}

/** Checks the values of directives: numbers, and comments and backslashes at the end of the line. */
export function checkLines({ checked, tell }: Rules): void {
  for (const { keyword, value, span } of checked.main.directives) {
    const name = DIRECTIVES_WITH_VALUES.get(keyword);
    if (name === undefined) {
      continue;
    }
    const shown = decodeText(value, checked.encoding);
    if (value.trimEnd().endsWith('\\')) {
      const what = `syslinux does not join lines: ${name} ends here with a backslash, and the next line is separate`;
      tell('warning', 'line-continuation', what, span);
    }
    // Syslinux reads a number only up to its last digit, so a comment after it has no effect.
    const isNumber = keyword === 'TIMEOUT' || keyword === 'LOCALBOOT';
    const comment = isNumber ? undefined : commentIn(value);
    if (comment !== undefined) {
      const what = `syslinux does not support comments after a directive: ${quoted(comment)} is part of ${name}`;
      tell('warning', 'comment-in-line', what, span);
    }
    if (keyword === 'TIMEOUT') {
      checkTimeout(shown, span, tell);
    }
    if (keyword === 'LOCALBOOT' && !/^\s*(?:[+-]?(?:0x[\da-f]+|\d+)(?:\s|$)|$)/i.test(shown)) {
      const what = `LOCALBOOT ${quoted(shown)} is not a number; syslinux reads ${strtoul(value)}`;
      tell('warning', 'bad-number', what, span);
    }
  }
}

/** Returns the text after a value, from a word that begins with `#`; undefined if there is none. */
function commentIn(value: string): string | undefined {
  const first = value.search(/[ \t]#/);
  const isBehind = first > 0 && value.slice(0, first).trim() !== '';
  return isBehind ? value.slice(first + 1) : undefined;
}

const DIRECTIVES_WITH_VALUES: ReadonlyMap<string, string> = new Map(
  [
    ...[
      'APPEND',
      'INITRD',
      'KERNEL',
      'LINUX',
      'COM32',
      'BOOT',
      'PXE',
      'CONFIG',
      'LABEL',
      'DEFAULT',
      'LOCALBOOT',
    ],
    ...['UI', 'ONTIMEOUT', 'INCLUDE', 'MENU INCLUDE', 'TIMEOUT', 'MENU BACKGROUND'],
  ].map((name) => [name, name]),
);

/** Longest plausible countdown, in tenths of a second: a day. */
const MANY_TENTHS = 864_000;

function checkTimeout(
  value: string,
  span: Parameters<Rules['tell']>[3],
  tell: Rules['tell'],
): void {
  const digits = /^\s*([+-]?\d+)(?=\s|$)/.exec(value)?.[1];
  if (digits === undefined) {
    const read = /^\s*[+-]?\d+/.exec(value)?.[0].trim() ?? '0';
    tell(
      'warning',
      'bad-number',
      `TIMEOUT ${quoted(value)} is not a number; syslinux reads ${read}`,
      span,
    );
    return;
  }
  const tenths = Number(digits);
  if (tenths < 0 || tenths > MANY_TENTHS) {
    const what = `TIMEOUT ${digits} is negative or more than a day (${MANY_TENTHS} tenths of a second); write 0 to wait forever`;
    tell('warning', 'bad-number', what, span);
  } else if (tenths > 0 && tenths < 10) {
    const what = `TIMEOUT counts tenths of a second: ${digits} is ${tenths / 10} s; write ${tenths * 10} for ${tenths} s`;
    tell('warning', 'short-timeout', what, span);
  }
}
