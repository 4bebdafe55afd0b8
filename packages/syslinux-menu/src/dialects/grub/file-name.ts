import { hasBlank, quoted } from '../../text/text.js';

/** Why GRUB would take a file name for something else; undefined when it would not. */
export function nameFault(name: string | undefined, path: string): string | undefined {
  if (name === undefined) {
    return `GRUB cannot fetch ${quoted(path)}`;
  }
  if (name !== '' && !hasBlank(name) && !name.startsWith('-')) {
    return undefined;
  }
  return `file name ${quoted(name)} is empty, begins with "-" or has a blank`;
}
