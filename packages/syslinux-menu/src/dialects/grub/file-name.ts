import { hasBlank, quoted } from '../../text/text.js';

/** Returns the reason why GRUB cannot use the file name for a path, as a message; undefined if it can. */
export function nameFault(name: string | undefined, path: string): string | undefined {
  if (name === undefined) {
    return `GRUB cannot fetch ${quoted(path)}`;
  }
  if (name !== '' && !hasBlank(name) && !name.startsWith('-')) {
    return undefined;
  }
  return `file name ${quoted(name)} is empty, begins with "-" or contains whitespace`;
}
