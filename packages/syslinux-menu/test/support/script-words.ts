/** A GRUB command as grub_script_lexer reads it: words without quotes; `{` and `}` are words, too. */
export type Command = readonly string[];

/**
 * Splits a GRUB script without variables into commands. Knows what our scripts may use: blanks, line
 * ends, single quotes, a backslash outside quotes. Any other special character is an error.
 */
export function grubCommands(script: string): readonly Command[] {
  const commands: Command[] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) {
      words.push(word);
    }
    word = undefined;
  };
  for (let index = 0; index < script.length; index += 1) {
    const char = script.charAt(index);
    if (char === "'") {
      const end = script.indexOf("'", index + 1);
      if (end < 0) {
        throw new Error('a quote is open');
      }
      word = (word ?? '') + script.slice(index + 1, end);
      index = end;
    } else if (char === '\\') {
      index += 1;
      word = (word ?? '') + script.charAt(index);
    } else if (char === ' ' || char === '\n') {
      endWord();
      if (char === '\n' && words.length > 0) {
        commands.push(words);
        words = [];
      }
    } else if ('$"|&;<>#'.includes(char)) {
      throw new Error(`${char} is not quoted`);
    } else {
      word = (word ?? '') + char;
    }
  }
  return commands;
}

/** An iPXE script as src/image/script.c and src/core/exec.c read it. */
export interface IpxeLine {
  readonly label?: string;
  readonly words: readonly string[];
}

/** Splits an iPXE script: joins continued lines, drops comments, and keeps `${...}` in words. */
export function ipxeLines(script: string): readonly IpxeLine[] {
  return script
    .replaceAll('\\\n', '')
    .split('\n')
    .map((line) => {
      const words = line.split(/\s+/).filter((word) => word !== '');
      const comment = words.findIndex((word) => word.startsWith('#'));
      const said = comment < 0 ? words : words.slice(0, comment);
      const [first = ''] = said;
      return first.startsWith(':')
        ? { label: first.slice(1), words: said.slice(1) }
        : { words: said };
    });
}
