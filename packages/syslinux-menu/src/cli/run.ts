import { parseArgs } from 'node:util';

import { type DialectName, DIALECTS } from '../dialects/registry.js';
import { withoutControls } from '../text/text.js';
import {
  checkMenuFile,
  convertMenuFile,
  MenuFileError,
  parseMenuFile,
  showMenuFile,
} from './commands.js';
import { LOADERS, type MenuFileOptions, readAll, STANDARD_INPUT } from './menu-files.js';
import { walkMenu } from './walk.js';

/** Standard streams that a command reads and writes. */
export interface CommandStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly error: NodeJS.WritableStream;
}

const USAGE = `usage: syslinux-menu check FILE|- [--root DIR] [--loader LOADER] [--json] [--strict]
       syslinux-menu show FILE|- [--root DIR] [--loader LOADER] [--as text|ansi|svg] [--interactive]
       syslinux-menu convert FILE|- --to ${Object.keys(DIALECTS).join('|')} [--root DIR] [--loader LOADER]

check    show how syslinux reads a menu file, and list its problems;
         exit code 1 for errors, and for warnings with --strict
show     print the screen that the menu program draws; --interactive navigates it
convert  write the menu for another boot loader; losses are reported on standard error

--root   directory of the boot server, or of the disk: the files that the menu names
         are looked up there
--loader ${LOADERS.join(' or ')}; U-Boot reads the same format (extlinux.conf) differently;
         default: u-boot if the file names device trees and no menu program, otherwise
         syslinux
-        standard input
`;

/**
 * Runs the command line of `syslinux-menu`.
 *
 * @returns exit code: 0 for success; 1 if `check` finds errors (with `--strict`, also warnings), the file
 * cannot be read or none of it can be converted; 2 for an invalid command line
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
        loader: { type: 'string' },
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
    if (file === undefined || others.length > 0) {
      return wrong(error, 'name one file, or -');
    }
    const loader = LOADERS.find((name) => name === values.loader);
    if (values.loader !== undefined && loader === undefined) {
      return wrong(error, `--loader must be one of ${LOADERS.join(', ')}`);
    }
    const files: MenuFileOptions = {
      ...(values.root !== undefined && { root: values.root }),
      ...(loader !== undefined && { loader }),
      ...(file === STANDARD_INPUT && { standardInput: await readAll(streams.input) }),
    };
    switch (command) {
      case 'check': {
        const { json = false, strict = false } = values;
        const { lines, ok } = checkMenuFile(file, { ...files, json, strict });
        output.write(`${lines.join('\n')}\n`);
        return ok ? 0 : 1;
      }
      case 'show':
        if (values.interactive === true) {
          return await interact(file, files, streams);
        }
        return show(file, files, values.as, streams);
      case 'convert': {
        const dialect = Object.keys(DIALECTS).find((name) => name === values.to);
        if (dialect === undefined) {
          return wrong(error, `--to must be one of ${Object.keys(DIALECTS).join(', ')}`);
        }
        const { bytes, losses } = convertMenuFile(file, dialect as DialectName, files);
        for (const loss of losses) {
          error.write(`${loss}\n`);
        }
        output.write(bytes);
        return 0;
      }
      default:
        return wrong(error, `unknown command ${JSON.stringify(command)}`);
    }
  } catch (caught) {
    if (caught instanceof MenuFileError) {
      error.write(`syslinux-menu: ${eachLine(caught.message)}\n`);
      return 1;
    }
    if (caught instanceof TypeError && 'code' in caught) {
      return wrong(error, caught.message);
    }
    throw caught;
  }
}

const FORMS = ['text', 'ansi', 'svg'] as const;

function show(
  file: string,
  files: MenuFileOptions,
  asked: string | undefined,
  { output, error }: CommandStreams,
): number {
  const form = FORMS.find((name) => name === asked);
  if (asked !== undefined && form === undefined) {
    return wrong(error, `--as must be one of ${FORMS.join(', ')}`);
  }
  // No colours with NO_COLOR and similar variables, or into a pipe.
  const hasColors = output.isTTY && output.hasColors();
  output.write(`${showMenuFile(file, { ...files, as: form ?? (hasColors ? 'ansi' : 'text') })}\n`);
  return 0;
}

async function interact(
  file: string,
  files: MenuFileOptions,
  { input, output, error }: CommandStreams,
): Promise<number> {
  if (!input.isTTY || !output.isTTY) {
    return wrong(error, '--interactive needs a terminal');
  }
  output.write(`${await walkMenu(parseMenuFile(file, files), { input, output })}\n`);
  return 0;
}

/** Returns a message with all control characters except line feeds escaped. */
function eachLine(message: string): string {
  return message.split('\n').map(withoutControls).join('\n');
}

function wrong(error: NodeJS.WritableStream, message: string): number {
  error.write(`syslinux-menu: ${eachLine(message)}\n${USAGE}`);
  return 2;
}
