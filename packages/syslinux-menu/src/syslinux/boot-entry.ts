import {
  type BootEntry,
  type EntryBase,
  type LinuxEntry,
  type LocalBootMethod,
  type SyslinuxDirective,
  type SystemInfo,
} from '../model/menu.js';
import { quoted, trimBlanks } from '../text.js';
import { readableText } from './ids.js';
import { type BootDirectives, type BootType } from './loaded.js';
import { atoi } from './read/numbers.js';
import { sysappendNames } from './read/label-data.js';
import { LOCALBOOT_TYPES } from './render-entry.js';

/** What every entry has, without how it boots. */
export type EntryText = EntryBase;

/** An entry of the model, and what it could not take over from the file. */
export interface ModelEntry {
  readonly item: BootEntry;
  readonly losses: readonly string[];
}

/** A way to start a file that does not depend on its name. */
type KnownType = Exclude<BootType, 'kernel'>;

/** How KERNEL starts a file, by its extension (core/kernel.c); others are Linux kernels. */
const TYPES_BY_EXTENSION: ReadonlyMap<string, KnownType> = new Map([
  ['c32', 'com32'],
  ['img', 'fdimage'],
  ['bss', 'bss'],
  ['bin', 'boot'],
  ['bs', 'boot'],
  ['0', 'pxe'],
  ['com', 'comboot'],
  ['cbt', 'comboot'],
]);

/**
 * The model's entry for a label's directives.
 *
 * @param append what `splitAppend` makes of the label's arguments
 */
export function bootEntry(boot: BootDirectives, append: SplitAppend, text: EntryText): ModelEntry {
  const file = readableText(boot.file);
  const type = boot.type === 'kernel' ? typeOf(file) : boot.type;
  switch (type) {
    case 'localboot':
      return localBoot(file, text);
    case 'linux':
    case 'none':
      return { item: linuxEntry(file, append, boot, text), losses: [] };
    case 'pxe':
      return {
        item: { type: 'chain', ...text, program: file },
        losses: unused(append.whole, boot),
      };
    case 'com32':
      return moduleEntry(file, append.whole, boot, text);
    case 'comboot':
    case 'boot':
    case 'bss':
    case 'fdimage':
    case 'config':
      return {
        item: {
          type: 'syslinux',
          ...text,
          directive: type === 'comboot' ? 'com32' : (type satisfies SyslinuxDirective),
          file,
          args: append.whole,
        },
        losses: unused('', boot),
      };
  }
}

function typeOf(file: string): KnownType {
  const [, extension = ''] = /^\.([a-z0-9]+)$/i.exec(file.slice(file.lastIndexOf('.'))) ?? [];
  return TYPES_BY_EXTENSION.get(extension.toLowerCase()) ?? 'linux';
}

function localBoot(file: string, text: EntryText): ModelEntry {
  const type = atoi(file);
  const methods = Object.entries(LOCALBOOT_TYPES) as [LocalBootMethod, number][];
  const method = methods.find(([, number]) => number === type)?.[0];
  const losses = method === undefined ? [`LOCALBOOT ${quoted(file)} becomes LOCALBOOT 0`] : [];
  const isNamed = method !== undefined && method !== 'normal';
  return { item: { type: 'local', ...text, ...(isNamed ? { method } : {}) }, losses };
}

function linuxEntry(
  kernel: string,
  append: SplitAppend,
  boot: BootDirectives,
  text: EntryText,
): LinuxEntry {
  const names = sysappendNames(boot.sysappend);
  const systemInfo = names.filter((name): name is SystemInfo => name !== 'bootif');
  const directive = boot.initrd === undefined ? [] : [readableText(boot.initrd)];
  const initrd = [...append.initrd, ...directive]
    .flatMap((list) => list.split(','))
    .filter((file) => file !== '');
  return {
    type: 'linux',
    ...text,
    kernel,
    initrd,
    args: append.args,
    ...(names.includes('bootif') ? { appendBootif: true } : {}),
    ...(systemInfo.length === 0 ? {} : { systemInfo }),
  };
}

function moduleEntry(
  file: string,
  args: string,
  boot: BootDirectives,
  text: EntryText,
): ModelEntry {
  const name = file.replace(/^.*\//, '').toLowerCase();
  const losses = unused('', boot);
  if (args === '' && name === 'reboot.c32') return { item: { type: 'reboot', ...text }, losses };
  if (args === '' && name === 'poweroff.c32') {
    return { item: { type: 'poweroff', ...text }, losses };
  }
  return { item: { type: 'syslinux', ...text, directive: 'com32', file, args }, losses };
}

function unused(args: string, boot: BootDirectives): readonly string[] {
  const used = args === '' && boot.initrd === undefined && boot.sysappend === 0;
  return used
    ? []
    : ['APPEND, INITRD or SYSAPPEND of an entry that is no kernel is not in the model'];
}

/** The arguments of a label, taken apart. */
export interface SplitAppend {
  /** All of them. */
  readonly whole: string;
  /** Without the ramdisks. */
  readonly args: string;
  /** What `initrd=` words name. */
  readonly initrd: readonly string[];
}

/** Takes `initrd=` out of a label's arguments. */
export function splitAppend(append: string): SplitAppend {
  const whole = readableText(append);
  const words = whole.split(' ');
  const isInitrd = (word: string): boolean => /^initrd=/i.test(word);
  const rest = words.filter((word) => !isInitrd(word)).join(' ');
  return {
    whole,
    args: trimBlanks(rest),
    initrd: words.filter(isInitrd).map((word) => word.slice('initrd='.length)),
  };
}
