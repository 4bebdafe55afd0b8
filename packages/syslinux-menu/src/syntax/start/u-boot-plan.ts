import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { commandLine } from '../language/command-line.js';
import {
  type BootDirectives,
  type LoadedConfig,
  type LoadedEntry,
  menuAt,
  ROOT_MENU,
} from '../language/loaded.js';
import { atoi } from '../language/numbers.js';
import { foldWord } from '../language/statement.js';
import { type Directive } from '../read/config-reader.js';
import { type CoreSettings } from '../read/core-settings.js';
import { type StartPlan } from './start-plan.js';

/** Directives of U-Boot's reader that syslinux does not know. */
const ONLY_U_BOOT: ReadonlySet<string> = new Set([
  'FDT',
  'FDTDIR',
  'FDTOVERLAYS',
  'DEVICETREE',
  'DEVICETREEDIR',
]);

/** Returns true if the file is for U-Boot: it names device trees, and no menu program. */
export function isForUBoot(core: CoreSettings, directives: readonly Directive[]): boolean {
  return core.ui === undefined && directives.some(({ keyword }) => ONLY_U_BOOT.has(keyword));
}

/** A file as U-Boot reads it. */
export interface UBootReading {
  /** One menu, with every label; those without a kernel or LOCALBOOT are disabled. */
  readonly config: LoadedConfig;
  readonly plan: StartPlan;
  /** DEFAULT or ONTIMEOUT that does not name a label: U-Boot boots the first label instead. */
  readonly unknownDefault?: { readonly name: string; readonly span: SourceSpan };
}

/**
 * Reads an `extlinux.conf` as U-Boot does (boot/pxe_utils.c, common/menu.c). DEFAULT and ONTIMEOUT
 * are the same, and the last one wins; the first MENU DEFAULT counts if neither precedes it. A MENU
 * line outside labels, or PROMPT, shows a numbered menu; otherwise the default boots immediately.
 * Without a default the labels are tried in order. Unlike in syslinux, KERNEL always names a
 * kernel, label names are whole lines, and any directive that is not valid in a label ends it.
 */
export function readUBoot(config: LoadedConfig, directives: readonly Directive[]): UBootReading {
  const { labels, named, asks, tenths } = new UBootReader().read(directives);
  const entries = entriesOf(labels, config);
  const startable = entries.filter(({ action }) => action === 'command');
  const chosen = startable.findLast(({ name }) => name === named?.name) ?? startable[0];
  const isUnknown = named !== undefined && !labels.some(({ name }) => name === named.name);
  const root = {
    ...menuAt(config, ROOT_MENU),
    entries,
    hotkeys: new Map<number, number>(),
    defaultEntry: chosen === undefined ? 0 : entries.indexOf(chosen),
    hasDefault: named !== undefined && !isUnknown,
    // Tenths of a second, rounded up to whole seconds.
    timeoutMs: asks ? Math.ceil(Math.max(tenths, 0) / 10) * 1000 : 0,
    onTimeout: undefined,
    onTimeoutText: undefined,
  };
  const menus = [{ ...menuAt(config, 0), entries: [] }, root];
  return {
    config: { ...config, menus, startMenu: ROOT_MENU, hidden: false, shiftKey: false },
    plan: planOf(chosen, asks, root.timeoutMs),
    ...(isUnknown && { unknownDefault: named }),
  };
}

function planOf(entry: LoadedEntry | undefined, asks: boolean, waitMs: number): StartPlan {
  const plan = { loader: 'u-boot', files: [] } as const;
  if (entry === undefined) {
    return { ...plan, shows: 'prompt', unattended: { type: 'wait' }, fault: 'empty-menu' };
  }
  const boot = { type: 'boot', entry, commandLine: String(entry.commandLine) } as const;
  if (!asks) {
    return { ...plan, shows: 'boot', unattended: { ...boot, afterMs: 0 }, chosen: entry };
  }
  return {
    ...plan,
    shows: 'menu',
    unattended: waitMs === 0 ? { type: 'wait' } : { ...boot, afterMs: waitMs },
    chosen: entry,
  };
}

/** Settings that U-Boot keeps for a label. */
interface UBootLabel {
  readonly name: string;
  readonly span: SourceSpan;
  readonly kernel?: string;
  readonly localBoot?: string;
  readonly append?: string;
  readonly initrd?: string;
  readonly tree?: string;
  readonly treeDir?: string;
  readonly overlays?: string;
}

/** Applies the directives in order. */
class UBootReader {
  readonly #labels: UBootLabel[] = [];
  #open: UBootLabel | undefined;
  #named: { readonly name: string; readonly span: SourceSpan } | undefined;
  #asks = false;
  #tenths = 0;

  read(directives: readonly Directive[]): {
    readonly labels: readonly UBootLabel[];
    readonly named: UBootReading['unknownDefault'] | undefined;
    readonly asks: boolean;
    readonly tenths: number;
  } {
    for (const directive of directives) {
      this.#directive(directive);
    }
    this.#end();
    return {
      labels: this.#labels,
      named: this.#named,
      asks: this.#asks,
      tenths: this.#tenths,
    };
  }

