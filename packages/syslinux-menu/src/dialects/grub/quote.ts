/** Words of these characters mean themselves in a GRUB script. */
const PLAIN_WORD = /^[\w.,:=/+@%()-]+$/;

/** Always in single quotes, which know no escapes: a quote ends them, stands escaped, begins anew. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** One word of a command, quoted only if it must be. */
export function quoteWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : quote(word);
}

/**
 * Whether GRUB would hand the argument to Linux otherwise than written: it puts a backslash before
 * each backslash and quote (grub-core/lib/cmdline.c). Double quotes are taken off before: GRUB puts its
 * own around an argument with blanks.
 */
export function isMangled(args: string): boolean {
  return /[\\']/.test(args);
}
