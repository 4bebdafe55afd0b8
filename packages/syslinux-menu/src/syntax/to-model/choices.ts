import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type MenuItem } from '../../model/menu.js';
import { type LoadedConfig, type LoadedEntry, type LoadedMenu } from '../language/loaded.js';
import { type Unattended } from '../start/start-plan.js';
import { type FollowedConfig, isMenu, type ModelReport } from './level.js';

/** Entry that boots without a key press, the one selected first if different, and the timeout. */
export interface Choices {
  readonly defaultId?: string;
  readonly selectedId?: string;
  readonly timeoutSeconds: number;
  /** Outcome if no key is pressed; undefined if the configuration waits. */
  readonly boots?: TimedBoot;
}

/** Entry that boots without a key press, and its timeout. */
export interface TimedBoot {
  readonly id: string;
  readonly seconds: number;
}

/** Facts about the items made so far, for choosing the default. */
export interface MadeItems {
  /** Ids of items, by the entry from which each was made. */
  readonly idOf: ReadonlyMap<LoadedEntry, string>;
  /**
   * Unattended boots of other configurations, by the id of the submenu made from each; undefined for
   * one that waits.
   */
  readonly leads: ReadonlyMap<string, TimedBoot | undefined>;
  /**
   * Returns the id of the entry for a command that starts without a key press. Adds an entry if none has that
   * command.
   */
  readonly bootId: (unattended: Extract<Unattended, { type: 'boot' }>) => string | undefined;
  readonly report: ModelReport;
}

/**
 * Translates the entry that a configuration boots without a key press, and the one that it selects, into the
 * model.
 */
export function choose(from: FollowedConfig, start: LoadedMenu, made: MadeItems): Choices {
  const { plan, config } = from;
  const { unattended } = plan;
  const isLong = unattended.type === 'boot' && unattended.afterMs > MAX_SECONDS * 1000;
  if (isLong && isMenu(from)) {
    const hours = Math.floor(unattended.afterMs / 3_600_000);
    const what = `a countdown of ${hours} hours is not supported: the longest that this library models is 24 hours`;
    made.report('warning', 'clock-changed', what, start.span);
  }
  const id = unattended.type === 'boot' && !isLong ? made.bootId(unattended) : undefined;
  const first =
    id === undefined || unattended.type === 'wait'
      ? undefined
      : { id, seconds: seconds(unattended.afterMs) };
  const boots = throughMenus(first, made, start.span);
  if (!isMenu(from)) {
    return promptChoices(from, first, boots, made);
  }
  if (first === undefined && !isLong && start.timeoutMs > 0 && start.entries.length > 0) {
    const what = 'the countdown does not boot anything, so it is dropped';
    made.report('note', 'clock-changed', what, start.span);
  }
  if (plan.loader === 'u-boot') {
    return choices(idOf(plan.chosen, made), undefined, boots);
  }
  const selected = selectedPath(start, config).at(-1);
  const selectedId = idOf(selected, made);
  if (boots === undefined) {
    const isEntry = selected?.action === 'command' && !made.leads.has(String(selectedId));
    return isEntry ? choices(selectedId, undefined, boots) : choices(undefined, selectedId, boots);
  }
  const firstId = idOf(start.entries[start.defaultEntry], made);
  // Nothing is chosen, so the first entry is selected.
  if (selectedId === undefined && boots.id === firstId) {
    return choices(undefined, undefined, boots);
  }
  const other = selectedId ?? firstId;
  return choices(boots.id, boots.id === other ? undefined : other, boots);
}

function idOf(entry: LoadedEntry | undefined, made: MadeItems): string | undefined {
  return entry === undefined ? undefined : made.idOf.get(entry);
}

/**
 * Returns the choices of a configuration that shows no menu: the command that Enter boots at the prompt
 * counts as selected.
 */
function promptChoices(
  { plan }: FollowedConfig,
  first: TimedBoot | undefined,
  boots: TimedBoot | undefined,
  made: MadeItems,
): Choices {
  const entered = idOf(plan.chosen, made);
  const defaultId =
    boots?.id ?? (entered === undefined || made.leads.has(entered) ? undefined : entered);
  const selectedId = first !== undefined && made.leads.has(first.id) ? first.id : entered;
  return {
    ...choices(defaultId, selectedId === defaultId ? undefined : selectedId, boots),
    ...(plan.shows === 'boot' && { timeoutSeconds: 0 }),
  };
}

function choices(
  defaultId: string | undefined,
  selectedId: string | undefined,
  boots: TimedBoot | undefined,
): Choices {
  return {
    ...(defaultId === undefined ? {} : { defaultId }),
    ...(selectedId === undefined ? {} : { selectedId }),
    timeoutSeconds: boots?.seconds ?? 0,
    ...(boots === undefined ? {} : { boots }),
  };
}

/**
 * Returns the boot that the countdown leads to: `first`, or if that is another configuration, its
 * unattended boot after both timeouts; undefined if it waits.
 */
function throughMenus(
  first: TimedBoot | undefined,
  { leads, report }: MadeItems,
  span: SourceSpan,
): TimedBoot | undefined {
  if (first === undefined || !leads.has(first.id)) {
    return first;
  }
  const next = leads.get(first.id);
  if (next === undefined) {
    const what = 'the countdown leads to another menu, which waits, so the model waits as well';
    report('note', 'clock-changed', what, span);
    return undefined;
  }
  return { id: next.id, seconds: Math.round((first.seconds + next.seconds) * 10) / 10 };
}

/** Returns the entries that are selected first, from menu to menu; empty if `start` does not choose one. */
export function selectedPath(start: LoadedMenu, config: LoadedConfig): readonly LoadedEntry[] {
  const path: LoadedEntry[] = [];
  let menu: LoadedMenu | undefined = start;
  while (menu?.hasDefault === true && path.length <= config.menus.length) {
    const entry: LoadedEntry | undefined = menu.entries[menu.defaultEntry];
    if (entry === undefined || (entry.action !== 'command' && entry.action !== 'submenu')) {
      break;
    }
    path.push(entry);
    menu = entry.action === 'submenu' ? config.menus[entry.target] : undefined;
  }
  return path;
}

/** Longest countdown of the model, in seconds: a day. */
const MAX_SECONDS = 86_400;

/** Converts milliseconds to seconds, rounded up to steps of 0.1; 0 for more than {@link MAX_SECONDS}. */
export function seconds(ms: number): number {
  const value = Math.ceil(ms / 100) / 10;
  return value > MAX_SECONDS ? 0 : value;
}

/**
 * Returns the items with the countdown of the submenu that is shown first. Countdowns equal to that
 * of the enclosing menu are dropped.
 */
export function withClocks(
  items: readonly MenuItem[],
  around: number,
  startId: string | undefined,
  startSeconds: number,
): readonly MenuItem[] {
  return items.map((item) => {
    if (item.type !== 'submenu') {
      return item;
    }
    const { timeoutSeconds = around, ...rest } = item;
    const own = item.id === startId ? startSeconds : timeoutSeconds;
    const inner = withClocks(item.items, own, startId, startSeconds);
    return { ...rest, ...(own === around ? {} : { timeoutSeconds: own }), items: inner };
  });
}
