import { isBiosOnly } from '../../dialect/bios-only.js';
import {
  type Dialect,
  type PathResolver,
  type RenderContext,
  type RenderOptions,
} from '../../dialect/dialect.js';
import { render, type RenderResult, safeRender } from '../../dialect/render.js';
import { BACK_ID_SUFFIX } from '../../model/ids.js';
import { type Menu, type MenuItem, type Submenu } from '../../model/menu.js';
import { DEFAULT_RESOLUTION } from '../../model/resolution.js';
import { firstMenu, idsOnTheWay, type UnattendedBoot } from '../../model/unattended.js';
import { walkItems } from '../../model/walk.js';
import { FAILED, writeAction } from './actions.js';
import { losses, obstacle } from './expressible.js';
import { ipxePaths } from './paths.js';
import { IpxeScript } from './script.js';

/** Options for rendering a menu for iPXE. */
export interface RenderIpxeOptions extends RenderOptions {
  /** Translates paths into URLs. @default `ipxePaths()`: relative to the script's own URL */
  readonly resolve?: PathResolver;
  /**
   * Path of a UEFI shim that trusts the kernels; Debian's shim trusts Debian's kernels. Under
   * Secure Boot a signed iPXE starts kernels through it with the `shim` command
   * (ipxe.org/cmd/shim). Builds without the command print a message and continue; under BIOS the
   * command is not used.
   *
   * @default none
   */
  readonly shim?: string;
}

/** The script language of iPXE. */
export const ipxe: Dialect<RenderIpxeOptions> = {
  name: 'iPXE',
  obstacle,
  losses,
  write: (context, options) => {
    reportSettings(context);
    const script = new IpxeScript(options.resolve ?? ipxePaths(), context);
    writeScript(context, options.shim, script);
    return script.text();
  },
};

// Labels of the script other than ids. Ids cannot begin with a dot.
const TOP = '..top';
const SHELL = '..shell';

/**
 * Renders a menu as an iPXE script. Esc goes back, and from the top menu to iPXE's shell unless
 * `allowEditing` is false. A hotkey starts its item immediately. If the default is in a submenu,
 * the menus on the way share the countdown. Items that only a BIOS can start are hidden under UEFI.
 *
 * @throws {@link MenuError} with code `ERR_MENU_NOTHING_LEFT` when nothing could be started
 */
export function renderIpxe(menu: Menu, options: RenderIpxeOptions = {}): string {
  return render(menu, ipxe, options);
}

/** Same as {@link renderIpxe}, but returns the findings and does not throw. */
export function safeRenderIpxe(menu: Menu, options: RenderIpxeOptions = {}): RenderResult {
  return safeRender(menu, ipxe, options);
}

function reportSettings({ menu, unattended, report }: RenderContext): void {
  if (menu.masterPasswordHash !== undefined) {
    const message = 'iPXE cannot check a master password; it offers no shell instead';
    report('warning', 'master-password', message, 'masterPasswordHash');
  }
  if (menu.serial !== undefined) {
    const message = 'whether iPXE uses a serial console is decided when it is built';
    report('note', 'not-shown', message, 'serial');
  }
  if (menu.interaction === 'prompt') {
    report('note', 'not-shown', 'iPXE has no boot: prompt; it shows a menu', 'interaction');
  }
  if (unattended !== undefined && menu.selectedId !== undefined) {
    const message =
      'iPXE boots the selected entry after the timeout, so the menu selects the default entry and not the one in selectedId';
    report('note', 'selected-differs', message, 'selectedId');
  }
  const { colors, layout, background } = menu.theme ?? {};
  if (colors !== undefined || layout !== undefined || background?.startsWith('#') === true) {
    report('note', 'not-shown', 'iPXE does not show the colours and layout of a theme', 'theme');
  }
}

/** State of the whole menu while its items are written. */
interface Writing {
  /** Ids of the items that menus select, by the label of the menu. */
  readonly selected: ReadonlyMap<string, string>;
  /** Countdowns in milliseconds, by the label of each menu that leads to the default. */
  readonly clocks: ReadonlyMap<string, number>;
  readonly leftOut: ReadonlySet<MenuItem>;
}

