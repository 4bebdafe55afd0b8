import { convertMenuFile, parseMenuFile, showMenuFile, walkMenu } from '@pxe/syslinux-menu/cli';

import { CommandError, type Terminal } from '../../terminal.js';
import { inputOf, withFileErrors } from './file-input.js';
import { type ShowOptions } from './show-options.js';

/**
 * Prints a menu file as the menu program would draw it or converted for a loader, or lets the user navigate
 * its menu.
 */
export async function showFile(
  file: string,
  { as: asked, root, loader, interactive }: ShowOptions,
  { print, paint, write, printError, screen }: Terminal,
): Promise<void> {
  const options = {
    ...(root !== undefined && { root }),
    ...(loader !== undefined && { loader }),
    ...(await inputOf(file)),
  };
  if (interactive === true) {
    if (screen === undefined || !process.stdin.isTTY) {
      throw new CommandError('--interactive needs a terminal', undefined, { kind: 'usage' });
    }
    const parsed = withFileErrors(file, () => parseMenuFile(file, options));
    print(await walkMenu(parsed, { input: process.stdin, output: screen }));
    return;
  }
  const as = asked ?? (screen?.hasColors() === true ? 'ansi' : 'text');
  if (as === 'grub' || as === 'ipxe' || as === 'syslinux') {
    const { bytes, losses } = withFileErrors(file, () => convertMenuFile(file, as, options));
    for (const loss of losses) {
      printError(loss);
    }
    write(bytes);
    return;
  }
  const drawn = withFileErrors(file, () => showMenuFile(file, { ...options, as }));
  if (as === 'ansi') {
    paint(drawn);
  } else {
    print(drawn);
  }
}
