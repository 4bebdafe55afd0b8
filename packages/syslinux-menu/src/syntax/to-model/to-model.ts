import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { BACK_ID_SUFFIX, IdSupply } from '../../model/ids.js';
import {
  type BackEntry,
  type BootEntry,
  type EntryBase,
  type Menu,
  type MenuItem,
  type Submenu,
} from '../../model/menu.js';
import { parseNetworkName } from '../../model/paths.js';
import { MAX_SUBMENU_DEPTH } from '../../model/walk.js';
import { type ByteString } from '../../text/encoding.js';
import { quoted } from '../../text/text.js';
import {
  type Command,
  configCommand,
  menuProgramOf,
  parseCommand,
  wordsIn,
} from '../language/command.js';
import {
  HIDDEN_MENU,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
  ROOT_MENU,
} from '../language/loaded.js';
import { type Unattended } from '../start/start-plan.js';
import { bootEntry, commandOf } from './boot-entry.js';
import {
  type Choices,
  choose,
  seconds,
  selectedPath,
  type TimedBoot,
  withClocks,
} from './choices.js';
import {
  type Follow,
  type FollowedConfig,
  isMenu,
  isTextScreen,
  type Level,
  type ModelCode,
  type ModelReport,
} from './level.js';
import { Texts } from './texts.js';

/** Portable menu of a file, with the location of each item. */
export interface PortableMenu {
  readonly menu: Menu;
  /** Spans by item path, such as `items[0].items[2]`. */
  readonly spans: ReadonlyMap<string, SourceSpan>;
  /** Ids of items, by the entry from which each was made. */
  readonly ids: ReadonlyMap<LoadedEntry, string>;
}

/** Context for building a model. */
export interface ModelOptions {
  readonly report: (diagnostic: Diagnostic<ModelCode>) => void;
  readonly onWork: (units: number) => void;
  readonly follow: Follow;
}

/** Builds the portable menu from the results of syslinux's two readers. */
export function toModel(main: FollowedConfig, options: ModelOptions): PortableMenu {
  return new ModelMaker(options).make(main);
}

