import {
  type EntryBase,
  type LinuxEntry,
  LOCAL_BOOT_METHODS,
  type MenuItem,
  type SelectableBase,
  SYSLINUX_DIRECTIVES,
  SYSTEM_INFO,
} from '../model/menu.js';
import { quoted } from '../text.js';
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

/** Most blanks before a label. */
const MAX_INDENT = 40;

/** Rules for one item by itself; the items inside a submenu are checked on their own. */
export function checkItem(item: MenuItem, path: string, findings: Findings): void {
  if (item.type === 'separator') {
    if (item.label !== undefined) checkLabel(item.label, `${path}.label`, findings);
    return;
  }
  checkSelectable(item, path, findings);
  if (item.type === 'submenu') {
    if (item.title !== undefined) checkShownText(item.title, `${path}.title`, findings);
    if (item.theme !== undefined) checkTheme(item.theme, `${path}.theme`, findings);
    return;
  }
  checkEntry(item, path, findings);
  switch (item.type) {
    case 'linux':
      checkLinux(item, path, findings);
      break;
    case 'chain':
      checkPath(item.program, `${path}.program`, findings);
      break;
    case 'syslinux':
      checkChoice(item.directive, SYSLINUX_DIRECTIVES, `${path}.directive`, findings);
      checkPath(item.file, `${path}.file`, findings);
      checkArguments(item.args, `${path}.args`, findings);
      break;
    case 'local':
      checkChoice(item.method ?? 'normal', LOCAL_BOOT_METHODS, `${path}.method`, findings);
      break;
    case 'reboot':
    case 'poweroff':
    case 'back':
      break;
  }
}

function checkSelectable(item: SelectableBase, path: string, findings: Findings): void {
  checkId(item.id, `${path}.id`, findings);
  checkLabel(item.label, `${path}.label`, findings);
  if (item.passwordHash !== undefined) {
    checkPasswordHash(item.passwordHash, `${path}.passwordHash`, findings);
  }
}

function checkEntry(entry: EntryBase, path: string, findings: Findings): void {
  if (entry.help !== undefined) checkHelp(entry.help, `${path}.help`, findings);
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
  for (const [index, initrd] of entry.initrd.entries()) {
    checkPath(initrd, `${path}.initrd[${index}]`, findings);
    if (initrd.includes(',')) {
      findings.error(
        `${path}.initrd[${index}]`,
        'bad-path',
        `path ${quoted(initrd)} has a comma, which separates ramdisks`,
      );
    }
  }
  checkArguments(entry.args, `${path}.args`, findings);
  if (/(?:^| )initrd=/i.test(entry.args)) {
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
  if (args === '-')
    findings.error(path, 'bad-args', 'the arguments "-" alone mean none; leave them empty');
}

/** A hash that one of the loaders can check; anything else would be compared as plain text. */
export function checkPasswordHash(hash: string, path: string, findings: Findings): void {
  if (isCryptHash(hash) || isGrubHash(hash)) return;
  findings.error(
    path,
    'bad-password-hash',
    'the password hash must be crypt(3) ($1$, $4$, $5$, $6$) or grub.pbkdf2.sha512; a plain password would be readable by anyone on the network',
  );
}

/** Whether syslinux's menu modules can check the hash. */
export function isCryptHash(hash: string): boolean {
  return /^\$[1456]\$[!-~]+$/.test(hash);
}

/** Whether GRUB's password_pbkdf2 can check the hash. */
export function isGrubHash(hash: string): boolean {
  return /^grub\.pbkdf2\.sha512\.\d+\.[0-9A-Fa-f]+\.[0-9A-Fa-f]+$/.test(hash);
}