function writeScript(context: RenderContext, shim: string | undefined, script: IpxeScript): void {
  const { menu, leftOut, unattended } = context;
  const { theme, resolution = DEFAULT_RESOLUTION } = menu;
  const milliseconds = Math.round((unattended?.seconds ?? 0) * 1000);
  const start = startOf(context);
  const writing = writingOf(context, start, milliseconds);
  const canEscape = menu.allowEditing !== false && menu.masterPasswordHash === undefined;
  if (theme?.background !== undefined && !theme.background.startsWith('#')) {
    const picture = script.file(theme.background, 'background', 'theme.background');
    // Builds without the console command or PNG support continue in text mode.
    const console = `console --x ${resolution.width} --y ${resolution.height}`;
    if (picture !== undefined) {
      script.line(`${console} --picture ${picture} ||`);
    }
  }
  if (unattended !== undefined) {
    // Under UEFI, this entry is hidden and cannot be selected. No other entry may boot instead, so there is no
    // countdown.
    if (isBiosOnly(unattended.entry, leftOut)) {
      script.line('iseq ${platform} pcbios || set waited 1');
    }
    writeUnattended(context, unattended, start, script);
  }
  if (start !== TOP) {
    script.line(`goto ${start}`);
  }
  script.line('', `:${TOP}`, heading(menu.title, 'title', script));
  writeLevel(menu.items, '', writing, script);
  writeChoice(TOP, writing, canEscape ? SHELL : TOP, script);
  for (const { item, path, ancestors } of walkItems(menu)) {
    if (leftOut.has(item)) {
      continue;
    }
    const parent = ancestors.at(-1)?.id ?? TOP;
    if (item.type === 'submenu') {
      writeSubmenu(item, path, parent, writing, script);
    } else if (item.type === 'back') {
      script.line('', `:${item.id}`, `goto ${parentOf(ancestors)}`);
    } else if (item.type !== 'separator' && item.type !== 'syslinux' && item.disabled !== true) {
      writeAction(item, path, shim, script);
    }
  }
  script.line(
    '',
    `:${FAILED}`,
    'echo The entry could not be started; the menu returns in 10 seconds.',
    'sleep 10 ||',
    `goto ${TOP}`,
  );
  if (canEscape) {
    script.line('', `:${SHELL}`, 'shell', `goto ${TOP}`);
  }
}

/**
 * Returns the label of the menu that is shown first. This is the top menu if the countdown could not
 * lead to the default from another one.
 */
function startOf({ menu, leftOut, unattended, report }: RenderContext): string {
  const first = firstMenu(menu).submenu;
  if (first === undefined || leftOut.has(first)) {
    return TOP;
  }
  const isOnTheWay = unattended === undefined || unattended.ancestors.includes(first);
  if (isOnTheWay || menu.interaction === 'none') {
    return first.id;
  }
  const message = 'iPXE shows the top menu first, from which the countdown leads to the default';
  report('note', 'not-started-first', message, 'startId');
  return TOP;
}

/**
 * Writes the commands that boot the default if there is no menu, or if nobody presses a key to show a hidden
 * one.
 */
function writeUnattended(
  { menu, leftOut }: RenderContext,
  { entry, seconds }: UnattendedBoot,
  start: string,
  script: IpxeScript,
): void {
  const isBios = isBiosOnly(entry, leftOut);
  const go = isBios ? `iseq \${platform} pcbios && goto ${entry.id} ||` : `goto ${entry.id}`;
  if (menu.interaction === 'none') {
    script.line(go);
  } else if (menu.hidden === true) {
    const key = `prompt --timeout ${Math.round(seconds * 1000)} Press any key for the menu`;
    script.line(`${key} && goto ${start} ||`, go);
  }
}

/**
 * Returns the label that a "back" entry inside these submenus leads to: that of the menu around the
 * innermost one.
 */
function parentOf(ancestors: readonly Submenu[]): string {
  return ancestors.at(-2)?.id ?? TOP;
}

/**
 * Determines which item each menu selects, and the countdown of each menu on the way to the
 * default.
 */