  #directive({ keyword, value, span }: Directive): void {
    if (keyword.startsWith('MENU ')) {
      if (this.#open === undefined) {
        this.#asks = true;
      } else if (keyword === 'MENU DEFAULT') {
        this.#named ??= { name: this.#open.name, span };
      }
      return;
    }
    const change = this.#open === undefined ? undefined : LABEL_DIRECTIVES.get(keyword);
    if (this.#open !== undefined && change !== undefined) {
      this.#open = { ...this.#open, ...change(this.#open, value) };
      return;
    }
    this.#end();
    if (keyword === 'LABEL') {
      this.#open = { name: value, span };
    } else if (keyword === 'TIMEOUT') {
      this.#tenths = atoi(value);
    } else if (keyword === 'PROMPT') {
      this.#asks = atoi(value) !== 0;
    } else if (keyword === 'DEFAULT' || keyword === 'ONTIMEOUT') {
      this.#named = { name: value, span };
    }
  }

  #end(): void {
    if (this.#open !== undefined) {
      this.#labels.push(this.#open);
    }
    this.#open = undefined;
  }
}

type Change = (label: UBootLabel, value: string) => Partial<UBootLabel>;

/**
 * Changes that directives make to a label. For its kernel, arguments and LOCALBOOT the last
 * directive counts, for other files the first.
 */
const LABEL_DIRECTIVES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['KERNEL', (_label, kernel) => ({ kernel })],
  ['LINUX', (_label, kernel) => ({ kernel })],
  ['FIT', (_label, kernel) => ({ kernel })],
  ['APPEND', append],
  ['INITRD', first('initrd')],
  ['FDT', first('tree')],
  ['DEVICETREE', first('tree')],
  ['FDTDIR', first('treeDir')],
  ['DEVICETREEDIR', first('treeDir')],
  ['FDTOVERLAYS', first('overlays')],
  [foldWord('devicetree-overlay'), first('overlays')],
  ['LOCALBOOT', (_label, localBoot) => ({ localBoot })],
  ['IPAPPEND', () => ({})],
  ['KASLRSEED', () => ({})],
  ['SAY', () => ({})],
]);

function first(name: 'initrd' | 'tree' | 'treeDir' | 'overlays'): Change {
  return (label, value) => ({ [name]: label[name] ?? value });
}

/** Sets the arguments. An `initrd=` in them names the ramdisk, unless an INITRD precedes it. */
function append({ initrd }: UBootLabel, value: string): Partial<UBootLabel> {
  const words = value.split(' ');
  const named = words.find((word) => word.startsWith('initrd='))?.slice('initrd='.length);
  const chosen = initrd ?? named;
  return {
    append: words.filter((word) => !word.startsWith('initrd=')).join(' '),
    ...(chosen === undefined ? {} : { initrd: chosen }),
  };
}

/**
 * Returns the labels as entries. One without a kernel is skipped at boot, and shown like a heading.
 */
function entriesOf(labels: readonly UBootLabel[], config: LoadedConfig): readonly LoadedEntry[] {
  const places = new Map(labels.map(({ span }, index) => [placeOf(span), index]));
  const entries: LoadedEntry[] = [];
  for (const entry of config.menus.flatMap((menu) => menu.entries)) {
    const index = places.get(placeOf(entry.span));
    const label = labels[Number(index)];
    // Separators and submenus of syslinux are not labels.
    if (label !== undefined) {
      entries[Number(index)] = entryOf(label, entry);
    }
  }
  return entries.filter(Boolean);
}

function entryOf(label: UBootLabel, entry: LoadedEntry): LoadedEntry {
  const { kernel, localBoot } = label;
  const boot: BootDirectives = {
    ...(localBoot === undefined
      ? { type: 'linux', file: kernel ?? label.name }
      : { type: 'localboot', file: localBoot }),
    isGiven: kernel !== undefined || localBoot !== undefined,
    append: label.append ?? '',
    ...(label.initrd === undefined ? {} : { initrd: label.initrd }),
    ...(label.tree === undefined ? {} : { deviceTree: label.tree }),
    ...(label.treeDir === undefined ? {} : { deviceTreeDir: label.treeDir }),
    ...(label.overlays === undefined ? {} : { deviceTreeOverlays: label.overlays }),
    sysappend: entry.boot.sysappend,
  };
  const common = { ...entry, boot, hotkey: 0, isSeparator: false };
  return boot.isGiven
    ? {
        ...common,
        action: 'command',
        intendedAction: 'command',
        isDisabled: false,
        label: label.name,
        commandLine: commandLine(boot, {}),
      }
    : { ...common, action: 'disabled', isDisabled: true };
}

function placeOf({ file, line }: SourceSpan): string {
  return `${line} ${file}`;
}
