import { type Diagnostic, type SourceSpan } from '../diagnostic.js';
import {
  type BackEntry,
  type BootEntry,
  type Menu,
  type MenuItem,
  type Submenu,
} from '../model/menu.js';
import { MAX_SUBMENU_DEPTH } from '../model/walk.js';
import { quoted, trimBlanks } from '../text.js';
import { BACK_ID_SUFFIX } from '../validate/text-rules.js';
import { bootEntry, type EntryText, splitAppend, type SplitAppend } from './boot-entry.js';
import { IdSupply, readableText } from './ids.js';
import {
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
  ROOT_MENU,
} from './loaded.js';
import { type CoreSettings } from './read/core-settings.js';

/** Findings about what a file says and the model cannot. */
export type ModelCode = 'not-in-model' | 'too-deep' | 'text-changed' | 'id-changed';

/** The portable menu of a file, and where in the file its items begin. */
export interface PortableMenu {
  readonly menu: Menu;
  /** Spans by item path, as in `items[0].items[2]`. */
  readonly spans: ReadonlyMap<string, SourceSpan>;
}

/** What goes along with making a model. */
export interface ModelOptions {
  readonly report: (diagnostic: Diagnostic<ModelCode>) => void;
  readonly onWork: (units: number) => void;
}

/** Makes the portable menu of what syslinux's two readers have read. */
export function toModel(
  config: LoadedConfig,
  core: CoreSettings,
  options: ModelOptions,
): PortableMenu {
  return new ModelMaker(config, core, options).make();
}

class ModelMaker {
  readonly #config: LoadedConfig;
  readonly #core: CoreSettings;
  readonly #tell: (diagnostic: Diagnostic<ModelCode>) => void;
  readonly #onWork: (units: number) => void;
  readonly #ids: IdSupply;
  readonly #spans = new Map<string, SourceSpan>();
  #lastAppend: { readonly append: string; readonly split: SplitAppend } | undefined;
  /** Ids by entry, to find the default's. */
  readonly #idOf = new Map<LoadedEntry, string>();

  constructor(config: LoadedConfig, core: CoreSettings, { report, onWork }: ModelOptions) {
    this.#onWork = onWork;
    this.#ids = new IdSupply(onWork);
    this.#config = config;
    this.#core = core;
    this.#tell = report;
  }

  make(): PortableMenu {
    const root = menuAt(this.#config, ROOT_MENU);
    const items = this.#items(root, '', 0);
    const defaultId = this.#defaultId(root);
    const { serial } = this.#core;
    const { resolution, hidden } = this.#config;
    const tenths = this.#core.timeoutTenths;
    const menu: Menu = {
      title: this.#text(root.title, root.span),
      ...(defaultId === undefined ? {} : { defaultId }),
      ...(tenths > 0 ? { timeoutSeconds: tenths / 10 } : {}),
      ...(Object.keys(root.ownTheme).length === 0 ? {} : { theme: root.ownTheme }),
      ...(resolution === undefined ? {} : { resolution }),
      ...(serial === undefined ? {} : { serial }),
      ...(root.allowEditing ? {} : { allowEditing: false }),
      ...(hidden ? { hidden: true } : {}),
      ...(root.masterPassword === undefined ? {} : { masterPasswordHash: root.masterPassword }),
      items,
    };
    return { menu, spans: this.#spans };
  }

  #items(menu: LoadedMenu, prefix: string, depth: number): readonly MenuItem[] {
    const items: MenuItem[] = [];
    for (const entry of menu.entries) {
      this.#onWork(1 + entry.text.length);
      const path = `${prefix}items[${items.length}]`;
      const item = this.#item(entry, menu, path, depth);
      if (item === undefined) continue;
      this.#spans.set(path, entry.span);
      items.push(item);
    }
    return items;
  }

  #item(entry: LoadedEntry, menu: LoadedMenu, path: string, depth: number): MenuItem | undefined {
    if (entry.isSeparator) return { type: 'separator' };
    if (entry.action === 'submenu') return this.#submenu(entry, path, depth);
    switch (entry.intendedAction) {
      case 'command':
        return this.#command(entry);
      case 'exit':
        return this.#back(entry, menu);
      case 'goto':
      case 'quit':
      case 'help':
      case 'submenu':
      case 'disabled': {
        const what = `MENU ${entry.intendedAction.toUpperCase()} entries are syslinux's own`;
        this.#report('note', 'not-in-model', `${what}; the model has none`, entry.span);
        return undefined;
      }
    }
  }

  #command(entry: LoadedEntry): MenuItem {
    // Disabled and without anything to boot: a heading.
    if (entry.isDisabled && !entry.boot.isGiven) {
      return { type: 'separator', label: this.#label(entry).label };
    }
    const texts = this.#entryText(entry);
    const { item, losses } = bootEntry(entry.boot, this.#append(entry.boot.append), texts);
    for (const loss of losses) this.#report('note', 'not-in-model', loss, entry.span);
    return item satisfies BootEntry;
  }

  /** Labels often share the global APPEND, which may be long: it is taken apart once. */
  #append(append: string): SplitAppend {
    if (this.#lastAppend?.append !== append) {
      this.#lastAppend = { append, split: splitAppend(append) };
    }
    return this.#lastAppend.split;
  }

