import { idFault } from '../model/ids.js';
import { lookingAt, skipBlanks } from '../syntax/language/keyword.js';
import { MAX_LINE_BYTES } from '../syntax/language/limits.js';
import { encodeUtf8 } from '../text/encoding.js';
import {
  hasBlank,
  hasControlCharacters,
  isAscii,
  isBlank,
  quoted,
  utf8Length,
} from '../text/text.js';
import { type Findings } from './findings.js';

/**
 * Checks a value that is the rest of a line: reports control characters and outer blanks as errors, and
 * non-ASCII characters as a warning.
 */
export function checkLine(text: string, path: string, findings: Findings): void {
  if (hasControlCharacters(text)) {
    findings.error(
      path,
      'control-character',
      `${quoted(text)} has a line break or control character; use one line of printable text`,
    );
    return;
  }
  if (text !== '' && (isBlank(text.charAt(0)) || isBlank(text.charAt(text.length - 1)))) {
    findings.error(
      path,
      'outer-blank',
      `${quoted(text)} begins or ends with whitespace; remove it`,
    );
  }
  if (!isAscii(text)) {
    findings.warning(
      path,
      'non-ascii',
      `${quoted(text)} has characters outside ASCII; boot screens show each of their bytes as an arbitrary character`,
    );
  }
}

/** Checks a text that is shown: one line, not empty. */
export function checkShownText(text: string, path: string, findings: Findings): void {
  if (text === '') {
    findings.error(path, 'empty-text', 'the text is empty; write at least one word');
  }
  checkLine(text, path, findings);
}

/** Checks an item's label: shown text without `^`, which syslinux takes for the hotkey mark. */
export function checkLabel(label: string, path: string, findings: Findings): void {
  checkShownText(label, path, findings);
  if (label.includes('^')) {
    findings.error(path, 'caret', `${quoted(label)} has a "^", which syslinux would not show`);
  }
}

/** Checks an id, which is a syslinux LABEL, a GRUB --id and an iPXE label at once. */
export function checkId(id: string, path: string, findings: Findings): void {
  const fault = idFault(id);
  if (fault !== undefined) {
    findings.error(path, 'bad-id', `id ${quoted(id)} ${fault}`);
  }
}

/** Checks a path in the boot namespace: one word. */
export function checkPath(value: string, path: string, findings: Findings): void {
  if (value === '') {
    findings.error(path, 'bad-path', 'the path is empty; name a file');
  } else if (hasBlank(value)) {
    findings.error(
      path,
      'bad-path',
      `path ${quoted(value)} contains whitespace or a control character, where every loader would truncate it`,
    );
  }
}

/** Returns true if a line, which has no control characters, neither ends a help text nor is too long. */
export function isHelpLine(line: string): boolean {
  const bytes = encodeUtf8(line);
  const endsHelp = lookingAt(bytes, skipBlanks(bytes, 0), 'endtext') !== undefined;
  return !endsHelp && bytes.length <= MAX_LINE_BYTES;
}

/**
 * Checks a help text. Its lines are shown unchanged, so blanks are allowed anywhere, but not control
 * characters, long lines or a line that would end the block.
 */
export function checkHelp(help: string, path: string, findings: Findings): void {
  for (const line of help.split('\n')) {
    if (hasControlCharacters(line)) {
      findings.error(
        path,
        'control-character',
        `help line ${quoted(line)} has a control character; use line feeds and printable text only`,
      );
    } else if (utf8Length(line) > MAX_LINE_BYTES) {
      findings.error(path, 'bad-number', `a help line is longer than ${MAX_LINE_BYTES} bytes`);
    } else if (!isHelpLine(line)) {
      findings.error(path, 'help-end-marker', `help line ${quoted(line)} would end the help`);
    } else if (!isAscii(line)) {
      findings.warning(path, 'non-ascii', `help line ${quoted(line)} has non-ASCII characters`);
    }
  }
}
