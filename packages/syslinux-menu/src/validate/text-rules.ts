import { lookingAt, skipBlanks } from '../syslinux/keyword.js';
import { MAX_LINE_BYTES } from '../syslinux/limits.js';
import { hasBlank, hasControlCharacters, isAscii, isBlank, utf8Length, quoted } from '../text.js';
import { type Findings } from './findings.js';

/** Longest `id`; it stands in GRUB and iPXE scripts and on the boot prompt, too. */
export const MAX_ID_LENGTH = 127;

/** What renderers append to a submenu's id to name a way back that they add. */
export const BACK_ID_SUFFIX = '..back';

/** Rules for a value that is the rest of a line: what would break the line or be lost from it. */
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
    findings.error(path, 'outer-blank', `${quoted(text)} begins or ends with a blank; remove it`);
  }
  if (!isAscii(text)) {
    findings.warning(
      path,
      'non-ascii',
      `${quoted(text)} has characters outside ASCII; boot screens show each of their bytes as an arbitrary character`,
    );
  }
}

/** Rules for a text that is shown: a line, not empty. */
export function checkShownText(text: string, path: string, findings: Findings): void {
  if (text === '') findings.error(path, 'empty-text', 'the text is empty; give it a word');
  checkLine(text, path, findings);
}

/** Rules for an item's label: shown text without `^`, which syslinux takes for the hotkey mark. */
export function checkLabel(label: string, path: string, findings: Findings): void {
  checkShownText(label, path, findings);
  if (label.includes('^')) {
    findings.error(path, 'caret', `${quoted(label)} has a "^", which syslinux would not show`);
  }
}

/** Rules for an id, which is a syslinux LABEL, a GRUB --id and an iPXE label at once. */
export function checkId(id: string, path: string, findings: Findings): void {
  const fault = idFault(id);
  if (fault !== undefined) findings.error(path, 'bad-id', `id ${quoted(id)} ${fault}`);
}

function idFault(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id.length > MAX_ID_LENGTH) return `is longer than ${MAX_ID_LENGTH} characters`;
  if (!isAscii(id) || hasBlank(id)) return 'must be printable ASCII without blanks';
  if (/^[-.#]/.test(id)) return 'must not begin with "-", "." or "#"';
  if (id.endsWith(BACK_ID_SUFFIX)) return `must not end in "${BACK_ID_SUFFIX}"`;
  return undefined;
}

/** Rules for a path in the boot namespace: one word. */
export function checkPath(value: string, path: string, findings: Findings): void {
  if (value === '') {
    findings.error(path, 'bad-path', 'the path is empty; name a file');
  } else if (hasBlank(value)) {
    findings.error(
      path,
      'bad-path',
      `path ${quoted(value)} has a blank or control character, where every loader would cut it`,
    );
  }
}

/** Rules for help: each line is shown as it is, so only what would end the block is refused. */
export function checkHelp(help: string, path: string, findings: Findings): void {
  for (const line of help.split('\n')) {
    if (hasControlCharacters(line)) {
      findings.error(
        path,
        'control-character',
        `help line ${quoted(line)} has a control character; use line feeds and printable text only`,
      );
    } else if (lookingAt(line, skipBlanks(line, 0), 'endtext') !== undefined) {
      findings.error(path, 'help-end-marker', `help line ${quoted(line)} would end the help`);
    } else if (utf8Length(line) > MAX_LINE_BYTES) {
      findings.error(path, 'bad-number', `a help line is longer than ${MAX_LINE_BYTES} bytes`);
    } else if (!isAscii(line)) {
      findings.warning(path, 'non-ascii', `help line ${quoted(line)} has non-ASCII characters`);
    }
  }
}
