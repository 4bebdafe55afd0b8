import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type ByteString, decodeText, type TextEncoding } from '../../text/encoding.js';
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
import { type MenuTheme } from '../../model/theme.js';
import { MAX_SUBMENU_DEPTH } from '../../model/walk.js';
import {
  expandTabs,
  plainLine,
  quoted,
  trimBlanks,
  withoutControlCharacters,
} from '../../text/text.js';
import { type Command, menuProgramOf, parseCommand, wordsIn } from '../language/command.js';
import {
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
  ROOT_MENU,
} from '../language/loaded.js';
import { type CoreSettings } from '../read/core-settings.js';
import { type StartPlan, type Unattended } from '../start/start-plan.js';
import { bootEntry, commandOf } from './boot-entry.js';

/** Findings about what a file says and the model cannot. */
export type ModelCode =
  'not-in-model' | 'too-deep' | 'text-changed' | 'entry-added' | 'clock-changed';

/** A configuration as it has been read: by ldlinux, and by the menu program that it starts. */
export interface FollowedConfig {
  /** Name of the file. */
  readonly name: string;
  /** What the menu program has in memory. */
  readonly config: LoadedConfig;
  readonly core: CoreSettings;
  readonly plan: StartPlan;
  readonly encoding: TextEncoding;
}

/** Reads another configuration that an entry goes to; undefined when it cannot be followed. */
export type Follow = (
  names: readonly string[],
  program: 'config' | 'menu',
) => FollowedConfig | undefined;

/** The portable menu of a file, and where in the file its items begin. */
export interface PortableMenu {
  readonly menu: Menu;
  /** Spans by item path, as in `items[0].items[2]`. */
  readonly spans: ReadonlyMap<string, SourceSpan>;
  /** Ids of items by what they were read from. */
  readonly ids: ReadonlyMap<LoadedEntry, string>;
}

/** What goes along with making a model. */
export interface ModelOptions {
  readonly report: (diagnostic: Diagnostic<ModelCode>) => void;
  readonly onWork: (units: number) => void;
  readonly follow: Follow;
}

/** Makes the portable menu of what syslinux's two readers have read. */
export function toModel(main: FollowedConfig, options: ModelOptions): PortableMenu {
  return new ModelMaker(options).make(main);
}

/** One configuration while its items are made, and the one that led to it. */
interface Level {
  readonly from: FollowedConfig;
  readonly around: Level | undefined;
  /** Directory of relative names: CONFIG's second word. */
  readonly directory: string;
  /** How many submenus are around this configuration. */
  readonly depth: number;
}

/** What boots by itself, what is selected first if that is something else, and the clock. */
interface Choices {
  readonly defaultId?: string;
  readonly selectedId?: string;
  readonly timeoutSeconds: number;
}

