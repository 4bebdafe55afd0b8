import {
  type EntryBase,
  type LinuxEntry,
  LOCAL_BOOT_METHODS,
  type LocalBootEntry,
  type MenuItem,
  type SelectableBase,
  SYSLINUX_DIRECTIVES,
  SYSTEM_INFO,
} from '../model/menu.js';
import { plainLine, quoted } from '../text/text.js';
import { checkChoice, type Findings, isWholeNumber } from './findings.js';
import {
  checkHelp,
  checkId,
  checkLabel,
  checkLine,
  checkPath,
  checkShownText,
} from './text-rules.js';
import { checkTheme } from './theme-rules.js';

/** Maximum number of spaces before a label. */
export const MAX_INDENT = 40;

/** Maximum number for LOCALBOOT; 0xffff means the next device. */
export const MAX_DRIVE = 0xfffe;

/** Values of {@link LocalBootEntry.method}. */
export const LOCAL_METHODS: readonly string[] = LOCAL_BOOT_METHODS;

/** Checks a single item. The items inside a submenu are checked separately. */
export function checkItem(item: MenuItem, path: string, findings: Findings): void {
  if (item.type === 'separator') {
    if (item.label !== undefined) {
      checkLabel(item.label, `${path}.label`, findings);
    }
    return;
  }
  checkSelectable(item, path, findings);
  if (item.type === 'submenu') {
    if (item.title !== undefined) {
      checkShownText(item.title, `${path}.title`, findings);
    }
    if (item.theme !== undefined) {
      checkTheme(item.theme, `${path}.theme`, findings);
    }
    return;
  }
  checkEntry(item, path, findings);
  switch (item.type) {
    case 'linux':
      checkLinux(item, path, findings);
      break;
    case 'chain':
      checkPath(item.program, `${path}.program`, findings);
      checkLine(item.options ?? '', `${path}.options`, findings);
      break;
    case 'syslinux':
      checkChoice(item.directive, SYSLINUX_DIRECTIVES, `${path}.directive`, findings);
      checkPath(item.file, `${path}.file`, findings);
      checkArguments(item.args ?? '', `${path}.args`, findings);
      break;
    case 'local':
      checkLocal(item, path, findings);
      break;
    case 'reboot':
      checkLine(item.options ?? '', `${path}.options`, findings);
      break;
    case 'poweroff':
    case 'back':
      break;
  }
}

function checkLocal(entry: LocalBootEntry, path: string, findings: Findings): void {
  const { method = 'normal', drive, partition, options = '' } = entry;
  checkChoice(method, LOCAL_BOOT_METHODS, `${path}.method`, findings);
  const isChain = method === 'chain';
  const takesDrive = isChain || method === 'normal';
  const most = isChain ? 0xff : MAX_DRIVE;
  if (drive !== undefined && !takesDrive) {
    const what = `drive ${drive} cannot be used with method ${method}`;
    findings.error(`${path}.drive`, 'bad-number', what);
  } else if (drive !== undefined && !isWholeNumber(drive, 0, most)) {
    const what = `drive ${drive} must be a whole number from 0 to 0x${most.toString(16)}`;
    findings.error(`${path}.drive`, 'bad-number', what);
  }
  if (
    partition !== undefined &&
    !(isChain && drive !== undefined && isWholeNumber(partition, 1, 255))
  ) {
    findings.error(
      `${path}.partition`,
      'bad-number',
      `partition ${partition} must be a whole number from 1 to 255, with a drive and method "chain"`,
    );
  }
  if (!isChain && options !== '') {
    findings.error(`${path}.options`, 'bad-args', 'options require method "chain"');
  }
  checkLine(options, `${path}.options`, findings);
}

function checkSelectable(item: SelectableBase, path: string, findings: Findings): void {
  checkId(item.id, `${path}.id`, findings);
  checkLabel(item.label, `${path}.label`, findings);
  if (item.passwordHash !== undefined) {
    checkPasswordHash(item.passwordHash, `${path}.passwordHash`, findings);
  }
}

function checkEntry(entry: EntryBase, path: string, findings: Findings): void {
  if (entry.help !== undefined) {
    checkHelp(entry.help, `${path}.help`, findings);
  }
  const indent = entry.indent ?? 0;
  if (!isWholeNumber(indent, 0, MAX_INDENT)) {
    findings.error(
      `${path}.indent`,
      'bad-number',
      `indent ${indent} must be a whole number from 0 to ${MAX_INDENT}`,
    );
  }
}

function checkLinux(entry: LinuxEntry, path: string, findings: Findings): void {
  checkPath(entry.kernel, `${path}.kernel`, findings);
  for (const name of ['deviceTree', 'deviceTreeDir'] as const) {
    const value = entry[name];
    if (value !== undefined) {
      checkPath(value, `${path}.${name}`, findings);
    }
  }
  for (const [index, overlay] of (entry.deviceTreeOverlays ?? []).entries()) {
    checkPath(overlay, `${path}.deviceTreeOverlays[${index}]`, findings);
  }
  for (const [index, initrd] of (entry.initrd ?? []).entries()) {
    checkPath(initrd, `${path}.initrd[${index}]`, findings);
    if (initrd.includes(',')) {
      findings.error(
        `${path}.initrd[${index}]`,
        'bad-path',
        `path ${quoted(initrd)} has a comma, which separates ramdisks`,
      );
    }
  }
  checkArguments(entry.args ?? '', `${path}.args`, findings);
  if (/(?:^| )initrd=/.test(entry.args ?? '')) {
    findings.error(
      `${path}.args`,
      'initrd-in-args',
      'the arguments name an initrd; put its path into the initrd list',
    );
  }
  const order = Object.keys(SYSTEM_INFO);
  const places = (entry.systemInfo ?? []).map((name) => order.indexOf(name));
  if (places.some((place, index) => place < 0 || place <= (places[index - 1] ?? -1))) {
    findings.error(
      `${path}.systemInfo`,
      'bad-args',
      `the names must be in this order, each once: ${order.join(', ')}`,
    );
  }
}

function checkArguments(args: string, path: string, findings: Findings): void {
  checkLine(args, path, findings);
  // "APPEND -" means: append nothing.
  if (args === '-') {
    findings.error(path, 'bad-args', 'the arguments "-" alone mean none; leave them empty');
  }
}

/** Reports a password hash that no loader can check. Syslinux compares anything else as plain text. */
export function checkPasswordHash(hash: string, path: string, findings: Findings): void {
  if (hash === '' || isCryptHash(hash) || isGrubHash(hash)) {
    return;
  }
  const advice = 'use a crypt(3) hash ($1$, $4$, $5$, $6$) or grub.pbkdf2.sha512';
  if (isOneLine(hash)) {
    const what = `anyone who can fetch the menu can read this password; ${advice}`;
    findings.warning(path, 'plain-password', what);
  } else {
    findings.error(
      path,
      'bad-password-hash',
      `the password hash is not one line of text; ${advice}`,
    );
  }
}

/**
 * Returns true if the text is a single line without leading or trailing blanks, as parsed from a file.
 */
export function isOneLine(text: string): boolean {
  return plainLine(text) === text;
}

/** Returns true if syslinux's menu modules can check the hash. */
export function isCryptHash(hash: string): boolean {
  return /^\$[1456]\$[!-~]+$/.test(hash);
}

/** Returns true if GRUB's password_pbkdf2 can check the hash. */
export function isGrubHash(hash: string): boolean {
  return /^grub\.pbkdf2\.sha512\.\d+\.[0-9A-Fa-f]+\.[0-9A-Fa-f]+$/.test(hash);
}