class ModelMaker {
  readonly #options: ModelOptions;
  readonly #ids: IdSupply;
  readonly #spans = new Map<string, SourceSpan>();
  readonly #idOf = new Map<LoadedEntry, string>();
  readonly #submenuIds = new Map<LoadedMenu, string>();
  /** Unattended boots of other configurations, by the id of the submenu made from each. */
  readonly #leads = new Map<string, TimedBoot | undefined>();
  readonly #texts: Texts;
  readonly #report: ModelReport;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#ids = new IdSupply(options.onWork);
    this.#report = (severity, code, message, span) => {
      options.report({ severity, code, message, span });
    };
    this.#texts = new Texts(this.#report);
  }

  make(main: FollowedConfig): PortableMenu {
    const level: Level = { from: main, around: undefined, directory: '', depth: 0 };
    const { config, core, plan } = main;
    const root = menuAt(config, ROOT_MENU);
    const shown = [...this.#items(root, '', 0, level)];
    // At the prompt, hidden entries work like any others.
    const items = isMenu(main) ? shown : [...shown, ...this.#hiddenItems(shown.length, level)];
    const { serial } = core;
    const { resolution, hidden } = config;
    const start = menuAt(config, config.startMenu);
    const choice = this.#choices(level, items, start);
    const interaction = isMenu(main) ? 'menu' : plan.shows === 'boot' ? 'none' : 'prompt';
    const startId = this.#submenuIds.get(start);
    const isRootFirst = start === root || startId === undefined;
    const timeout = isRootFirst ? choice.timeoutSeconds : seconds(root.timeoutMs);
    const menu: Menu = {
      title: this.#texts.shown(root.title, root.span, level),
      ...(interaction === 'menu' ? {} : { interaction }),
      ...(choice.defaultId === undefined ? {} : { defaultId: choice.defaultId }),
      ...(choice.selectedId === undefined ? {} : { selectedId: choice.selectedId }),
      ...(isRootFirst || interaction !== 'menu' ? {} : { startId }),
      ...(timeout > 0 ? { timeoutSeconds: timeout } : {}),
      ...this.#texts.theme(root.ownTheme, level),
      ...(resolution === undefined ? {} : { resolution }),
      ...(serial === undefined ? {} : { serial }),
      ...(root.allowEditing ? {} : { allowEditing: false }),
      ...(hidden ? { hidden: true } : {}),
      ...(root.masterPassword === undefined
        ? {}
        : { masterPasswordHash: this.#texts.decode(root.masterPassword, level) }),
      items: withClocks(items, timeout, isRootFirst ? undefined : startId, choice.timeoutSeconds),
    };
    return { menu, spans: this.#spans, ids: this.#idOf };
  }

  #choices(level: Level, items: MenuItem[], start: LoadedMenu): Choices {
    return choose(level.from, start, {
      idOf: this.#idOf,
      leads: this.#leads,
      bootId: (unattended) => this.#bootId(unattended, level, items),
      report: this.#report,
    });
  }

  /**
   * Returns the id of the entry that boots without a key press; undefined for an empty command. Adds an entry
   * for a command that no entry has.
   */
  #bootId(
    { commandLine, entry }: Extract<Unattended, { type: 'boot' }>,
    level: Level,
    items: MenuItem[],
  ): string | undefined {
    const known = entry === undefined ? undefined : this.#idOf.get(entry);
    const isSame = entry?.commandLine === commandLine || entry?.boot.type === 'localboot';
    if (known !== undefined && isSame) {
      return known;
    }
    const span = entry?.span ?? menuAt(level.from.config, ROOT_MENU).span;
    if (commandLine.trim() === '') {
      return undefined;
    }
    const name = entry?.name ?? 'automatic';
    const id = this.#ids.take(this.#texts.decode(name, level));
    const text: EntryBase = {
      id,
      label: entry === undefined ? 'Automatic boot' : this.#texts.decode(name, level),
    };
    const boot = { sysappend: entry?.boot.sysappend ?? 0 };
    const decode = (bytes: ByteString): string => this.#texts.decode(bytes, level);
    const command = this.#located(parseCommand(commandLine), level);
    const { item, losses } = bootEntry(command, boot, text, decode);
    for (const loss of losses) {
      this.#report('note', 'not-in-model', loss, span);
    }
    const what = `an entry is added for the command that boots after the timeout: ${quoted(commandLine)}`;
    this.#report('note', 'entry-added', what, span);
    this.#spans.set(`items[${items.length}]`, span);
    items.push(item);
    return id;
  }

  /** Returns the items for entries with MENU HIDE, which follow the others. */
  #hiddenItems(count: number, level: Level): readonly MenuItem[] {
    const items: MenuItem[] = [];
    for (const entry of menuAt(level.from.config, HIDDEN_MENU).entries) {
      const path = `items[${count + items.length}]`;
      const item = entry.action === 'command' ? this.#command(entry, path, 0, level) : undefined;
      if (item === undefined) {
        continue;
      }
      this.#spans.set(path, entry.span);
      items.push(item);
    }
    return items;
  }

  *#items(
    menu: LoadedMenu,
    prefix: string,
    depth: number,
    level: Level,
  ): Generator<MenuItem, void, undefined> {
    let count = 0;
    for (const entry of menu.entries) {
      this.#options.onWork(1 + entry.text.length);
      const path = `${prefix}items[${count}]`;
      const item = this.#item(entry, menu, path, depth, level);
      if (item === undefined) {
        continue;
      }
      this.#spans.set(path, entry.span);
      count += 1;
      yield item;
    }
  }

  #item(
    entry: LoadedEntry,
    menu: LoadedMenu,
    path: string,
    depth: number,
    level: Level,
  ): MenuItem | undefined {
    if (entry.isSeparator) {
      return { type: 'separator' };
    }
    if (entry.action === 'submenu') {
      return this.#submenu(entry, menu, path, depth, level);
    }
    switch (entry.intendedAction) {
      case 'command':
        return this.#command(entry, path, depth, level);
      case 'exit':
        return this.#back(entry, menu, level);
      case 'goto':
      case 'quit':
      case 'help':
      case 'submenu':
      case 'disabled': {
        const what = `MENU ${entry.intendedAction.toUpperCase()} entries are not supported and are dropped`;
        this.#report('note', 'not-in-model', what, entry.span);
        return undefined;
      }
    }
  }

  #command(entry: LoadedEntry, path: string, depth: number, level: Level): MenuItem | undefined {
    // Disabled and without anything to boot: a heading.
    if (entry.isDisabled && !entry.boot.isGiven) {
      const { label } = this.#texts.label(entry, level);
      return label === '' ? { type: 'separator' } : { type: 'separator', label };
    }
    const command = configCommand(commandOf(entry.boot));
    const other = entry.isDisabled ? undefined : this.#followed(entry, command, path, depth, level);
    if (other !== undefined) {
      return other.item;
    }
    const texts = this.#entryText(entry, level);
    const decode = (bytes: ByteString): string => this.#texts.decode(bytes, level);
    const { item, losses } = bootEntry(this.#located(command, level), entry.boot, texts, decode);
    for (const loss of losses) {
      this.#report('note', 'not-in-model', loss, entry.span);
    }
    return item satisfies BootEntry;
  }

  /** Returns the command with its file resolved against CONFIG's directory. */
  #located(command: Command, { directory }: Level): Command {
    if (directory === '' || command.type === 'localboot' || command.type === 'com32') {
      return command;
    }
    const isRelative = parseNetworkName(command.file).type === 'plain';
    return isRelative ? { ...command, file: `${directory}${command.file}` } : command;
  }

  /**
   * Returns the item for CONFIG, or for a menu program with files: another configuration becomes a
   * submenu, an enclosing one the way back. Undefined if the command leads to no configuration that
   * can be followed.
   */
  #followed(
    entry: LoadedEntry,
    command: Command,
    path: string,
    depth: number,
    level: Level,
  ): { readonly item: MenuItem | undefined } | undefined {
    const program = menuProgramOf(command);
    if (program === undefined && command.type !== 'config') {
      return undefined;
    }
    const words = wordsIn(command.args);
    const names = program === undefined ? [command.file] : words;
    const isMain = program !== undefined && names.every((name) => name === '~');
    for (let around: Level | undefined = level; around !== undefined; around = around.around) {
      if (isMain || names.some((name) => isSameFile(name, around.from.name))) {
        return { item: this.#wayBack(entry, around === level || isMain, depth, level) };
      }
    }
    if (depth >= MAX_SUBMENU_DEPTH) {
      return undefined;
    }
    const other = this.#options.follow(names, program === undefined ? 'config' : 'menu');
    if (other === undefined || isTextScreen(other)) {
      return undefined;
    }
    const { label, hotkey } = this.#texts.label(entry, level);
    const id = this.#id(entry.name, entry, level);
    const root = menuAt(other.config, ROOT_MENU);
    const directory = program === undefined ? (words[0] ?? level.directory) : level.directory;
    const inner: Level = { from: other, around: level, directory, depth: depth + 1 };
    const items = [...this.#items(root, `${path}.`, depth + 1, inner)];
    const choice = this.#choices(inner, items, root);
    this.#leads.set(id, choice.boots);
    const title = this.#texts.shown(root.title, root.span, inner);
    const isOwn =
      choice.defaultId !== undefined && items.some((item) => idOf(item) === choice.defaultId);
    const item: Submenu = {
      type: 'submenu',
      id,
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#texts.decode(entry.password, level) }),
      ...(title === '' || title === label ? {} : { title }),
      ...(isOwn ? { defaultId: choice.defaultId } : {}),
      timeoutSeconds: choice.timeoutSeconds,
      ...this.#texts.theme(root.ownTheme, inner),
      items,
    };
    return { item };
  }

  /** Returns the "back" entry for an entry that starts an enclosing menu; undefined in the top menu. */
  #wayBack(entry: LoadedEntry, isOwn: boolean, depth: number, level: Level): MenuItem | undefined {
    if (depth === 0) {
      const what = 'an entry that only shows its own menu again is not supported and is dropped';
      this.#report('note', 'not-in-model', what, entry.span);
      return undefined;
    }
    if (isOwn && level.depth === depth) {
      this.#report(
        'note',
        'not-in-model',
        'the entry for the main menu becomes a "back" entry',
        entry.span,
      );
    }
    return { type: 'back', ...this.#entryText(entry, level) };
  }

  #back(entry: LoadedEntry, menu: LoadedMenu, level: Level): BackEntry | undefined {
    if (entry.target !== menu.parent) {
      const what = 'the model can only go back to the enclosing menu';
      this.#report('note', 'not-in-model', what, entry.span);
      return undefined;
    }
    // Renderers add this "back" entry by themselves.
    if (entry.name === `${menu.tag ?? ''}${BACK_ID_SUFFIX}`) {
      return undefined;
    }
    return { type: 'back', ...this.#entryText(entry, level) };
  }

  #submenu(
    entry: LoadedEntry,
    parent: LoadedMenu,
    path: string,
    depth: number,
    level: Level,
  ): Submenu | undefined {
    const { config } = level.from;
    const menu = menuAt(config, entry.target);
    if (depth >= MAX_SUBMENU_DEPTH) {
      const what = `menus nest deeper than ${MAX_SUBMENU_DEPTH} levels: deeper ones are dropped`;
      this.#report('error', 'too-deep', what, entry.span);
      return undefined;
    }
    const { label, hotkey } = this.#texts.label(entry, level, menu.tag);
    const id = this.#id(menu.tag ?? entry.text.replaceAll('^', ''), entry, level);
    this.#submenuIds.set(menu, id);
    const title = menu.hasTitle ? this.#texts.shown(menu.title, menu.span, level) : '';
    const items = [...this.#items(menu, `${path}.`, depth + 1, level)];
    const selected = menu.hasDefault ? menu.entries[menu.defaultEntry] : undefined;
    const defaultId = selected === undefined ? undefined : this.#idOf.get(selected);
    const isImplied =
      selected !== undefined &&
      selectedPath(menuAt(config, config.startMenu), config).includes(selected);
    const hasOwnDefault = defaultId !== undefined && !isImplied;
    if (menu.allowEditing !== parent.allowEditing) {
      const what = "a submenu's own ALLOWOPTIONS is not supported and is dropped";
      this.#report('note', 'not-in-model', what, menu.span);
    }
    if (menu.onTimeout !== parent.onTimeout && menu !== menuAt(config, config.startMenu)) {
      const what = 'ONTIMEOUT in a menu that is not shown first is not supported and is dropped';
      this.#report('note', 'not-in-model', what, menu.span);
    }
    if (menu.masterPassword !== undefined && menu.masterPassword !== parent.masterPassword) {
      const what = "a submenu's own master password is not supported and is dropped";
      this.#report('warning', 'not-in-model', what, menu.span);
    }
    return {
      type: 'submenu',
      id,
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#texts.decode(entry.password, level) }),
      // Without MENU LABEL, the title is also the label of the submenu, so it is not repeated.
      ...(title === '' || entry.menuLabel === undefined ? {} : { title }),
      ...(hasOwnDefault ? { defaultId } : {}),
      ...(menu.timeoutMs === parent.timeoutMs ? {} : { timeoutSeconds: seconds(menu.timeoutMs) }),
      ...this.#texts.theme(menu.ownTheme, level),
      items,
    };
  }

  #entryText(entry: LoadedEntry, level: Level): EntryBase {
    const { label, hotkey } = this.#texts.label(entry, level);
    const help = entry.help === undefined ? undefined : this.#texts.help(entry.help, level);
    return {
      id: this.#id(entry.name, entry, level),
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(help === undefined ? {} : { help }),
      ...(entry.isDisabled ? { disabled: true } : {}),
      ...(entry.indent > 0 ? { indent: entry.indent } : {}),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#texts.decode(entry.password, level) }),
    };
  }

  #id(name: ByteString, entry: LoadedEntry, level: Level): string {
    const id = this.#ids.take(this.#texts.decode(name, level));
    this.#idOf.set(entry, id);
    return id;
  }
}

function idOf(item: MenuItem): string | undefined {
  return item.type === 'separator' ? undefined : item.id;
}

/** Returns true if a name in a file refers to a configuration that was opened under another name. */
function isSameFile(name: string, opened: string): boolean {
  const plain = (path: string): string => path.replace(/^(?:[^:/]*::)?(?:\.?\/)*/, '');
  const [one, other] = [plain(name), plain(opened)];
  return one !== '' && (one === other || other.endsWith(`/${one}`));
}
