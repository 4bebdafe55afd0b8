import { type Argument, Command, Help, type Option } from 'commander';

/**
 * Maximum width of the column of flags; the description of a longer flag starts on the next line.
 */
const MAX_TERM_WIDTH = 30;
/** Maximum width of help, in columns: longer lines are hard to read. */
const MAX_WIDTH = 100;
const INDENT = 2;

/**
 * Help that aligns and wraps descriptions, however long the flags are, and prints choices and defaults
 * without quotes.
 */
class PxebootHelp extends Help {
  override prepareContext(context: Parameters<Help['prepareContext']>[0]): void {
    super.prepareContext(context);
    this.helpWidth = Math.min(this.helpWidth ?? MAX_WIDTH, MAX_WIDTH);
  }

  override padWidth(...args: Parameters<Help['padWidth']>): number {
    return Math.min(super.padWidth(...args), MAX_TERM_WIDTH);
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    if (description === '' || helper.displayWidth(term) <= termWidth) {
      return super.formatItem(term, termWidth, description, helper);
    }
    const below = super.formatItem('', termWidth, description, helper);
    return `${' '.repeat(INDENT)}${term}\n${below}`;
  }

  override visibleOptions(command: Command): Option[] {
    addPostponed(command);
    return super.visibleOptions(command);
  }

  override optionDescription({
    description,
    argChoices,
    defaultValue,
    defaultValueDescription,
  }: Option): string {
    return described(description, argChoices, defaultValueDescription ?? textOf(defaultValue));
  }

  override argumentDescription({ description, argChoices }: Argument): string {
    return described(description, argChoices, undefined);
  }
}

/**
 * Command whose help is a {@link PxebootHelp}, and whose errors refer to the help of the command that was
 * run.
 */
export class PxebootCommand extends Command {
  override createCommand(name?: string): Command {
    return new PxebootCommand(name);
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    if (args.some((arg) => arg.startsWith('-'))) {
      addPostponed(this);
    }
    return super.parseOptions(args);
  }

  override createHelp(): Help {
    return Object.assign(new PxebootHelp(), this.configureHelp());
  }

  override error(...args: Parameters<Command['error']>): never {
    this.showHelpAfterError(`  see "${pathOf(this)} --help"`);
    return super.error(...args);
  }
}

/** Functions that add the postponed options of each command. */
const postponed = new WeakMap<Command, () => void>();

/**
 * Makes a command add options only when it is run with an option or its help is shown. Adding the settings of
 * pxeboot.yaml to every subcommand takes longer than running many of the commands.
 */
export function postponeOptions(command: Command, add: () => void): void {
  postponed.set(command, add);
}

function addPostponed(command: Command): void {
  const add = postponed.get(command);
  postponed.delete(command);
  add?.();
}

/** Rewords a command-line error in the style of all other messages. */
export function ownForm(text: string): string {
  return OWN_WORDS.reduce((message, [from, to]) => message.replace(from, to), text);
}

/** Replacements for the wording of commander's errors. */
const OWN_WORDS: readonly (readonly [from: string | RegExp, to: string])[] = [
  [/^error: /, 'pxeboot: '],
  ['\n(Did', '; did'],
  ['?)\n', '?\n'],
  ['command-argument value', 'value'],
  ['. Allowed choices are ', '; choose one of '],
  [' is invalid. expected', ' is invalid: expected'],
  ['. Expected ', ': expected '],
  [' but got ', ', got '],
  ['.\n', '\n'],
];

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function described(
  description: string,
  choices: readonly string[] | undefined,
  byDefault: string | undefined,
): string {
  const facts = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
