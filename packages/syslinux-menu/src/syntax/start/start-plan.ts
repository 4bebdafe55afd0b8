import { baseName } from '../../model/paths.js';
import { type ByteString } from '../../text/encoding.js';
import {
  type Command,
  type MenuProgram,
  menuProgramOf,
  parseCommand,
  wordsIn,
} from '../language/command.js';
import { restOfLine, wordAt } from '../language/keyword.js';
import { type LoadedConfig, type LoadedEntry, type LoadedMenu } from '../language/loaded.js';
import { type CoreSettings } from '../read/core-settings.js';

/** Behaviour of the loader with a configuration, from power-on. */
export interface StartPlan {
  /** Loader whose rules apply; undefined for syslinux. */
  readonly loader?: 'u-boot';
  /** Entry that Enter boots at the prompt, or the default of U-Boot's menu. */
  readonly chosen?: LoadedEntry;
  /**
   * First screen: a menu, the `boot:` prompt, or none because an entry boots immediately. `prompt`
   * may also mean that nothing else could be started.
   */
  readonly shows: 'menu' | 'prompt' | 'boot';
  /** Program that draws the menu, if any. */
  readonly program?: MenuProgram;
  /** Files that the program reads instead of the main one; `~` stands for the main one. */
  readonly files: readonly string[];
  /** Outcome if no key is pressed. */
  readonly unattended: Unattended;
  /** Reason why the command in DEFAULT or UI starts nothing. */
  readonly fault?: StartFault;
}

/** Outcome if no key is pressed. */
export type Unattended =
  | {
      readonly type: 'boot';
      /** Milliseconds after the first prompt or menu appears. */
      readonly afterMs: number;
      readonly commandLine: ByteString;
      /** Entry that has the command; undefined if no entry has it. */
      readonly entry?: LoadedEntry;
    }
  | { readonly type: 'wait' };

/** Reason why the command in DEFAULT or UI starts nothing. */
export type StartFault =
  /** There is neither DEFAULT nor UI. */
  | 'no-default'
  /** DEFAULT or UI does not name a label, and IMPLICIT 0 forbids other commands. */
  | 'implicit'
  /** The menu has no entries. */
  | 'empty-menu';

/** Effect of a command. */
type Step =
  | { readonly type: 'menu'; readonly program: MenuProgram; readonly files: readonly string[] }
  | { readonly type: 'boot'; readonly commandLine: ByteString; readonly entry?: LoadedEntry }
  | { readonly type: 'fault'; readonly fault: StartFault };

/**
 * Determines what ldlinux does, from its own settings (main() of com32/elflink/ldlinux/ldlinux.c).
 */
export class CorePlan {
  readonly #core: CoreSettings;
  readonly #labels = new Map<ByteString, LoadedEntry>();

  constructor(core: CoreSettings, main: LoadedConfig) {
    this.#core = core;
    for (const entry of main.menus.flatMap((menu) => menu.entries)) {
      // ldlinux uses only the first word of a label; the menu program uses the whole line.
      const name = entry.label === undefined ? '' : wordAt(entry.label, 0);
      if (name !== '' && !this.#labels.has(name)) {
        this.#labels.set(name, entry);
      }
    }
  }

  /**
   * Returns the menu program that eventually starts if no key is pressed, and the files that it
   * reads; undefined if none starts.
   */
  get menu(): Extract<Step, { type: 'menu' }> | undefined {
    const first = this.#run(this.#core.defaultCommand);
    if (first.type === 'menu') {
      return first;
    }
    const later = this.#timeout();
    return first.type === 'fault' && later?.type === 'menu' ? later : undefined;
  }

  /** Completes the plan, given the menu that the program has read and will show. */
  plan(config: LoadedConfig): StartPlan {
    const core = this.#core;
    const first = this.#run(core.defaultCommand);
    const asksFirst = core.prompt && core.ui === undefined;
    if (!asksFirst && first.type !== 'fault') {
      return this.#after(first, config, 0);
    }
    const fault =
      first.type === 'fault'
        ? { fault: first.fault }
        : first.type === 'boot' && first.entry !== undefined
          ? { chosen: first.entry }
          : {};
    const waitMs = earlier(core.timeoutMs, core.totalTimeoutMs);
    // NOESCAPE: there is no prompt, and a failing default is retried indefinitely.
    const next = core.noEscape || waitMs > 0 ? this.#timeout() : undefined;
    if (next === undefined) {
      return { shows: 'prompt', files: [], unattended: { type: 'wait' }, ...fault };
    }
    const ms = core.noEscape ? 0 : waitMs;
    return { ...this.#after(next, config, ms), ...(ms > 0 && { shows: 'prompt' }), ...fault };
  }

  /** Returns the effect of the prompt's timeout; undefined if it starts nothing. */
  #timeout(): Exclude<Step, { type: 'fault' }> | undefined {
    const { onTimeout, noEscape, defaultCommand } = this.#core;
    const isGiven = onTimeout !== undefined && onTimeout !== '' && !noEscape;
    const step = this.#run(isGiven ? onTimeout : defaultCommand);
    return step.type === 'fault' ? undefined : step;
  }