class ModelMaker {
  readonly #options: ModelOptions;
  readonly #ids: IdSupply;
  readonly #spans = new Map<string, SourceSpan>();
  readonly #idOf = new Map<LoadedEntry, string>();
  readonly #submenuIds = new Map<LoadedMenu, string>();

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#ids = new IdSupply(options.onWork);
  }

  make(main: FollowedConfig): PortableMenu {
    const level: Level = { from: main, around: undefined, directory: '', depth: 0 };
    const { config, core, plan } = main;
    const root = menuAt(config, ROOT_MENU);
    const items = [...this.#items(root, '', 0, level)];
    const { serial } = core;
    const { resolution, hidden } = config;
    const start = menuAt(config, config.startMenu);
    const choice = this.#choices(level, items, start);
    const interaction = isMenu(main) ? 'menu' : plan.shows === 'boot' ? 'none' : 'prompt';
    const startId = this.#submenuIds.get(start);
    const isRootFirst = start === root || startId === undefined;
    const timeout = isRootFirst ? choice.timeoutSeconds : seconds(root.timeoutMs);
    const menu: Menu = {
      title: this.#text(root.title, root.span, level),
      ...(interaction === 'menu' ? {} : { interaction }),
      ...(choice.defaultId === undefined ? {} : { defaultId: choice.defaultId }),
      ...(choice.selectedId === undefined ? {} : { selectedId: choice.selectedId }),
      ...(isRootFirst || interaction !== 'menu' ? {} : { startId }),
      ...(timeout > 0 ? { timeoutSeconds: timeout } : {}),
      ...this.#theme(root.ownTheme, level),
      ...(resolution === undefined ? {} : { resolution }),
      ...(serial === undefined ? {} : { serial }),
      ...(root.allowEditing ? {} : { allowEditing: false }),
      ...(hidden ? { hidden: true } : {}),
      ...(root.masterPassword === undefined
        ? {}
        : { masterPasswordHash: this.#decode(root.masterPassword, level) }),
      items: withClocks(items, timeout, isRootFirst ? undefined : startId, choice.timeoutSeconds),
    };
    return { menu, spans: this.#spans, ids: this.#idOf };
  }

  /** What boots by itself, what is selected first if that is something else, and the clock. */
  #choices(level: Level, items: MenuItem[], start: LoadedMenu): Choices {
    const { plan, config } = level.from;
    const { unattended } = plan;
    const ms = unattended.type === 'boot' ? unattended.afterMs : 0;
    const isLong = ms > MAX_SECONDS * 1000;
    const booted =
      unattended.type === 'boot' && !isLong ? this.#bootId(unattended, level, items) : undefined;
    if (!isMenu(level.from)) {
      const timeoutSeconds = plan.shows === 'boot' || booted === undefined ? 0 : seconds(ms);
      const entered = plan.chosen === undefined ? undefined : this.#idOf.get(plan.chosen);
      const defaultId = booted ?? entered;
      const isOther = entered !== undefined && entered !== defaultId;
      return {
        ...(defaultId === undefined ? {} : { defaultId }),
        ...(isOther ? { selectedId: entered } : {}),
        timeoutSeconds,
      };
    }
    if (isLong) {
      const what = `a countdown of ${Math.floor(ms / 3_600_000)} hours is not in the model, which has at most 24`;
      this.#report('warning', 'clock-changed', what, start.span);
    } else if (booted === undefined && start.timeoutMs > 0 && start.entries.length > 0) {
      const what = 'the countdown boots nothing; the model has none';
      this.#report('note', 'clock-changed', what, start.span);
    }
    if (plan.loader === 'u-boot') {
      const chosen = plan.chosen === undefined ? undefined : this.#idOf.get(plan.chosen);
      const timeoutSeconds = booted === undefined ? 0 : seconds(ms);
      return { ...(chosen === undefined ? {} : { defaultId: chosen }), timeoutSeconds };
    }
    const path = this.#selectedPath(start, config);
    const selected = path.at(-1);
    const selectedId = selected === undefined ? undefined : this.#idOf.get(selected);
    const canBoot = selected?.action === 'command';
    if (booted === undefined) {
      if (selectedId === undefined) return { timeoutSeconds: 0 };
      return canBoot
        ? { defaultId: selectedId, timeoutSeconds: 0 }
        : { selectedId, timeoutSeconds: 0 };
    }
    const timeoutSeconds = seconds(ms);
    const first = start.entries[start.defaultEntry];
    const firstId = first === undefined ? undefined : this.#idOf.get(first);
    // Nothing is chosen: the first entry is meant.
    if (selectedId === undefined && booted === firstId) return { timeoutSeconds };
    const other = selectedId ?? firstId;
    return booted === other || other === undefined
      ? { defaultId: booted, timeoutSeconds }
      : { defaultId: booted, selectedId: other, timeoutSeconds };
  }

  /** Id of the entry that boots by itself; one is added for a command that no entry has. */
  #bootId(
    { commandLine, entry }: Extract<Unattended, { type: 'boot' }>,
    level: Level,
    items: MenuItem[],
  ): string | undefined {
    const known = entry === undefined ? undefined : this.#idOf.get(entry);
    const isSame =
      entry?.commandLine === commandLine ||
      (entry?.boot.type === 'localboot' && entry.commandLine !== undefined);
    if (known !== undefined && isSame) return known;
    const span = entry?.span ?? menuAt(level.from.config, ROOT_MENU).span;
    if (commandLine.trim() === '') return undefined;
    const name = entry?.name ?? 'automatic';
    const id = this.#ids.take(this.#decode(name, level));
    const text: EntryBase = {
      id,
      label: entry === undefined ? 'Automatic boot' : this.#decode(name, level),
    };
    const boot = { sysappend: entry?.boot.sysappend ?? 0 };
    const decode = (bytes: ByteString): string => this.#decode(bytes, level);
    const command = this.#located(parseCommand(commandLine), level);
    const { item, losses } = bootEntry(command, boot, text, decode);
    for (const loss of losses) this.#report('note', 'not-in-model', loss, span);
    const what = `an entry is added for what boots by itself: ${quoted(commandLine)}`;
    this.#report('note', 'entry-added', what, span);
    this.#spans.set(`items[${items.length}]`, span);
    items.push(item);
    return id;
  }

  /** The entries that are selected first, from menu to menu; none when no menu chooses. */
  #selectedPath(start: LoadedMenu, config: LoadedConfig): readonly LoadedEntry[] {
    const path: LoadedEntry[] = [];
    let menu: LoadedMenu | undefined = start;
    while (menu?.hasDefault === true && path.length <= config.menus.length) {
      const entry: LoadedEntry | undefined = menu.entries[menu.defaultEntry];
      if (entry === undefined || (entry.action !== 'command' && entry.action !== 'submenu')) break;
      path.push(entry);
      menu = entry.action === 'submenu' ? config.menus[entry.target] : undefined;
    }
    return path;
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
      if (item === undefined) continue;
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
    if (entry.isSeparator) return { type: 'separator' };
    if (entry.action === 'submenu') return this.#submenu(entry, path, depth, level);
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
        const what = `MENU ${entry.intendedAction.toUpperCase()} entries are syslinux's own; the model has none`;
        this.#report('note', 'not-in-model', what, entry.span);
        return undefined;
      }
    }
  }

  #command(entry: LoadedEntry, path: string, depth: number, level: Level): MenuItem | undefined {
    // Disabled and without anything to boot: a heading.
    if (entry.isDisabled && !entry.boot.isGiven) {
      const { label } = this.#label(entry, level);
      return label === '' ? { type: 'separator' } : { type: 'separator', label };
    }
    const command = commandOf(entry.boot);
    const other = entry.isDisabled ? undefined : this.#followed(entry, command, path, depth, level);
    if (other !== undefined) return other.item;
    const texts = this.#entryText(entry, level);
    const decode = (bytes: ByteString): string => this.#decode(bytes, level);
    const { item, losses } = bootEntry(this.#located(command, level), entry.boot, texts, decode);
    for (const loss of losses) this.#report('note', 'not-in-model', loss, entry.span);
    return item satisfies BootEntry;
  }

  /** The command with its file where CONFIG's directory puts it. */
  #located(command: Command, { directory }: Level): Command {
    if (directory === '' || command.type === 'localboot' || command.type === 'com32')
      return command;
    const isRelative = parseNetworkName(command.file).type === 'plain';
    return isRelative ? { ...command, file: `${directory}${command.file}` } : command;
  }

  /** CONFIG, and the menu programs with files: another configuration as a submenu, or the way back. */
  #followed(
    entry: LoadedEntry,
    command: Command,
    path: string,
    depth: number,
    level: Level,
  ): { readonly item: MenuItem | undefined } | undefined {
    const program = menuProgramOf(command);
    if (program === undefined && command.type !== 'config') return undefined;
    const words = wordsIn(command.args);
    const names = program === undefined ? [command.file] : words;
    const isMain = program !== undefined && (names.length === 0 || names.includes('~'));
    for (let around: Level | undefined = level; around !== undefined; around = around.around) {
      if (isMain || names.some((name) => isSameFile(name, around.from.name))) {
        return { item: this.#wayBack(entry, around === level || isMain, depth, level) };
      }
    }
    if (depth >= MAX_SUBMENU_DEPTH) return undefined;
    const other = this.#options.follow(names, program === undefined ? 'config' : 'menu');
    if (other === undefined || isTextScreen(other)) return undefined;
    const { label, hotkey } = this.#label(entry, level);
    const id = this.#id(entry.name, entry, level);
    const root = menuAt(other.config, ROOT_MENU);
    const directory = program === undefined ? (words[0] ?? level.directory) : level.directory;
    const inner: Level = { from: other, around: level, directory, depth: depth + 1 };
    const items = [...this.#items(root, `${path}.`, depth + 1, inner)];
    const choice = this.#choices(inner, items, root);
    const title = this.#text(root.title, root.span, inner);
    const isOwn =
      choice.defaultId !== undefined && items.some((item) => idOf(item) === choice.defaultId);
    const item: Submenu = {
      type: 'submenu',
      id,
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#decode(entry.password, level) }),
      ...(title === '' || title === label ? {} : { title }),
      ...(isOwn ? { defaultId: choice.defaultId } : {}),
      timeoutSeconds: choice.timeoutSeconds,
      ...this.#theme(root.ownTheme, inner),
      items,
    };
    return { item };
  }

  /** An entry that starts a menu which is already around it. */
  #wayBack(entry: LoadedEntry, isOwn: boolean, depth: number, level: Level): MenuItem | undefined {
    if (depth === 0) {
      const what = 'an entry that shows its own menu again does nothing else; the model has none';
      this.#report('note', 'not-in-model', what, entry.span);
      return undefined;
    }
    if (isOwn && level.depth === depth) {
      this.#report(
        'note',
        'not-in-model',
        'the way to the main menu becomes a way back',
        entry.span,
      );
    }
    return { type: 'back', ...this.#entryText(entry, level) };
  }

  #back(entry: LoadedEntry, menu: LoadedMenu, level: Level): BackEntry | undefined {
    if (entry.target !== menu.parent) {
      const what = 'the model knows only ways back to the menu around';
      this.#report('note', 'not-in-model', what, entry.span);
      return undefined;
    }
    // The way back that renderers add by themselves.
    if (entry.name === `${menu.tag ?? ''}${BACK_ID_SUFFIX}`) return undefined;
    return { type: 'back', ...this.#entryText(entry, level) };
  }

  #submenu(entry: LoadedEntry, path: string, depth: number, level: Level): Submenu | undefined {
    const { config } = level.from;
    const menu = menuAt(config, entry.target);
    if (depth >= MAX_SUBMENU_DEPTH) {
      const what = `menus nest deeper than ${MAX_SUBMENU_DEPTH}; what is below is not in the model`;
      this.#report('error', 'too-deep', what, entry.span);
      return undefined;
    }
    const { label, hotkey } = this.#label(entry, level, menu.tag);
    const id = this.#id(menu.tag ?? entry.text.replaceAll('^', ''), entry, level);
    this.#submenuIds.set(menu, id);
    const title = menu.hasTitle ? this.#text(menu.title, menu.span, level) : '';
    const items = [...this.#items(menu, `${path}.`, depth + 1, level)];
    const parent = menuAt(config, menu.parent ?? ROOT_MENU);
    const selected = menu.hasDefault ? menu.entries[menu.defaultEntry] : undefined;
    const defaultId = selected === undefined ? undefined : this.#idOf.get(selected);
    const isImplied =
      selected !== undefined &&
      this.#selectedPath(menuAt(config, config.startMenu), config).includes(selected);
    const hasOwnDefault = defaultId !== undefined && !isImplied;
    if (menu.masterPassword !== undefined && menu.masterPassword !== parent.masterPassword) {
      const what = "a submenu's own master password is not in the model";
      this.#report('warning', 'not-in-model', what, menu.span);
    }
    return {
      type: 'submenu',
      id,
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#decode(entry.password, level) }),
      // Without MENU LABEL the title names the submenu, too, and needs no second mention.
      ...(title === '' || entry.menuLabel === undefined ? {} : { title }),
      ...(hasOwnDefault ? { defaultId } : {}),
      ...(menu.timeoutMs === parent.timeoutMs ? {} : { timeoutSeconds: seconds(menu.timeoutMs) }),
      ...this.#theme(menu.ownTheme, level),
      items,
    };
  }

  #entryText(entry: LoadedEntry, level: Level): EntryBase {
    const { label, hotkey } = this.#label(entry, level);
    const help = entry.help === undefined ? undefined : this.#help(entry.help, level);
    return {
      id: this.#id(entry.name, entry, level),
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(help === undefined ? {} : { help }),
      ...(entry.isDisabled ? { disabled: true } : {}),
      ...(entry.indent > 0 ? { indent: entry.indent } : {}),
      ...(entry.password === undefined
        ? {}
        : { passwordHash: this.#decode(entry.password, level) }),
    };
  }

  /** Help as lines of printable text: tabs are blanks up to the next tab stop, as on the screen. */
  #help(help: ByteString, level: Level): string {
    return decodeText(help.replaceAll('\r', '').replace(/\n$/, ''), level.from.encoding)
      .split('\n')
      .map((line) => withoutControlCharacters(expandTabs(line)))
      .join('\n');
  }

  /** The text without carets, and the key after the first of them if it works. */
  #label(entry: LoadedEntry, level: Level, fallback?: string): { label: string; hotkey?: string } {
    const marked = entry.menuLabel ?? (entry.action === 'submenu' ? entry.text : entry.name);
    const label = this.#text(marked.replaceAll('^', ''), entry.span, level);
    const caret = entry.menuLabel === undefined ? -1 : marked.indexOf('^');
    const key = caret < 0 ? '' : marked.charAt(caret + 1);
    const works = entry.hotkey !== 0 || entry.action === 'disabled';
    const shown = label === '' ? this.#decode(fallback ?? entry.name, level) : label;
    return works && key !== '' && label.includes(key)
      ? { label: shown, hotkey: key }
      : { label: shown };
  }

  #theme(theme: MenuTheme, level: Level): { theme?: MenuTheme } {
    if (Object.keys(theme).length === 0) return {};
    const decoded = { ...theme };
    for (const name of MESSAGES) {
      const message = theme[name];
      if (message !== undefined) Object.assign(decoded, { [name]: this.#decode(message, level) });
    }
    return { theme: decoded };
  }

  #decode(bytes: ByteString, { from }: Level): string {
    return plainLine(decodeText(bytes, from.encoding));
  }

  #text(bytes: ByteString, span: SourceSpan, level: Level): string {
    const text = decodeText(bytes, level.from.encoding);
    const readable = plainLine(text);
    if (readable !== trimBlanks(text).replaceAll('\t', ' ')) {
      const what = 'control characters of the text are not in the model';
      this.#report('note', 'text-changed', what, span);
    }
    return readable;
  }

  #id(name: ByteString, entry: LoadedEntry, level: Level): string {
    const id = this.#ids.take(this.#decode(name, level));
    this.#idOf.set(entry, id);
    return id;
  }

  #report(
    severity: Diagnostic['severity'],
    code: ModelCode,
    message: string,
    span: SourceSpan,
  ): void {
    this.#options.report({ severity, code, message, span });
  }
}

