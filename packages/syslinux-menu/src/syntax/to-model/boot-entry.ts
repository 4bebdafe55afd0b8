import {
  type BootEntry,
  type EntryBase,
  type LinuxEntry,
  type LocalBootMethod,
  type SyslinuxDirective,
  type SystemInfo,
} from '../../model/menu.js';
import { type ByteString } from '../../text/encoding.js';
import { quoted } from '../../text/text.js';
import {
  type Command,
  moduleName,
  parseCommand,
  typeByName,
  wordsIn,
} from '../language/command.js';
import { restOfLine, wordAt } from '../language/keyword.js';
import { type BootDirectives } from '../language/loaded.js';
import { LOCALBOOT_TYPES } from '../language/local-boot.js';
import { strtoul } from '../language/numbers.js';
import { sysappendNames } from '../language/sysappend.js';

/** Entry of the model, and descriptions of the directives that it cannot express. */
export interface ModelEntry {
  readonly item: BootEntry;
  readonly losses: readonly string[];
}

/** Decodes bytes of the file to readable text: one line without control characters. */
export type Decode = (bytes: ByteString) => string;

/** Returns the command of a label's directives, without ramdisks or SYSAPPEND. */
export function commandOf(boot: BootDirectives): Command {
  const line = boot.append === '' ? boot.file : `${boot.file} ${boot.append}`;
  if (boot.type === 'kernel') {
    return parseCommand(line);
  }
  const file = wordAt(line, 0);
  const args = restOfLine(line, file.length);
  switch (boot.type) {
    // Syslinux's readers write `.none` and `.comboot` before the file, but do not know these types when
    // they run the line, so the file's name decides.
    case 'none':
    case 'comboot':
      return { type: typeByName(file), file, args };
    case 'com32':
    case 'localboot':
    case 'linux':
    case 'boot':
    case 'bss':
    case 'pxe':
    case 'fdimage':
    case 'config':
      return { type: boot.type, file, args };
  }
}

/** Returns the model's entry for a command and a label's other directives. */
export function bootEntry(
  command: Command,
  boot: Omit<BootDirectives, 'type' | 'file' | 'isGiven' | 'append'>,
  text: EntryBase,
  decode: Decode,
): ModelEntry {
  const file = decode(command.file);
  const args = decode(command.args);
  switch (command.type) {
    case 'localboot':
      return { item: localBoot(file, text), losses: [] };
    case 'linux':
      return linuxEntry(file, command.args, boot, text, decode);
    case 'pxe':
      return { item: { type: 'chain', ...text, program: file }, losses: unused(args, boot) };
    case 'com32':
      return moduleEntry(command, boot, text, decode);
    case 'boot':
    case 'bss':
    case 'fdimage':
    case 'config':
      return {
        item: syslinuxEntry(command.type, file, args, text),
        losses: unused('', boot),
      };
  }
}

function syslinuxEntry(
  directive: SyslinuxDirective,
  file: string,
  args: string,
  text: EntryBase,
): BootEntry {
  return { type: 'syslinux', ...text, directive, file, ...(args === '' ? {} : { args }) };
}

function localBoot(file: string, text: EntryBase): BootEntry {
  // ldlinux passes on the lower 16 bits of the number that strtoul reads.
  const number = strtoul(file) % 0x1_0000;
  const methods = Object.entries(LOCALBOOT_TYPES) as [LocalBootMethod, number][];
  const method = methods.find(([, value]) => value === number)?.[0];
  if (method === undefined) {
    return { type: 'local', ...text, drive: number };
  }
  return { type: 'local', ...text, ...(method === 'normal' ? {} : { method }) };
}

/**
 * Splits the kernel's arguments into ramdisks and the words other than `initrd=`. Syslinux loads the
 * files of the first `initrd=` anywhere in them, up to the next blank; the kernel sees all arguments.
 */
function takeInitrd(args: ByteString): {
  files: readonly ByteString[];
  rest: readonly ByteString[];
} {
  const start = args.indexOf('initrd=');
  const files = start < 0 ? [] : wordUpToSpace(args, start + 'initrd='.length).split(',');
  const rest = wordsKept(args).filter((word) => !word.startsWith('initrd='));
  return { files: files.filter((name) => name !== ''), rest };
}