  #back(entry: LoadedEntry, menu: LoadedMenu): BackEntry | undefined {
    if (entry.target !== menu.parent) {
      const what = 'the model knows only ways back to the menu around';
      this.#report('note', 'not-in-model', what, entry.span);
      return undefined;
    }
    // The way back that renderers add by themselves.
    if (entry.name === `${menu.tag ?? ''}${BACK_ID_SUFFIX}`) return undefined;
    return { type: 'back', ...this.#entryText(entry) };
  }

  #submenu(entry: LoadedEntry, path: string, depth: number): Submenu | undefined {
    const menu = menuAt(this.#config, entry.target);
    if (depth >= MAX_SUBMENU_DEPTH) {
      const what = `menus nest deeper than ${MAX_SUBMENU_DEPTH}; what is below is not in the model`;
      this.#report('error', 'too-deep', what, entry.span);
      return undefined;
    }
    const { label, hotkey } = this.#label(entry, menu.tag);
    const id = this.#id(menu.tag ?? label, entry);
    const title = menu.hasTitle ? this.#text(menu.title, menu.span) : '';
    return {
      type: 'submenu',
      id,
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(entry.password === undefined ? {} : { passwordHash: entry.password }),
      // Without MENU LABEL the title names the submenu, too, and needs no second mention.
      ...(title === '' || entry.menuLabel === undefined ? {} : { title }),
      ...(Object.keys(menu.ownTheme).length === 0 ? {} : { theme: menu.ownTheme }),
      items: this.#items(menu, `${path}.`, depth + 1),
    };
  }

  #entryText(entry: LoadedEntry): EntryText {
    const { label, hotkey } = this.#label(entry);
    const help = entry.help?.replace(/\r/g, '').replace(/\n$/, '');
    return {
      id: this.#id(entry.name, entry),
      label,
      ...(hotkey === undefined ? {} : { hotkey }),
      ...(help === undefined ? {} : { help }),
      ...(entry.isDisabled ? { disabled: true } : {}),
      ...(entry.indent > 0 ? { indent: entry.indent } : {}),
      ...(entry.password === undefined ? {} : { passwordHash: entry.password }),
    };
  }

  /** The text without carets, and the key after the first of them if it works. */
  #label(entry: LoadedEntry, fallback?: string): { label: string; hotkey?: string } {
    const marked = entry.menuLabel ?? (entry.action === 'submenu' ? entry.text : entry.name);
    const label = this.#text(marked.replaceAll('^', ''), entry.span);
    const caret = entry.menuLabel === undefined ? -1 : marked.indexOf('^');
    const key = caret < 0 ? '' : marked.charAt(caret + 1);
    const works = entry.hotkey !== 0 || entry.action === 'disabled';
    const shown = label === '' ? (fallback ?? entry.name) : label;
    return works && key !== '' && label.includes(key)
      ? { label: shown, hotkey: key }
      : { label: shown };
  }

  #text(text: string, span: SourceSpan): string {
    const readable = readableText(text);
    if (readable !== trimBlanks(text)) {
      const what = 'control characters of the text are not in the model';
      this.#report('note', 'text-changed', what, span);
    }
    return readable;
  }

  #id(name: string, entry: LoadedEntry): string {
    const id = this.#ids.take(name);
    if (id !== name) {
      const what = `${quoted(name)} is no id of its own; the model calls it ${quoted(id)}`;
      this.#report('note', 'id-changed', what, entry.span);
    }
    this.#idOf.set(entry, id);
    return id;
  }

  /** ONTIMEOUT's label; else the selected entry, followed through submenus. */
  #defaultId(root: LoadedMenu): string | undefined {
    return this.#timeoutId(root) ?? this.#selectedId(this.#shownFirst(root));
  }

  /** The menu whose default counts: DEFAULT may show another one first. */
  #shownFirst(root: LoadedMenu): LoadedMenu {
    return this.#config.startMenu === ROOT_MENU
      ? root
      : menuAt(this.#config, this.#config.startMenu);
  }

  /** The entry that ONTIMEOUT names, or whose command line it repeats. */
  #timeoutId(root: LoadedMenu): string | undefined {
    const { onTimeout, onTimeoutText } = root;
    if (onTimeout === undefined || onTimeoutText === undefined) return undefined;
    const entries = this.#config.menus.flatMap((menu) => menu.entries);
    const entry =
      entries.find(({ label }) => label === trimBlanks(onTimeoutText)) ??
      entries.find(({ commandLine }) => commandLine === onTimeout);
    const id = entry === undefined ? undefined : this.#idOf.get(entry);
    if (id === undefined) {
      const what = `ONTIMEOUT boots what no entry of the menu does: ${quoted(onTimeoutText)}`;
      this.#report('note', 'not-in-model', what, root.span);
    }
    return id;
  }

  #selectedId(start: LoadedMenu): string | undefined {
    let menu = start;
    while (menu.hasDefault) {
      const entry = menu.entries[menu.defaultEntry];
      if (entry?.action === 'command') return this.#idOf.get(entry);
      if (entry?.action !== 'submenu') return undefined;
      menu = menuAt(this.#config, entry.target);
    }
    return undefined;
  }

  #report(
    severity: Diagnostic['severity'],
    code: ModelCode,
    message: string,
    span: SourceSpan,
  ): void {
    this.#tell({ severity, code, message, span });
  }
}
