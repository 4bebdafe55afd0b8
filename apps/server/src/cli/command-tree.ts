import { type Argument, type Command, type Option } from 'commander';

/**
 * Kind of a value. Completion can offer words, files and directories, but not a value of the kind `other`.
 */
export type ValueKind = 'words' | 'file' | 'directory' | 'other';

/** Value of an option or argument. */
export interface ValueNode {
  readonly kind: ValueKind;
  /** Every accepted word of a value of the kind `words`; empty for other kinds. */
  readonly words: readonly string[];
}

/** Option of a command. */
export interface OptionNode {
  /** Long flag such as `--config`, or the short flag if there is no long one. */
  readonly name: string;
  /** Flags and placeholder, as in `--config <file>`. */
  readonly flags: string;
  readonly description: string;
  /** True if the option sets a key of pxeboot.yaml; most commands accept such options. */
  readonly isSetting: boolean;
  /** Value of the option; undefined if the option takes none. */
  readonly value: ValueNode | undefined;
}

/** Argument of a command. */
export interface ArgumentNode {
  /** Name in brackets, as in `<file>` or, for an optional argument, `[machine]`. */
  readonly usage: string;
  readonly description: string;
  readonly value: ValueNode;
}

/** Command, with everything that its help shows. */
export interface CommandNode {
  /** Names of the program, of the commands above and of this command, as in `pxeboot images list`. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands: readonly CommandNode[];
}

/**
 * Returns the tree of a program whose commands are all loaded.
 *
 * @param settings - flags of the settings of pxeboot.yaml
 */
export function commandTree(
  command: Command,
  settings: ReadonlySet<string>,
  parents = '',
): CommandNode {
  const path = `${parents}${command.name()}`;
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map((option) => optionNode(option, settings)),
    arguments: command.registeredArguments.map(argumentNode),
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== 'help')
      .map((sub) => commandTree(sub, settings, `${path} `)),
  };
}

/** Returns a command and all commands below it, each before its subcommands. */
export function everyCommand(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(everyCommand)];
}

function optionNode(option: Option, settings: ReadonlySet<string>): OptionNode {
  const { long, short = '', flags, description, argChoices } = option;
  const name = long ?? short;
  // The placeholder of "--config <file>" is "file".
  const bracket = flags.search(/[<[]/);
  const placeholder = bracket === -1 ? undefined : flags.slice(bracket + 1, -1);
  return {
    name,
    flags,
    description,
    isSetting: settings.has(name),
    value: placeholder === undefined ? undefined : valueNode(placeholder, argChoices),
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = argument.name();
  return {
    usage: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    value: valueNode(name, argument.argChoices),
  };
}

function valueNode(placeholder: string, choices: readonly string[] | undefined): ValueNode {
  const words = choices ?? (placeholder.includes('|') ? placeholder.split('|') : []);
  if (words.length > 0) {
    return { kind: 'words', words };
  }
  const kind = KINDS[placeholder] ?? 'other';
  return { kind, words };
}

const KINDS: Readonly<Record<string, ValueKind>> = {
  file: 'file',
  path: 'file',
  directory: 'directory',
  dir: 'directory',
};
