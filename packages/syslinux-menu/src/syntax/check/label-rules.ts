import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { baseName, parseNetworkName } from '../../model/paths.js';
import { decodeText } from '../../text/encoding.js';
import { quoted, trimBlanks } from '../../text/text.js';
import { wordsIn } from '../language/command.js';
import { wordAt } from '../language/keyword.js';
import { MAX_COMMAND_LINE_BYTES, MAX_FILE_NAME_BYTES } from '../language/limits.js';
import { type LoadedEntry } from '../language/loaded.js';
import { appendedBytes } from '../language/sysappend.js';
import { type Directive } from '../read/config-reader.js';
import { type Rules } from './report.js';

/** Checks labels and the files that they boot. */
export function checkLabels(rules: Rules, onWork: (units: number) => void): void {
  const { main, plan } = rules.checked;
  const isPrompt = plan.program === undefined && plan.loader === undefined;
  const first = new Map<string, LoadedEntry>();
  const own = directivesByLabel(main.directives);
  for (const menu of main.config.menus) {
    onWork(1 + menu.entries.length);
    for (const entry of menu.entries) {
      checkEntry(entry, own.get(placeOf(entry.span)) ?? [], rules);
      checkName(entry, first, isPrompt, rules);
    }
  }
  checkRepeated(main.directives, rules);
  if (plan.loader === undefined) {
    for (const directive of main.directives) {
      checkFileName(directive, rules);
    }
  }
}

/** Returns the directives of each label, by the location of LABEL. */
function directivesByLabel(
  directives: readonly Directive[],
): ReadonlyMap<string, readonly Directive[]> {
  const byLabel = new Map<string, Directive[]>();
  let own: Directive[] = [];
  for (const directive of directives) {
    if (directive.keyword === 'LABEL') {
      own = [];
      byLabel.set(placeOf(directive.span), own);
    }
    own.push(directive);
  }
  return byLabel;
}

function placeOf({ file, line }: SourceSpan): string {
  return `${line} ${file}`;
}

/**
 * Reports a command line that is or may become too long; `own` is its size in bytes without what SYSAPPEND
 * adds.
 */
function checkLength(own: number, sysappend: number, span: SourceSpan, tell: Rules['tell']): void {
  const { fixed, most } = appendedBytes(sysappend);
  const limit = `the limit of syslinux and the kernel is ${MAX_COMMAND_LINE_BYTES}`;
  if (own + fixed > MAX_COMMAND_LINE_BYTES) {
    const message = `the command line has ${own + fixed} bytes; ${limit}`;
    tell('error', 'command-line-too-long', message, span);
  } else if (own + most > MAX_COMMAND_LINE_BYTES) {
    const message = `the command line may have up to ${own + most} bytes with what the firmware says about the machine; ${limit}`;
    tell('warning', 'command-line-too-long', message, span);
  }
}

function checkEntry(entry: LoadedEntry, own: readonly Directive[], { checked, tell }: Rules): void {
  const { plan } = checked;
  const { commandLine = '', boot, span, action } = entry;
  checkLength(commandLine.length, boot.sysappend, span, tell);
  if (action !== 'command') {
    return;
  }
  const files = [wordAt(boot.file, 0), ...(boot.initrd ?? '').split(',', 16)];
  const longest = Math.max(...files.map((name) => name.length));
  if (longest > MAX_FILE_NAME_BYTES) {
    const message = `a file name has ${longest} bytes; the limit of syslinux is ${MAX_FILE_NAME_BYTES}`;
    tell('error', 'file-name-too-long', message, span);
  }
  if (!boot.isGiven) {
    const effect =
      plan.loader === 'u-boot'
        ? 'U-Boot skips it; add KERNEL'
        : `it boots a file named ${quoted(wordAt(entry.name, 0))}; add KERNEL, or MENU DISABLE for a heading`;
    const message = `LABEL ${quoted(entry.name)} has no KERNEL: ${effect}`;
    tell('warning', 'no-kernel', message, span);
  }
  const naming = own.filter(
    ({ keyword, value }) =>
      keyword === 'INITRD' || (keyword === 'APPEND' && value.includes('initrd=')),
  );
  if (boot.type === 'kernel' || boot.type === 'linux') {
    checkRamdisks(commandLine.slice(0, MAX_COMMAND_LINE_BYTES), naming, span, tell);
    for (const directive of naming) {
      checkInitrd(directive, tell);
    }
  }
  const kernel = own.findLast(({ keyword }) => keyword === 'KERNEL');
  if (plan.loader === undefined && boot.type === 'kernel' && kernel !== undefined) {
    checkSuffix(kernel, commandLine.includes('initrd='), tell);
  }
}

