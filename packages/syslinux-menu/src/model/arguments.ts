/**
 * The arguments of a kernel's command line as the kernel separates them (next_arg() of lib/cmdline.c):
 * blanks between double quotes do not end an argument. Each comes as it is written.
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

/** An argument without its double quotes: what the kernel takes it for. */
export function unquotedArgument(word: string): string {
  return word.replaceAll('"', '');
}