function wordUpToSpace(text: ByteString, start: number): ByteString {
  const end = text.indexOf(' ', start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

/** Splits text into words. Empty words stand for additional blanks. */
function wordsKept(args: ByteString): readonly ByteString[] {
  return args.split(' ');
}

function linuxEntry(
  kernel: string,
  append: ByteString,
  boot: Omit<BootDirectives, 'type' | 'file' | 'isGiven' | 'append'>,
  text: EntryBase,
  decode: Decode,
): ModelEntry {
  const names = sysappendNames(boot.sysappend);
  const systemInfo = names.filter((name): name is SystemInfo => name !== 'bootif');
  const directive = boot.initrd === undefined ? '' : `initrd=${boot.initrd}`;
  const both =
    append === '' || directive === '' ? `${append}${directive}` : `${append} ${directive}`;
  const { files } = takeInitrd(both);
  const args = decode(takeInitrd(append).rest.join(' '));
  const initrd = files.map(decode).filter((name) => name !== '');
  const overlays = wordsIn(boot.deviceTreeOverlays ?? '').map(decode);
  const named = both.split(' ').filter((word) => word.startsWith('initrd=')).length;
  const item: LinuxEntry = {
    type: 'linux',
    ...text,
    kernel,
    ...(initrd.length === 0 ? {} : { initrd }),
    ...(args === '' ? {} : { args }),
    ...(boot.deviceTree === undefined ? {} : { deviceTree: decode(boot.deviceTree) }),
    ...(boot.deviceTreeDir === undefined ? {} : { deviceTreeDir: decode(boot.deviceTreeDir) }),
    ...(overlays.length === 0 ? {} : { deviceTreeOverlays: overlays }),
    ...(names.includes('bootif') ? { appendBootif: true } : {}),
    ...(systemInfo.length === 0 ? {} : { systemInfo }),
  };
  const losses =
    named > 1 ? ['only the first initrd= is loaded; the model has no other ramdisks'] : [];
  return { item, losses };
}

/**
 * Returns the entry for a module: of the model's type for its purpose if there is one, otherwise of type
 * `syslinux`.
 */
function moduleEntry(
  command: Command,
  boot: Omit<BootDirectives, 'type' | 'file' | 'isGiven' | 'append'>,
  text: EntryBase,
  decode: Decode,
): ModelEntry {
  const file = decode(command.file);
  const args = decode(command.args);
  const losses = unused('', boot);
  switch (moduleName(file)) {
    case 'reboot.c32':
      return {
        item: { type: 'reboot', ...text, ...(args === '' ? {} : { options: args }) },
        losses,
      };
    case 'poweroff.c32':
      if (args === '') {
        return { item: { type: 'poweroff', ...text }, losses };
      }
      break;
    case 'chain.c32':
      return { item: chainedDisk(args, text), losses };
    case 'pxechn.c32': {
      const program = wordAt(args, 0);
      if (program === '' || program.startsWith('-')) {
        break;
      }
      const options = restOfLine(args, program.length);
      return { item: { type: 'chain', ...text, program, options }, losses };
    }
    case 'linux.c32': {
      const kernel = wordAt(command.args, 0);
      if (kernel === '' || kernel.startsWith('-')) {
        break;
      }
      return linuxEntry(
        decode(kernel),
        restOfLine(command.args, kernel.length),
        boot,
        text,
        decode,
      );
    }
  }
  return { item: syslinuxEntry('com32', file, args, text), losses };
}

/** Returns the entry for arguments of `chain.c32`, such as `hd0 1 options`: disk, partition, options. */
function chainedDisk(args: string, text: EntryBase): BootEntry {
  const base = { type: 'local', ...text, method: 'chain' } as const;
  const [first = '', ...others] = wordsIn(args);
  const [, kind, disk, inner] = /^(hd|fd)(\d{1,2})(?:,(\d{1,3}))?$/.exec(first) ?? [];
  if (kind === undefined) {
    return { ...base, ...(args === '' ? {} : { options: args }) };
  }
  const isOwnWord = inner === undefined && /^\d{1,3}$/.test(others[0] ?? '');
  const number = Number(inner ?? (isOwnWord ? others[0] : 0));
  const options = others.slice(isOwnWord ? 1 : 0).join(' ');
  return {
    ...base,
    drive: Number(disk) + (kind === 'hd' ? 0x80 : 0),
    ...(number > 0 && number < 256 ? { partition: number } : {}),
    ...(options === '' ? {} : { options }),
  };
}

function unused(
  args: string,
  boot: Omit<BootDirectives, 'type' | 'file' | 'isGiven' | 'append'>,
): readonly string[] {
  const names = [
    ...(args === '' ? [] : [`arguments ${quoted(args)}`]),
    ...(boot.initrd === undefined ? [] : ['INITRD']),
    ...(boot.sysappend === 0 ? [] : ['SYSAPPEND']),
  ];
  return names.length === 0 ? [] : [`${names.join(' and ')} of an entry that is not a kernel`];
}