/** Reports INITRD with blanks between files: the first blank ends the list. */
function checkInitrd({ keyword, value, span }: Directive, tell: Rules['tell']): void {
  const [first = '', ...others] = wordsIn(value);
  // Commas and comments have separate rules.
  const isOdd = first.endsWith(',') || others.some((word) => /^[,#]/.test(word));
  if (keyword !== 'INITRD' || others.length === 0 || isOdd) {
    return;
  }
  const names = quoted(others.join(' '));
  const what = `a blank ends the list of ramdisks: ${names} is not loaded; write ${quoted([first, ...others].join(','))}`;
  tell('warning', 'initrd-blank', what, span);
}

/** Checks ramdisks: syslinux loads the files in the first initrd=, up to the next blank. */
function checkRamdisks(
  commandLine: string,
  naming: readonly Directive[],
  label: SourceSpan,
  tell: Rules['tell'],
): void {
  const named = [...commandLine.matchAll(/(?:^| )initrd=([^ ]*)( [^ =]*(?= |$))?/g)];
  const [first] = named;
  if (first === undefined) {
    return;
  }
  const [, list = '', next = ''] = first;
  if (list.endsWith(',') || list.startsWith(',') || list.includes(',,')) {
    const name = trimBlanks(next);
    const what =
      name === ''
        ? `${quoted(list)} has an empty file name, which syslinux cannot load; remove the extra comma`
        : `a blank ends the list of ramdisks: ${quoted(name)} is not loaded, and the comma before it names nothing, which stops the boot; write ${quoted(`${list}${name}`)}`;
    tell('error', 'initrd-blank', what, naming[0]?.span ?? label);
  }
  if (named.length > 1) {
    const what = `syslinux loads only the first initrd= (${quoted(list)}); join the files with commas: ${quoted(named.map(([, files]) => files).join(','))}`;
    tell('warning', 'second-initrd', what, naming.at(-1)?.span ?? label);
  }
}

function checkName(
  entry: LoadedEntry,
  first: Map<string, LoadedEntry>,
  isPrompt: boolean,
  { tell }: Rules,
): void {
  const { label, span } = entry;
  if (label === undefined || label === '') {
    return;
  }
  const other = first.get(label);
  if (other === undefined) {
    first.set(label, entry);
  } else {
    // Debian itself repeats labels whose entries do the same.
    const isSame = other.action === entry.action && other.commandLine === entry.commandLine;
    const message = `there is another LABEL ${quoted(label)}; syslinux only finds the first`;
    tell(isSame || !isPrompt ? 'note' : 'warning', 'duplicate-label', message, span);
  }
  if (isPrompt && wordAt(label, 0) !== trimBlanks(label)) {
    const message = `LABEL ${quoted(label)} has blanks: only its first word works at the boot prompt`;
    tell('warning', 'label-with-blanks', message, span);
  }
}

/** Directives that count only once per label: the last one wins. */
const ONCE: ReadonlySet<string> = new Set([
  'APPEND',
  'INITRD',
  'MENU LABEL',
  'MENU PASSWD',
  'MENU GOTO',
  'MENU DEFAULT',
]);

const KERNEL_DIRECTIVES: ReadonlySet<string> = new Set([
  'KERNEL',
  'LINUX',
  'BOOT',
  'BSS',
  'PXE',
  'FDIMAGE',
  'COMBOOT',
  'COM32',
  'CONFIG',
  'LOCALBOOT',
]);

function checkRepeated(directives: readonly Directive[], { tell }: Rules): void {
  let label = 0;
  const seen = new Map<string, Directive>();
  for (const directive of directives) {
    if (directive.label !== label) {
      label = directive.label;
      seen.clear();
    }
    if (label === 0) {
      continue;
    }
    const isKernel = KERNEL_DIRECTIVES.has(directive.keyword);
    if (!isKernel && !ONCE.has(directive.keyword)) {
      continue;
    }
    const key = isKernel ? 'KERNEL' : directive.keyword;
    const before = seen.get(key);
    seen.set(key, directive);
    if (before === undefined || before.value === directive.value) {
      continue;
    }
    const name =
      before.keyword === directive.keyword
        ? directive.keyword
        : `${before.keyword} and ${directive.keyword}`;
    const what = `this label already has ${name} (line ${before.span.line}): only the last one counts`;
    tell('warning', 'repeated-directive', what, directive.span);
  }
}

/** Schemes that lpxelinux.0 and pxelinux.0 know (url_schemes of core/fs/pxe/core.c). */
const SCHEMES: ReadonlySet<string> = new Set(['tftp', 'http', 'ftp']);

/** Directives that name files. */
const FILE_DIRECTIVES: ReadonlySet<string> = new Set([
  ...KERNEL_DIRECTIVES,
  'INITRD',
  'INCLUDE',
  'UI',
  'MENU BACKGROUND',
  'MENU INCLUDE',
  'APPEND',
]);

function checkFileName(directive: Directive, { checked, tell }: Rules): void {
  const { keyword, value, span } = directive;
  if (!FILE_DIRECTIVES.has(keyword) || keyword === 'LOCALBOOT') {
    return;
  }
  for (const name of fileNames(keyword, value)) {
    const parsed = parseNetworkName(decodeText(name, checked.encoding));
    if (parsed.type !== 'url') {
      continue;
    }
    if (!SCHEMES.has(parsed.scheme)) {
      const what = `syslinux cannot fetch ${quoted(`${parsed.scheme}://`)}; it supports http, ftp and tftp`;
      tell('error', 'unsupported-scheme', what, span);
    } else if (parsed.scheme !== 'tftp') {
      const what = `only lpxelinux.0 fetches ${parsed.scheme}://; pxelinux.0 does not`;
      tell('note', 'needs-lpxelinux', what, span);
    }
  }
}

function fileNames(keyword: string, value: string): readonly string[] {
  if (keyword !== 'APPEND') {
    return wordAt(value, 0).split(',', 16);
  }
  const list = /(?:^|\s)initrd=(\S*)/.exec(value)?.[1];
  return list === undefined ? [] : list.split(',', 16);
}

/** Reports a file whose suffix makes KERNEL start it in the wrong way. LINUX ignores suffixes. */
function checkSuffix({ value, span }: Directive, hasInitrd: boolean, tell: Rules['tell']): void {
  const base = baseName(wordAt(value, 0));
  const suffix = base.includes('.') ? base.slice(base.lastIndexOf('.')) : '';
  const started = STARTED_AS.get(suffix);
  if (started === undefined) {
    return;
  }
  // A file with a version number, or one that boots with a ramdisk, is a kernel.
  const isKernel =
    hasInitrd ||
    /^(?:vmlinu|linux|bzimage|zimage|kernel|memtest|memdisk)/i.test(base) ||
    /\d\.0$/.test(base);
  if (started.is === 'right' ? !isKernel : isKernel && started.as === LINUX) {
    return;
  }
  const what = `the suffix ${quoted(suffix)} makes syslinux start ${quoted(base)} as ${started.as}; ${started.hint}`;
  tell(started.is === 'odd' && !isKernel ? 'warning' : 'error', 'suffix-decides', what, span);
}

const LINUX = 'a Linux kernel';

const USE_LINUX = 'write LINUX instead of KERNEL for a kernel';

/**
 * The way in which KERNEL starts files with a suffix: `right` if such files usually are of that type,
 * `odd` if they usually are not, `wrong` if syslinux 6 cannot start them that way.
 */
interface StartedAs {
  readonly as: string;
  readonly hint: string;
  readonly is: 'right' | 'odd' | 'wrong';
}

const STARTED_AS: ReadonlyMap<string, StartedAs> = new Map<string, StartedAs>([
  ['.0', { as: 'a network boot program', hint: USE_LINUX, is: 'right' }],
  ['.bss', { as: 'a boot sector', hint: USE_LINUX, is: 'right' }],
  ['.bs', { as: 'a boot sector', hint: USE_LINUX, is: 'odd' }],
  ['.bin', { as: 'a boot sector', hint: USE_LINUX, is: 'odd' }],
  [
    '.img',
    { as: 'a disk image, which syslinux 6 does not support', hint: 'use memdisk', is: 'wrong' },
  ],
  ['.iso', { as: LINUX, hint: 'use memdisk', is: 'wrong' }],
  ['.efi', { as: LINUX, hint: 'a BIOS cannot start EFI programs', is: 'wrong' }],
  ...['.com', '.cbt'].map((suffix): [string, StartedAs] => [
    suffix,
    { as: LINUX, hint: 'syslinux 6 does not run COMBOOT programs', is: 'wrong' },
  ]),
  ...['.kpxe', '.kkpxe', '.pxe', '.undi', '.n12'].map((suffix): [string, StartedAs] => [
    suffix,
    { as: LINUX, hint: 'write PXE instead of KERNEL', is: 'wrong' },
  ]),
]);
