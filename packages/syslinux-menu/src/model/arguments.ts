/**
 * Splits a kernel command line into arguments as the kernel does (next_arg() in lib/cmdline.c):
 * blanks between double quotes do not end an argument. Quotes are kept.
 */
export function splitArguments(args: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let isQuoted = false;
  for (const char of args) {
    if (char === '"') {
      isQuoted = !isQuoted;
    }
    if (char === ' ' && !isQuoted) {
      if (word !== '') {
        words.push(word);
      }
      word = '';
    } else {
      word += char;
    }
  }
  return word === '' ? words : [...words, word];
}

/** Returns an argument without its double quotes, as the kernel reads it. */
export function unquotedArgument(word: string): string {
  return word.replaceAll('"', '');
}
