import {
  type BackEntry,
  type BootEntry,
  type ChainEntry,
  type EntryBase,
  type LinuxEntry,
  type LocalBootEntry,
  type SelectableBase,
  SYSTEM_INFO,
} from '../../model/menu.js';
import { MAX_COMMAND_LINE_BYTES } from '../../syntax/language/limits.js';
import { LOCALBOOT_TYPES } from '../../syntax/language/local-boot.js';
import {
  type AppendedBytes,
  appendedBytes,
  SYSAPPEND_BOOTIF,
} from '../../syntax/language/sysappend.js';
import { utf8Length } from '../../text/text.js';
import { type SyslinuxWriter } from './writer.js';

/** Returns the label with a `^` before its hotkey. */
export function markHotkey({ label, hotkey }: SelectableBase): string {
  if (hotkey === undefined) {
    return label;
  }
  const position = label.indexOf(hotkey);
  return `${label.slice(0, position)}^${label.slice(position)}`;
}

/** Writes one entry: LABEL and its directives. */
export function writeEntry(
  entry: BootEntry | BackEntry,
  path: string,
  isDefault: boolean,
  writer: SyslinuxWriter,
): void {
  writer.line(`LABEL ${entry.id}`, path);
  writer.indented(() => {
    writer.line(`MENU LABEL ${markHotkey(entry)}`, path);
    if (isDefault) {
      writer.line('MENU DEFAULT', path);
    }
    if (entry.disabled === true) {
      writer.line('MENU DISABLE', path);
    }
    const indent = entry.indent ?? 0;
    if (indent > 0) {
      writer.line(`MENU INDENT ${indent}`, path);
    }
    if (entry.passwordHash !== undefined) {
      writer.line(`MENU PASSWD ${entry.passwordHash}`.trimEnd(), path);
    }
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
      writeLocal(entry, path, writer);
      break;
    case 'chain':
      writeChain(entry, path, writer);
      break;
    case 'reboot':
      writer.line('COM32 reboot.c32', path);
      if (entry.options !== undefined) {
        writer.line(`APPEND ${entry.options}`, path);
      }
      break;
    case 'poweroff':
      writer.line('COM32 poweroff.c32', path);
      break;
    case 'syslinux': {
      const { directive, args = '' } = entry;
      const file = writer.file(entry.file, 'program', path) ?? '';
      writer.line(`${directive.toUpperCase()} ${file}`, path);
      if (args !== '') {
        writer.line(`APPEND ${args}`, path);
      }
      checkCommandLine(`.${directive} ${file} ${args}`, appendedBytes(0), path, writer);
      break;
    }
    case 'back':
      writer.line('MENU EXIT', path);
      break;
  }
}

function writeLocal(entry: LocalBootEntry, path: string, writer: SyslinuxWriter): void {
  const { method = 'normal', drive, partition, options } = entry;
  if (method !== 'chain') {
    const number = method === 'next-device' ? -1 : LOCALBOOT_TYPES[method];
    writer.line(`LOCALBOOT ${drive === undefined ? number : `0x${drive.toString(16)}`}`, path);
    return;
  }
  const disk = drive === undefined ? undefined : drive < 0x80 ? `fd${drive}` : `hd${drive - 0x80}`;
  const words = [disk, partition, options].filter((word) => word !== undefined && word !== '');
  writer.line('COM32 chain.c32', path);
  if (words.length > 0) {
    writer.line(`APPEND ${words.join(' ')}`, path);
  }
}

function writeChain(entry: ChainEntry, path: string, writer: SyslinuxWriter): void {
  const program = writer.file(entry.program, 'program', path) ?? '';
  if (entry.options === undefined) {
    writer.line(`PXE ${program}`, path);
  } else {
    writer.line('COM32 pxechn.c32', path);
    writer.line(`APPEND ${program} ${entry.options}`.trimEnd(), path);
  }
}

function writeLinux(entry: LinuxEntry, path: string, writer: SyslinuxWriter): void {
  const kernel = writer.file(entry.kernel, 'kernel', path) ?? '';
  const files = (
    role: 'initrd' | 'device-tree',
    paths: readonly string[] = [],
  ): readonly string[] => paths.map((file) => writer.file(file, role, path) ?? '');
  const initrd = files('initrd', entry.initrd).join(',');
  const { args = '' } = entry;
  writer.line(`LINUX ${kernel}`, path);
  // Syslinux loads the files after the first "initrd=" of the line, even if that is part of a longer word.
  if (!args.includes('initrd=')) {
    if (initrd !== '') {
      writer.line(`INITRD ${initrd}`, path);
    }
    if (args !== '') {
      writer.line(`APPEND ${args}`, path);
    }
  } else if (initrd !== '') {
    writer.line(`APPEND initrd=${initrd} ${args}`, path);
  } else {
    const what = 'syslinux would load the file after "initrd=" in the arguments as a ramdisk';
    writer.fault('mangled-argument', what, `${path}.args`);
  }
  for (const [directive, value] of [
    ['FDT', entry.deviceTree],
    ['FDTDIR', entry.deviceTreeDir],
  ] as const) {
    const name = value === undefined ? undefined : writer.file(value, 'device-tree', path);
    if (name !== undefined) {
      writer.line(`${directive} ${name}`, path);
    }
  }
  const overlays = files('device-tree', entry.deviceTreeOverlays);
  if (overlays.length > 0) {
    writer.line(`FDTOVERLAYS ${overlays.join(' ')}`, path);
  }
  const info = entry.systemInfo ?? [];
  const bits = info.reduce((mask, name) => mask | SYSTEM_INFO[name], 0);
  const mask = entry.appendBootif === true ? bits | SYSAPPEND_BOOTIF : bits;
  if (mask !== 0) {
    writer.line(`SYSAPPEND ${mask}`, path);
  }
  const line = `.linux ${kernel} ${args} initrd=${initrd}`;
  checkCommandLine(line, appendedBytes(mask), path, writer);
}

/**
 * Reports a command line that is too long, or may be too long on some machines. The menu passes all of it to
 * syslinux: type, file, arguments and ramdisks.
 *
 * @param appended - sizes of what SYSAPPEND adds
 */
function checkCommandLine(
  line: string,
  { fixed, most }: AppendedBytes,
  path: string,
  writer: SyslinuxWriter,
): void {
  const own = utf8Length(line);
  const bytes = own + fixed;
  if (bytes > MAX_COMMAND_LINE_BYTES) {
    writer.fault(
      'command-line-too-long',
      `the command line is ${bytes} bytes long with file names and ramdisks; the limit is ${MAX_COMMAND_LINE_BYTES}`,
      path,
    );
  } else if (own + most > MAX_COMMAND_LINE_BYTES) {
    const what = `the command line may be up to ${own + most} bytes long with what the firmware says about the machine; the limit is ${MAX_COMMAND_LINE_BYTES}`;
    writer.report('warning', 'command-line-too-long', what, path);
  }
}

/** Writes the help text without indentation, since leading spaces would be shown. */
function writeHelp(entry: EntryBase, path: string, writer: SyslinuxWriter): void {
  if (entry.help === undefined) {
    return;
  }
  writer.line('TEXT HELP', path);
  for (const line of entry.help.split('\n')) {
    writer.verbatim(line, path);
  }
  writer.line('ENDTEXT', path);
}
