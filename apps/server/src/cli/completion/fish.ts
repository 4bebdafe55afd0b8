import { type CommandNode, everyCommand, type ValueNode } from '../command-tree.js';
import { lastWord } from './bash.js';

/** Returns the completion script for fish. */
export function fishCompletion(root: CommandNode): string {
  const commands = everyCommand(root);
  const lines = commands.flatMap((command) => {
    const here = `complete -c pxeboot -n ${quoted(`__pxeboot_at ${quoted(command.path)}`)}`;
    return [
      ...command.commands.map(
        ({ path, description }) => `${here} -a ${quoted(lastWord(path))} -d ${quoted(description)}`,
      ),
      ...command.arguments.map(({ value, description }) =>
        value.kind === 'words'
          ? `${here} -a ${quoted(value.words.join(' '))} -d ${quoted(description)}`
          : `${here}${value.kind === 'file' ? ' -F' : ''}`,
      ),
      ...command.options.map(({ name, description, value }) => {
        const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
        return `${here} ${flag}${valueText(value)} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of pxeboot for fish: pxeboot completion fish | source
function __pxeboot_at
  set -l at pxeboot
  for word in (commandline -opc)[2..-1]
    if contains -- "$at $word" ${commands
      .slice(1)
      .map(({ path }) => quoted(path))
      .join(' ')}
      set at "$at $word"
    end
  end
  test "$at" = "$argv"
end
complete -c pxeboot -f
${lines.join('\n')}`;
}

function valueText(value: ValueNode | undefined): string {
  switch (value?.kind) {
    case undefined:
      return '';
    case 'words':
      return ` -x -a ${quoted(value.words.join(' '))}`;
    case 'file':
      return ' -r -F';
    case 'directory':
      return ` -x -a ${quoted('(__fish_complete_directories)')}`;
    case 'other':
      return ' -x';
  }
}

/** Returns a text in single quotes, in which fish needs quotes and backslashes escaped. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
