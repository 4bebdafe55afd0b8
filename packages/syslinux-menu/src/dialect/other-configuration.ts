import { type SyslinuxEntry } from '../model/menu.js';
import { baseName } from '../model/paths.js';

/**
 * Returns true if the entry starts a program that reads another syslinux configuration; other
 * loaders have no such program.
 */
export function readsConfiguration({ directive, file }: SyslinuxEntry): boolean {
  if (directive === 'config') {
    return true;
  }
  return directive === 'com32' && /^(?:vesa)?menu(?:\.c32)?$/.test(baseName(file));
}
