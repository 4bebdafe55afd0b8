/** Characters that need no quoting in a GRUB script. */
const PLAIN_WORD = /^[\w.,:=/+@%()-]+$/;

/**
 * Puts a word in single quotes. GRUB has no escapes inside them, so a `'` is written by closing them,
 * escaping it and reopening them.
 */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Returns a word of a command, quoted only if necessary. */
export function quoteWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : quote(word);
}

/** Matches a GRUB variable, such as `${net_default_mac}`. */
const VARIABLE = /(\$\{\w{1,64}\})/;

/**
 * Quotes the name that a resolver returned for the path `value`. GRUB replaces `${variable}` in the
 * name, unless the path contains a variable as well: then the name is taken literally.
 */
export function quoteName(name: string, value: string): string {
  if (VARIABLE.test(value) || !VARIABLE.test(name)) {
    return quoteWord(name);
  }
  // Between double quotes, GRUB replaces variables without splitting them into words.
  const parts = name.split(VARIABLE);
  return `"${parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/["$\\]/g, String.raw`\$&`))).join('')}"`;
}

/**
 * Returns true if GRUB would change the argument on its way to Linux: it escapes each backslash and quote
 * with a backslash (grub-core/lib/cmdline.c). Double quotes are removed beforehand, because GRUB adds its own
 * around an argument with spaces.
 */
export function isMangled(args: string): boolean {
  return /[\\']/.test(args);
}
