/** Characters that need no quoting in a GRUB script. */
const PLAIN_WORD = /^[\w.,:=/+@%()-]+$/;

/**
 * Quotes a word in single quotes. They have no escapes, so a `'` is written by closing them,
 * escaping it and reopening them.
 */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Returns a word of a command, quoted only if necessary. */
export function quoteWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : quote(word);
}

/**
 * True if GRUB would change the argument on its way to Linux: it escapes each backslash and quote with
 * a backslash (grub-core/lib/cmdline.c). Double quotes are removed beforehand, because GRUB adds its
 * own around an argument with blanks.
 */
export function isMangled(args: string): boolean {
  return /[\\']/.test(args);
}
