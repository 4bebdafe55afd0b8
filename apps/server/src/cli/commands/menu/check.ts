import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { formatDiagnostic, hasErrors, parseSyslinux } from '@pxe/syslinux-menu';
import type { Command } from 'commander';

import { CommandError, type Terminal } from '../../terminal.js';

export function addCheckCommand(menu: Command, { print }: Terminal): void {
  menu
    .command('check')
    .argument('<file>', 'a syslinux or pxelinux configuration file')
    .description('say what syslinux would make of a menu file, and what is wrong with it')
    .action(async (file: string) => {
      const bytes = await readFile(file).catch((error: unknown) => {
        const { code = String(error) } = error as NodeJS.ErrnoException;
        throw new CommandError(`cannot read ${file} (${code})`);
      });
      const { diagnostics, lines } = parseSyslinux(bytes, {
        fileName: file,
        resolveInclude: (name) => readIfThere(candidates(file, name)),
      });
      for (const diagnostic of diagnostics) print(formatDiagnostic(diagnostic));
      if (hasErrors(diagnostics)) throw new CommandError(`${file} has errors`);
      print(`${file}: ${lines.length} lines, ${diagnostics.length} findings, no errors`);
    });
}

/** Names are relative to the boot directory: where the file is, or above its `pxelinux.cfg`. */
function candidates(file: string, name: string): string[] {
  const folder = dirname(file);
  const relative = name.replace(/^(::)?\/*/, '');
  return [join(folder, relative), join(folder, '..', relative)];
}

function readIfThere(paths: readonly string[]): Uint8Array | undefined {
  const path = paths.find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : readFileSync(path);
}