const MESSAGES = [
  'background',
  'tabMessage',
  'noTabMessage',
  'autobootMessage',
  'passwordPrompt',
] as const;

/** Longest countdown of the model: a day. */
const MAX_SECONDS = 86_400;

/** Milliseconds in seconds, in steps of 0.1. */
function seconds(ms: number): number {
  const value = Math.ceil(ms / 100) / 10;
  return value > MAX_SECONDS ? 0 : value;
}

/**
 * The items with the clock of the submenu that is shown first, and without clocks that are those of the
 * menu around.
 */
function withClocks(
  items: readonly MenuItem[],
  around: number,
  startId: string | undefined,
  startSeconds: number,
): readonly MenuItem[] {
  return items.map((item) => {
    if (item.type !== 'submenu') return item;
    const { timeoutSeconds = around, ...rest } = item;
    const own = item.id === startId ? startSeconds : timeoutSeconds;
    const inner = withClocks(item.items, own, startId, startSeconds);
    return { ...rest, ...(own === around ? {} : { timeoutSeconds: own }), items: inner };
  });
}

function idOf(item: MenuItem): string | undefined {
  return item.type === 'separator' ? undefined : item.id;
}

/** Whether a menu is shown, or would be if the file, or the part of one, named a program for it. */
function isMenu({ plan, core }: FollowedConfig): boolean {
  return plan.shows === 'menu' || (plan.fault === 'no-default' && !core.prompt);
}

/** Whether the configuration only shows a text above a prompt, as help does. */
function isTextScreen({ plan, core }: FollowedConfig): boolean {
  return plan.shows === 'prompt' && core.files.some(({ kind }) => kind === 'display');
}

/** Whether a name in a file means a configuration that was opened under another name. */
function isSameFile(name: string, opened: string): boolean {
  const plain = (path: string): string => path.replace(/^(?:[^:/]*::)?(?:\.?\/)*/, '');
  const [one, other] = [plain(name), plain(opened)];
  return one !== '' && (one === other || other.endsWith(`/${one}`));
}
