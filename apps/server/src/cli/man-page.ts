import { type ConfigKey } from '../config/config-key.js';
import { type CommandNode, everyCommand, type OptionNode } from './command-tree.js';
import { describeKey, topicOf } from './config-flags.js';
import { EXIT_CODES } from './exit-codes.js';

/** Returns the manual page of the program, in roff with the macros of man(7). */
export function manPage(
  root: CommandNode,
  { version, keys }: { readonly version: string; readonly keys: readonly ConfigKey[] },
): string {
  const commands = everyCommand(root).filter(({ commands: below }) => below.length === 0);
  return [
    `.TH PXEBOOT 8 "" "pxeboot ${version}"`,
    '.SH NAME',
    `pxeboot \\- network\\-boot server for Debian`,
    '.SH SYNOPSIS',
    '.B pxeboot',
    '.I command',
    '.RI [ option ...]',
    '.SH DESCRIPTION',
    text(root.description),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH CONFIGURATION',
    text(
      'Each setting is a key of pxeboot.yaml, an environment variable, and a flag of every command that reads the configuration. Structures can only be set in the file.',
    ),
    ...[...new Set(keys.map(({ path }) => topicOf(path)))].flatMap((topic) => [
      `.SS "${text(topic)}"`,
      ...keys.filter(({ path }) => topicOf(path) === topic).flatMap(settingLines),
    ]),
    '.SH "EXIT STATUS"',
    ...Object.values(EXIT_CODES).flatMap(({ code, meaning }) => [
      '.TP',
      `.B ${code}`,
      text(`${meaning}.`),
    ]),
    '.SH FILES',
    '.TP',
    '.I /etc/pxeboot/pxeboot.yaml',
    text(
      'Configuration, unless ./pxeboot.yaml exists or --config or PXEBOOT_CONFIG names another file.',
    ),
    '.TP',
    '.I /var/lib/pxeboot',
    text('Images and the history of boots (dataDir).'),
    '.SH SIGNALS',
    '.TP',
    '.B SIGHUP',
    text('"pxeboot serve" reads its configuration again.'),
    '.TP',
    '.B SIGTERM',
    text('"pxeboot serve" finishes running transfers, then ends.'),
  ].join('\n');
}

function settingLines(key: ConfigKey): string[] {
  const { path, flag, env, kind, placeholder } = key;
  return [
    '.TP',
    kind === 'structure' ? `.B ${text(path)}` : `.BI "${text(flag)} " "${text(placeholder)}"`,
    text(`${describeKey(key)}${kind === 'structure' ? '' : ` (${path}, ${env})`}.`),
  ];
}

function commandLines({ path, description, arguments: args, options }: CommandNode): string[] {
  const usage = [path.replace(/^pxeboot /, ''), ...args.map(({ usage: one }) => one)].join(' ');
  // "serve" accepts all settings, which are described below.
  const used = path === 'pxeboot serve' ? [] : options.filter(({ isSetting }) => isSetting);
  const own = options.filter(({ isSetting, name }) => !isSetting && name !== '--help');
  return [
    `.SS "${text(usage)}"`,
    text(`${description}.`),
    ...args.flatMap(({ usage: one, description: about }) => item(one, about)),
    ...own.flatMap((option: OptionNode) => item(option.flags, option.description)),
    ...(used.length === 0
      ? []
      : ['.PP', text(`Settings: ${used.map(({ flags }) => flags).join(', ')}.`)]),
  ];
}

function item(name: string, description: string): string[] {
  return ['.TP', `.B "${text(name)}"`, text(description === '' ? name : `${description}.`)];
}

/** Escapes the characters that are special to roff. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^(?=[.'])/, '\\&');
}
