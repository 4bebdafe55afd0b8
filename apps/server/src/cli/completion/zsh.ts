import { type CommandNode, everyCommand, type ValueNode } from '../command-tree.js';
import { lastWord, quoted } from './bash.js';
import { valueCases } from './value-cases.js';

/** Returns the completion script for zsh. */
export function zshCompletion(root: CommandNode): string {
  const commands = everyCommand(root);
  const below = commands.slice(1).map(({ path }) => quoted(path));
  const values = valueCases(root).map(({ value, patterns }) => {
    const pattern = patterns
      .map(({ path, flag }) => `${path === undefined ? '*' : quoted(path)}:${flag}`)
      .join('|');
    return `    ${pattern}) ${offer(value)}; return ;;`;
  });
  const words = commands.map((command) => {
    const subcommands = command.commands.map(({ path, description }) =>
      described(lastWord(path), description),
    );
    const choices = command.arguments.flatMap(({ value }) =>
      value.words.map((word) => quoted(word)),
    );
    const options = command.options.map(({ name, description }) => described(name, description));
    const takesFile = command.arguments.some(({ value }) => value.kind === 'file');
    return `    ${quoted(command.path)})
      others=(${[...subcommands, ...choices].join(' ')})
      options=(${options.join(' ')})
      files=${takesFile ? 1 : 0}
      ;;`;
  });
  return `#compdef pxeboot
# Completion of pxeboot for zsh: source <(pxeboot completion zsh), or save it as _pxeboot in $fpath.
_pxeboot() {
  local at=pxeboot i files=0
  local -a others options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${below.join('|')}) at+=" \${words[i]}" ;;
    esac
  done
  case "$at:\${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case $at in
${words.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe option options
  elif ((files)); then
    _files
  else
    _describe command others
  fi
}
compdef _pxeboot pxeboot`;
}

function offer({ kind, words }: ValueNode): string {
  switch (kind) {
    case 'words':
      return `compadd -- ${words.map(quoted).join(' ')}`;
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'other':
      return ':';
  }
}

function described(name: string, description: string): string {
  return quoted(`${name}:${description.replaceAll(':', '\\:')}`);
}
