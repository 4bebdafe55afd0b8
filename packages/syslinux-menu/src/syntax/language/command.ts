import { baseName } from '../../model/paths.js';
import { type ByteString } from '../../text/encoding.js';
import { endsWord, restOfLine, wordAt } from './keyword.js';
import { BOOT_TYPES, type BootType } from './loaded.js';

/** Method of starting a file, independent of its name. */
export type KnownType = Exclude<BootType, 'kernel' | 'none' | 'comboot'>;

/**
 * Methods of starting a file, by its suffix (file_extensions of com32/elflink/ldlinux/ldlinux.c);
 * files with other suffixes are Linux kernels. Suffixes are matched only in lower case.
 */
const TYPES_BY_SUFFIX: readonly (readonly [string, KnownType])[] = [
  ['.c32', 'com32'],
  ['.img', 'fdimage'],
  ['.bss', 'bss'],
  ['.bin', 'boot'],
  ['.bs', 'boot'],
  ['.0', 'pxe'],
];

/** Returns the type that KERNEL infers from a file's name. */
export function typeByName(file: string): KnownType {
  return TYPES_BY_SUFFIX.find(([suffix]) => file.endsWith(suffix))?.[1] ?? 'linux';
}

/** Command line of syslinux, split as execute() splits it. */
export interface Command {
  readonly type: KnownType;
  readonly file: ByteString;
  readonly args: ByteString;
}

/**
 * Splits a command line: `.type file args`, or `file args` with the type determined by the file's
 * name.
 */
export function parseCommand(line: ByteString): Command {
  const file = wordAt(line, 0);
  const args = restOfLine(line, file.length);
  if (!file.startsWith('.')) {
    return { type: typeByName(file), file, args };
  }
  const type = BOOT_TYPES.find((name) => name === file.slice(1));
  // Only the menu program's table has these two types.
  if (type === undefined || type === 'none' || type === 'comboot') {
    return { type: typeByName(file), file, args };
  }
  const inner = parseCommand(args);
  if (type === 'kernel') {
    return inner;
  }
  const name = wordAt(args, 0);
  return { type, file: name, args: restOfLine(args, name.length) };
}

/** Returns the name of a module without its directory. COM32 adds a missing suffix. */
export function moduleName(file: string): string {
  const name = baseName(file);
  return name.endsWith('.c32') ? name : `${name}.c32`;
}

/** Returns the command, with `config.c32 other.cfg` replaced by the equivalent CONFIG. */
export function configCommand(command: Command): Command {
  if (command.type !== 'com32' || moduleName(command.file) !== 'config.c32') {
    return command;
  }
  const file = wordAt(command.args, 0);
  if (file === '') {
    return command;
  }
  return { type: 'config', file, args: restOfLine(command.args, file.length) };
}

/** Returns the menu program that a command starts; undefined for any other command. */
export function menuProgramOf(command: Command): MenuProgram | undefined {
  const name = command.type === 'com32' ? moduleName(command.file) : '';
  return name === 'menu.c32' || name === 'vesamenu.c32' ? name : undefined;
}

/** The two programs that draw menus: in text mode, and in graphics mode. */
export type MenuProgram = 'menu.c32' | 'vesamenu.c32';

/** Splits a text into words as syslinux does. */
export function wordsIn(text: ByteString): readonly ByteString[] {
  const words: ByteString[] = [];
  let start = 0;
  while (start < text.length) {
    const word = wordAt(text, start);
    if (word !== '') {
      words.push(word);
    }
    start += word.length;
    while (start < text.length && endsWord(text.charAt(start))) {
      start += 1;
    }
  }
  return words;
}
