import { type SourceSpan } from '../../diagnostic.js';
import { SYSTEM_INFO, type SystemInfo } from '../../model/menu.js';
import { type BootDirectives, type BootType, type LoadedAction } from '../loaded.js';
import { SYSAPPEND_BOOTIF } from '../render-entry.js';

/** What the lines since LABEL have said of it. */
export interface LabelData {
  readonly name: string;
  readonly span: SourceSpan;
  type: BootType;
  file: string;
  isFileGiven: boolean;
  append: string | undefined;
  initrd: string | undefined;
  sysappend: number;
  menuLabel: string | undefined;
  password: string | undefined;
  action: LoadedAction;
  /** The menu to go to: its tag, or its number where the file need not say it. */
  target: string | number | undefined;
  isDefault: boolean;
  isImmediate: boolean | undefined;
}

/** A label that has just been opened. */
export function openLabel(name: string, span: SourceSpan, sysappend: number): LabelData {
  return {
    name,
    span,
    type: 'kernel',
    file: name,
    isFileGiven: false,
    append: undefined,
    initrd: undefined,
    sysappend,
    menuLabel: undefined,
    password: undefined,
    action: 'command',
    target: undefined,
    isDefault: false,
    isImmediate: undefined,
  };
}

/** What SYSAPPEND appends on the machine at hand, by name; what is missing is not appended. */
export type AppendedStrings = Readonly<Partial<Record<SystemInfo | 'bootif', string>>>;

/** What a label boots, the global APPEND taken into account. */
export function bootDirectives(label: LabelData, globalAppend: string | undefined): BootDirectives {
  const append = label.append ?? globalAppend ?? '';
  return {
    type: label.type,
    file: label.file,
    isGiven: label.isFileGiven,
    append: append === '-' ? '' : append,
    ...(label.initrd === undefined ? {} : { initrd: label.initrd }),
    sysappend: label.sysappend,
  };
}

/** The command line as the menu program puts it together (record() of com32/menu/readconfig.c). */
export function commandLine(boot: BootDirectives, appended: AppendedStrings): string {
  const type = boot.type === 'kernel' ? '' : `.${boot.type} `;
  const append = boot.append === '' ? '' : ` ${boot.append}`;
  const initrd = boot.initrd === undefined ? '' : ` initrd=${boot.initrd}`;
  let line = `${type}${boot.file}${append}${initrd}`;
  for (const name of sysappendNames(boot.sysappend)) {
    const text = appended[name];
    if (text !== undefined) line += ` ${text}`;
  }
  return line;
}

/** SYSAPPEND's bits by name, in the order in which syslinux appends. */
const SYSAPPEND_BITS: readonly (readonly [SystemInfo | 'bootif', number])[] = [
  ['ip', SYSTEM_INFO.ip],
  ['bootif', SYSAPPEND_BOOTIF],
  ...(Object.entries(SYSTEM_INFO) as [SystemInfo, number][]).filter(([name]) => name !== 'ip'),
];

/** The names of SYSAPPEND bits, in the order in which they are appended. */
export function sysappendNames(mask: number): readonly (SystemInfo | 'bootif')[] {
  if (mask === 0) return [];
  return SYSAPPEND_BITS.filter(([, bit]) => (mask & bit) !== 0).map(([name]) => name);
}
