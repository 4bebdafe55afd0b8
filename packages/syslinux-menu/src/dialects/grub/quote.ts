/** Words of these characters mean themselves in a GRUB script. */
const PLAIN_WORD = /^[\w.,:=/+@%()-]+$/;

/**
 * Quotes a word in single quotes, which have no escapes: `'` closes them, is escaped, and reopens
 * them.
 */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** One word of a command, quoted only if it must be. */
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
