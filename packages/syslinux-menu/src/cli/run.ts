import { parseArgs } from 'node:util';

import { type DialectName, DIALECTS } from '../dialects/registry.js';
import {
  checkMenuFile,
  convertMenuFile,
  MenuFileError,
  parseMenuFile,
  showMenuFile,
} from './commands.js';
import { walkMenu } from './walk.js';

/** What a command may use of the process that runs it. */
export interface CommandStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly error: NodeJS.WritableStream;
}

const USAGE = `usage: syslinux-menu check FILE|- [--root DIR] [--json] [--strict]
       syslinux-menu show FILE|- [--root DIR] [--as text|ansi|svg] [--interactive]
       syslinux-menu convert FILE|- --to ${Object.keys(DIALECTS).join('|')} [--root DIR]

check    says what syslinux makes of a menu file, and what is wrong with it;
         exit code 1 for errors, with --strict for warnings, too
show     prints the screen that the menu program draws; --interactive walks it
convert  writes the menu for another boot loader; what is lost goes to standard error

--root   directory of the boot server, or of the disk: the files that the menu names
         are looked for there
-        reads standard input
`;

/**
 * Runs the command line of `syslinux-menu`.
 *
 * @returns exit code: 0, 1 for findings and unreadable files, 2 for a wrong command line
 */
export async function runMenuCommand(
  args: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  const { output, error } = streams;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        json: { type: 'boolean' },
        strict: { type: 'boolean' },
        as: { type: 'string' },
        interactive: { type: 'boolean' },
        to: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [command, file, ...others] = positionals;
    if (values.help === true) {
      output.write(USAGE);
      return 0;
    }
    if (file === undefined || others.length > 0) return wrong(error, 'name one file, or -');
    const root = values.root === undefined ? {} : { root: values.root };
    switch (command) {
      case 'check': {
        const { json = false, strict = false } = values;
        const { lines, ok } = checkMenuFile(file, { ...root, json, strict });
        output.write(`${lines.join('\n')}\n`);
        return ok ? 0 : 1;
      }
      case 'show':
        if (values.interactive === true) return await interact(file, root, streams);
        return show(file, root, values.as, streams);
      case 'convert': {
        const dialect = Object.keys(DIALECTS).find((name) => name === values.to);
        if (dialect === undefined) {
          return wrong(error, `--to must be one of ${Object.keys(DIALECTS).join(', ')}`);
        }
        const { bytes, losses } = convertMenuFile(file, dialect as DialectName, root);
        for (const loss of losses) error.write(`${loss}\n`);
        output.write(bytes);
        return 0;
      }
      default:
        return wrong(error, `no command ${JSON.stringify(command)}`);
    }
  } catch (caught) {
    if (caught instanceof MenuFileError) {
      error.write(`syslinux-menu: ${caught.message}\n`);
      return 1;
    }
    if (caught instanceof TypeError && 'code' in caught) return wrong(error, caught.message);
    throw caught;
  }
}

const FORMS = ['text', 'ansi', 'svg'] as const;

function show(
  file: string,
  root: { readonly root?: string },
  asked: string | undefined,
  { output, error }: CommandStreams,
): number {
  const form = FORMS.find((name) => name === asked);
  if (asked !== undefined && form === undefined) {
    return wrong(error, `--as must be one of ${FORMS.join(', ')}`);
  }
  // Whoever asks for no colours, as by NO_COLOR, gets none, and neither does a pipe.
  const hasColors = output.isTTY && output.hasColors();
  output.write(`${showMenuFile(file, { ...root, as: form ?? (hasColors ? 'ansi' : 'text') })}\n`);
  return 0;
}

async function interact(
  file: string,
  root: { readonly root?: string },
  { input, output, error }: CommandStreams,
): Promise<number> {
  if (!input.isTTY || !output.isTTY) return wrong(error, '--interactive needs a terminal');
  output.write(`${await walkMenu(parseMenuFile(file, root), { input, output })}\n`);
  return 0;
}

function wrong(error: NodeJS.WritableStream, message: string): number {
  error.write(`syslinux-menu: ${message}\n${USAGE}`);
  return 2;
}