  /** Returns the effect of a command that load_kernel() runs. */
  #run(command: ByteString | undefined): Step {
    if (command === undefined) {
      return { type: 'fault', fault: 'no-default' };
    }
    const word = wordAt(command, 0);
    if (word === '') {
      return { type: 'fault', fault: 'no-default' };
    }
    const entry = this.#labels.get(word);
    if (entry === undefined && !this.#core.implicit) {
      return { type: 'fault', fault: 'implicit' };
    }
    const args = restOfLine(command, word.length);
    const own = entry === undefined ? command : `${entry.commandLine ?? ''} ${args}`;
    const isUi = command === this.#core.ui;
    const parsed = entry === undefined ? withSuffix(parseCommand(own), isUi) : parseCommand(own);
    const program = menuProgramOf(parsed);
    if (program !== undefined) {
      return { type: 'menu', program, files: wordsIn(parsed.args) };
    }
    if (entry === undefined) {
      return {
        type: 'boot',
        commandLine: parsed.type === 'com32' ? `${parsed.file} ${args}`.trimEnd() : own,
      };
    }
    return { type: 'boot', commandLine: args === '' ? String(entry.commandLine) : own, entry };
  }

  #after(
    step: Exclude<Step, { type: 'fault' }>,
    config: LoadedConfig,
    elapsedMs: number,
  ): StartPlan {
    if (step.type === 'boot') {
      const { commandLine, entry } = step;
      const unattended = { commandLine, afterMs: elapsedMs, ...(entry !== undefined && { entry }) };
      return { shows: 'boot', files: [], unattended: { type: 'boot', ...unattended } };
    }
    const { program, files } = step;
    const menu = config.menus[config.startMenu];
    if (menu === undefined || menu.entries.length === 0) {
      const unattended = { type: 'wait' } as const;
      return { shows: 'prompt', program, files, unattended, fault: 'empty-menu' };
    }
    const unattended = menuUnattended(config, menu, elapsedMs);
    // MENU SHIFTKEY: nothing is shown unless Shift is held.
    return { shows: config.shiftKey ? 'boot' : 'menu', program, files, unattended };
  }
}

/**
 * Adds a missing suffix. Without a label, ldlinux tries the suffixes that it knows; the first is
 * that of modules, which UI uses as well.
 */
function withSuffix(command: Command, isUi: boolean): Command {
  const name = baseName(command.file);
  const isModule = isUi ? name !== '' && !name.includes('.') : /^(?:vesa)?menu$/.test(name);
  if (command.type !== 'linux' || !isModule) {
    return command;
  }
  return { ...command, type: 'com32', file: `${command.file}.c32` };
}

/**
 * Returns the outcome of the menu program without key presses (run_menu() of
 * com32/menu/menumain.c).
 */
function menuUnattended(config: LoadedConfig, menu: LoadedMenu, elapsedMs: number): Unattended {
  const chosen = menu.entries[menu.defaultEntry];
  const boot = (
    line: ByteString | undefined,
    afterMs: number,
    fallback?: LoadedEntry,
  ): Unattended => {
    if (line === undefined) {
      return { type: 'wait' };
    }
    const entry = fallback ?? entryOf(config, menu, line);
    return { type: 'boot', afterMs, commandLine: line, ...(entry !== undefined && { entry }) };
  };
  // Unless Shift is held, the default boots at once.
  if (config.shiftKey) {
    return boot(chosen?.commandLine, elapsedMs, chosen);
  }
  // If the entry is disabled, the selection moves to another one, and that stops the countdown.
  const counts = config.hidden || (chosen !== undefined && chosen.action !== 'disabled');
  const waitMs = earlier(counts ? menu.timeoutMs : 0, config.totalTimeoutMs);
  if (waitMs === 0) {
    return { type: 'wait' };
  }
  return menu.onTimeout === undefined
    ? boot(chosen?.commandLine, elapsedMs + waitMs, chosen)
    : boot(menu.onTimeout, elapsedMs + waitMs);
}

/** Returns the entry that ONTIMEOUT names, or whose command line it repeats. */
function entryOf(
  config: LoadedConfig,
  menu: LoadedMenu,
  commandLine: ByteString,
): LoadedEntry | undefined {
  const name = wordAt(String(menu.onTimeoutText), 0);
  const entries = config.menus.flatMap(({ entries: list }) => list);
  const named = entries.find(({ label }) => label !== undefined && label === name);
  return named ?? entries.find((entry) => entry.commandLine === commandLine);
}

/** Returns the shorter of two timeouts; a timeout of 0 means none. */
function earlier(one: number, other: number): number {
  if (one === 0 || other === 0) {
    return one + other;
  }
  return Math.min(one, other);
}
