import {
  type BackEntry,
  type BootEntry,
  type EntryBase,
  type LinuxEntry,
  type LocalBootMethod,
  type SelectableBase,
  SYSTEM_INFO,
} from '../model/menu.js';
import { utf8Length } from '../text.js';
import { MAX_COMMAND_LINE_BYTES } from './limits.js';
import { type SyslinuxWriter } from './writer.js';

/** SYSAPPEND bit of `BOOTIF=`. */
export const SYSAPPEND_BOOTIF = 0x2;

/** LOCALBOOT types by name. */
export const LOCALBOOT_TYPES: Readonly<Record<LocalBootMethod, number>> = {
  normal: 0,
  'keep-undi': 4,
  'keep-pxe': 5,
  'next-device': -1,
};

/** Bytes of ` BOOTIF=01-` and a hardware address. */
const BOOTIF_BYTES = 28;

/** Most bytes of ` ip=` and four addresses. */
const IP_BYTES = 67;

/** The label with a `^` before its hotkey. */
export function markHotkey({ label, hotkey }: SelectableBase): string {
  if (hotkey === undefined) return label;
  const position = label.indexOf(hotkey);
  return `${label.slice(0, position)}^${label.slice(position)}`;
}

/** Writes one entry: LABEL and what belongs to it. */
export function writeEntry(
  entry: BootEntry | BackEntry,
  path: string,
  isDefault: boolean,
  writer: SyslinuxWriter,
): void {
  writer.line(`LABEL ${entry.id}`, path);
  writer.indented(() => {
    writer.line(`MENU LABEL ${markHotkey(entry)}`, path);
    if (isDefault) writer.line('MENU DEFAULT', path);
    if (entry.disabled === true) writer.line('MENU DISABLE', path);
    const indent = entry.indent ?? 0;
    if (indent > 0) writer.line(`MENU INDENT ${indent}`, path);
    if (entry.passwordHash !== undefined) writer.line(`MENU PASSWD ${entry.passwordHash}`, path);
    writeAction(entry, path, writer);
  });
  writeHelp(entry, path, writer);
}

function writeAction(entry: BootEntry | BackEntry, path: string, writer: SyslinuxWriter): void {
  switch (entry.type) {
    case 'linux':
      writeLinux(entry, path, writer);
      break;
    case 'local':
      writer.line(`LOCALBOOT ${LOCALBOOT_TYPES[entry.method ?? 'normal']}`, path);
      break;
    case 'chain':
      writer.line(`PXE ${writer.file(entry.program, 'program', path)}`, path);
      break;
    case 'reboot':
      writer.line('COM32 reboot.c32', path);
      break;
    case 'poweroff':
      writer.line('COM32 poweroff.c32', path);
      break;
    case 'syslinux': {
      const file = writer.file(entry.file, 'program', path);
      writer.line(`${entry.directive.toUpperCase()} ${file}`, path);
      if (entry.args !== '') writer.line(`APPEND ${entry.args}`, path);
      checkCommandLine(`.${entry.directive} ${file} ${entry.args}`, 0, path, writer);
      break;
    }
    case 'back':
      writer.line('MENU EXIT', path);
      break;
  }
}

function writeLinux(entry: LinuxEntry, path: string, writer: SyslinuxWriter): void {
  const kernel = writer.file(entry.kernel, 'kernel', path);
  const initrd = entry.initrd.map((file) => writer.file(file, 'initrd', path)).join(',');
  writer.line(`LINUX ${kernel}`, path);
  if (initrd !== '') writer.line(`INITRD ${initrd}`, path);
  if (entry.args !== '') writer.line(`APPEND ${entry.args}`, path);
  const info = entry.systemInfo ?? [];
  const bits = info.reduce((mask, name) => mask | SYSTEM_INFO[name], 0);
  const mask = entry.appendBootif === true ? bits | SYSAPPEND_BOOTIF : bits;
  if (mask !== 0) writer.line(`SYSAPPEND ${mask}`, path);
  const appended =
    (entry.appendBootif === true ? BOOTIF_BYTES : 0) + (info.includes('ip') ? IP_BYTES : 0);
  checkCommandLine(`.linux ${kernel} ${entry.args} initrd=${initrd}`, appended, path, writer);
}

/** The menu hands syslinux the whole line at once: type, file, arguments, ramdisks. */
function checkCommandLine(
  line: string,
  appended: number,
  path: string,
  writer: SyslinuxWriter,
): void {
  const bytes = utf8Length(line) + appended;
  if (bytes > MAX_COMMAND_LINE_BYTES) {
    writer.fault(
      'command-line-too-long',
      path,
      `the command line is ${bytes} bytes long with file names and ramdisks; ${MAX_COMMAND_LINE_BYTES} fit`,
    );
  }
}

/** Help is shown with its leading blanks, so it is not indented. */
function writeHelp(entry: EntryBase, path: string, writer: SyslinuxWriter): void {
  if (entry.help === undefined) return;
  writer.line('TEXT HELP', path);
  for (const line of entry.help.split('\n')) writer.verbatim(line, path);
  writer.line('ENDTEXT', path);
}
