import { type CommandNode, everyCommand } from '../command-tree.js';
import { valueCases } from './value-cases.js';

/** Returns the completion script for bash 4 or later; it needs no other package. */
export function bashCompletion(root: CommandNode): string {
  const commands = everyCommand(root);
  const below = commands.slice(1).map(({ path }) => quoted(path));
  const values = valueCases(root).map(({ value, patterns }) => {
    const pattern = patterns
      .map(({ path, flag }) => `${path === undefined ? '*' : quoted(path)}:${flag}`)
      .join(' | ');
    return `    ${pattern}) kind=${value.kind} words=${quoted(value.words.join(' '))} ;;`;
  });
  const words = commands.map((command) => {
    const options = command.options.map(({ name }) => name);
    const others = [
      ...command.commands.map(({ path }) => lastWord(path)),
      ...command.arguments.flatMap(({ value }) => value.words),
    ];
    const takesFile = command.arguments.some(({ value }) => value.kind === 'file');
    return [
      `      ${quoted(command.path)})`,
      `        words=${quoted(others.join(' '))} options=${quoted(options.join(' '))}`,
      ...(takesFile ? ['        kind=file'] : []),
      '        ;;',
    ].join('\n');
  });
  return `# Completion of pxeboot for bash: source <(pxeboot completion bash)
_pxeboot() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local at=pxeboot kind='' words='' options='' i
  # Bash splits --flag=value into three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${below.join(' | ')}) at+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at:$prev" in
${values.join('\n')}
  esac
  if [[ -z $kind ]]; then
    case $at in
${words.join('\n')}
    esac
    if [[ $cur == -* ]]; then
      words=$options kind=''
    fi
  fi
  COMPREPLY=()
  case $kind in
    file | directory)
      compopt -o filenames
      if [[ $kind == directory ]]; then
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      fi
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
  esac
}
complete -F _pxeboot pxeboot`;
}

export function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}

/** Returns a text in single quotes, for any POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
