import { hasBlank, quoted } from '../../text/text.js';

/** Returns what GRUB would mistake a file name for; undefined if it reads it correctly. */
export function nameFault(name: string | undefined, path: string): string | undefined {
  if (name === undefined) {
    return `GRUB cannot fetch ${quoted(path)}`;
  }
  if (name !== '' && !hasBlank(name) && !name.startsWith('-')) {
    return undefined;
  }
  return `file name ${quoted(name)} is empty, begins with "-" or has a blank`;
}