function writingOf(
  { menu, unattended, leftOut }: RenderContext,
  start: string,
  milliseconds: number,
): Writing {
  const selected = new Map<string, string>();
  const written = new Set<string>();
  for (const { item } of walkItems(menu)) {
    if (item.type !== 'separator' && !leftOut.has(item)) {
      written.add(item.id);
    }
    if (item.type === 'submenu' && item.defaultId !== undefined) {
      selected.set(item.id, item.defaultId);
    }
  }
  const way = idsOnTheWay(menu, unattended?.entry.id ?? menu.selectedId ?? menu.defaultId);
  for (const [index, id] of way.entries()) {
    selected.set(way[index - 1] ?? TOP, id);
  }
  for (const [around, id] of selected) {
    if (!written.has(id)) {
      selected.delete(around);
    }
  }
  const menus = [TOP, ...way.slice(0, -1)];
  const from = Math.max(menus.indexOf(start), 0);
  const counting = unattended === undefined || milliseconds === 0 ? [] : menus.slice(from);
  const each = Math.floor(milliseconds / Math.max(counting.length, 1));
  const rest = milliseconds - each * counting.length;
  const clocks = new Map(counting.map((id, index) => [id, index === 0 ? each + rest : each]));
  return { selected, clocks, leftOut };
}

function writeSubmenu(
  submenu: Submenu,
  path: string,
  parent: string,
  writing: Writing,
  script: IpxeScript,
): void {
  script.line(
    '',
    `:${submenu.id}`,
    heading(submenu.title ?? submenu.label, `${path}.title`, script),
  );
  writeLevel(submenu.items, `${path}.`, writing, script);
  const back = `${submenu.id}${BACK_ID_SUFFIX}`;
  const hasBack = submenu.items.some(
    (item) => item.type === 'back' && item.disabled !== true && !writing.leftOut.has(item),
  );
  if (!hasBack) {
    script.line(`item ${back} Back`);
  }
  writeChoice(submenu.id, writing, parent, script);
  if (!hasBack) {
    script.line('', `:${back}`, `goto ${parent}`);
  }
}

function heading(title: string, path: string, script: IpxeScript): string {
  return script.lastWords(`menu -- ${title}`, path);
}

function writeLevel(
  items: readonly MenuItem[],
  prefix: string,
  { leftOut }: Writing,
  script: IpxeScript,
): void {
  for (const [index, item] of items.entries()) {
    if (leftOut.has(item)) {
      continue;
    }
    const path = `${prefix}items[${index}]`;
    const label = script.lastWords(item.label ?? '', `${path}.label`);
    if (item.type === 'separator') {
      script.line(label === '' ? 'item --gap --' : `item --gap -- ${label}`);
    } else if (item.type !== 'submenu' && item.disabled === true) {
      script.line(`item --gap -- ${label}`);
    } else {
      const hotkey = item.hotkey?.toLowerCase();
      const key = hotkey === undefined ? '' : `--key ${script.words(hotkey, `${path}.hotkey`)} `;
      const line = `item ${key}${script.id(item.id, `${path}.id`)} ${label}`;
      script.line(isBiosOnly(item, leftOut) ? `iseq \${platform} pcbios && ${line} ||` : line);
    }
  }
}

/**
 * Writes the commands that ask for an item and jump to it; Esc jumps to `escape`. The countdown of a menu runs
 * each time that the menu is shown. Once anything but the default has been chosen in a menu with a countdown,
 * no countdown runs.
 */
function writeChoice(
  menuId: string,
  { selected, clocks }: Writing,
  escape: string,
  script: IpxeScript,
): void {
  const choice = selected.get(menuId);
  const clock = clocks.get(menuId) ?? 0;
  const preset = choice === undefined ? '' : `--default ${choice} `;
  if (clock === 0) {
    script.line(`choose ${preset}selected || set selected ${escape}`, 'goto ${selected}');
    return;
  }
  script.line(
    `isset \${waited} && set clock 0 || set clock ${clock}`,
    `choose ${preset}--timeout \${clock} selected || set selected ${escape}`,
    `iseq \${selected} ${String(choice)} || set waited 1`,
    'goto ${selected}',
  );
}
