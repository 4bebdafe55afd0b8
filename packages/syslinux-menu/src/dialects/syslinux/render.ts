import {
  type Dialect,
  type PathResolver,
  type RenderContext,
  type RenderOptions,
} from '../../dialect/dialect.js';
import { render, type RenderResult, safeRender } from '../../dialect/render.js';
import { BACK_ID_SUFFIX } from '../../model/ids.js';
import { type Menu, type MenuItem, type Submenu } from '../../model/menu.js';
import { firstMenu, idsOnTheWay } from '../../model/unattended.js';
import { walkItems } from '../../model/walk.js';
import { isGrubHash } from '../../validate/item-rules.js';
import { isBootable, isSelectable } from '../../validate/validate-menu.js';
import { markHotkey, writeEntry } from './render-entry.js';
import { writeTheme } from './render-theme.js';
import { SyslinuxWriter } from './writer.js';

/**
 * Program that draws the menu: `vesamenu.c32` in graphics, `menu.c32` in text; `none` leaves a
 * `boot:` prompt that lists the entries' ids.
 */
export type SyslinuxUi = 'vesamenu.c32' | 'menu.c32' | 'none';

/** Options for rendering a menu for syslinux. */
export interface RenderSyslinuxOptions extends RenderOptions {
  /**
   * Program that draws the menu. Ignored if the menu's `interaction` is `none`.
   *
   * @default 'vesamenu.c32', or 'none' for a menu whose `interaction` is not a menu
   */
  readonly ui?: SyslinuxUi;
  /** Translates paths into TFTP paths or http:// URLs. @default paths are unchanged */
  readonly resolve?: PathResolver;
}

/** The configuration language of syslinux, pxelinux and lpxelinux 6. */
export const syslinux: Dialect<RenderSyslinuxOptions> = {
  name: 'syslinux',
  obstacle: (item, menu, options) => {
    const { passwordHash } = item;
    if (passwordHash === undefined) {
      return undefined;
    }
    if (uiOf(menu, options) === 'none') {
      return 'the boot: prompt does not ask for passwords';
    }
    return isGrubHash(passwordHash)
      ? 'syslinux cannot check its password; give it a crypt(3) hash'
      : undefined;
  },
  losses: [],
  write: (context, options) => {
    const resolve = options.resolve ?? ((path: string): string => path);
    const writer = new SyslinuxWriter(resolve, context);
    writeMenu(context, uiOf(context.menu, options), writer);
    return writer.text();
  },
};

function uiOf({ interaction = 'menu' }: Menu, { ui }: RenderSyslinuxOptions): SyslinuxUi {
  // Without interaction there is no menu to draw.
  if (interaction === 'none') {
    return 'none';
  }
  return ui ?? (interaction === 'menu' ? 'vesamenu.c32' : 'none');
}

/**
 * Renders a menu as a configuration file for syslinux, pxelinux and lpxelinux 6.
 *
 * The default boots after the timeout even from inside a submenu, through ONTIMEOUT. Each submenu
 * without a way back gets a `Back` entry. The text depends only on the arguments.
 *
 * @throws {@link MenuError} with code `ERR_MENU_NOTHING_LEFT` when nothing could be started
 */
export function renderSyslinux(menu: Menu, options: RenderSyslinuxOptions = {}): string {
  return render(menu, syslinux, options);
}

/** Same as {@link renderSyslinux}, but returns the findings and does not throw. */
export function safeRenderSyslinux(menu: Menu, options: RenderSyslinuxOptions = {}): RenderResult {
  return safeRender(menu, syslinux, options);
}

/** State of rendering a menu: its context, its UI and the items to mark as default. */
interface Writing {
  readonly context: RenderContext;
  readonly ui: SyslinuxUi;
  /** Ids of the items to mark with MENU DEFAULT: those selected first, and the submenus around them. */
  readonly defaults: ReadonlySet<string>;
}

function writeMenu(context: RenderContext, ui: SyslinuxUi, writer: SyslinuxWriter): void {
  const { menu, unattended } = context;
  if (menu.serial !== undefined) {
    writer.line(`SERIAL ${menu.serial.port} ${menu.serial.baud ?? 9600}`, 'serial');
  }
  // If the default entry was left out, there is no countdown, since no other entry may boot instead.
  const hasClock = unattended !== undefined;
  const writing: Writing = {
    context,
    ui,
    defaults: new Set([
      ...idsOnTheWay(menu, menu.selectedId ?? menu.defaultId),
      ...firstSelection(context),
    ]),
  };
  // A menu with device trees is for U-Boot, too, where any MENU line before the labels shows a
  // menu, unless a later PROMPT says otherwise.
  const isForUBoot = [...walkItems(menu)].some(({ item }) => hasDeviceTree(item));
  if (ui === 'none') {
    writePromptHeader(context, writer);
  } else {
    writer.line(`UI ${ui}`, '');
  }
  const prompt = `PROMPT ${asksAtPrompt(context, ui) || (isForUBoot && ui !== 'none') ? 1 : 0}`;
  if (!isForUBoot) {
    writer.line(prompt, '');
  }
  if (ui === 'none' && asksAtPrompt(context, ui)) {
    writePromptTexts(context, writer);
  }
  if (menu.allowEditing === false) {
    writer.line('ALLOWOPTIONS 0', '').line('NOESCAPE 1', '');
    // Alongside a UI, IMPLICIT 0 would keep syslinux from starting the menu program itself.
    if (ui === 'none') {
      writer.line('IMPLICIT 0', '');
    }
  }
  const tenths = hasClock ? Math.round((menu.timeoutSeconds ?? 0) * 10) : 0;
  if (tenths > 0) {
    writer.line(`TIMEOUT ${tenths}`, 'timeoutSeconds');
  }
  writeOnTimeout(writing, writer);
  // A menu that lost its countdown would stay hidden.
  if (menu.hidden === true && (hasClock || (menu.timeoutSeconds ?? 0) === 0)) {
    writer.line('MENU HIDDEN', 'hidden');
  }
  if (menu.resolution !== undefined) {
    writer.line(`MENU RESOLUTION ${menu.resolution.width} ${menu.resolution.height}`, 'resolution');
  }
  writeMasterPassword(menu, ui, writer);
  if (menu.title !== '') {
    writer.line(`MENU TITLE ${menu.title}`, 'title');
  }
  if (menu.theme !== undefined) {
    writeTheme(menu.theme, 'theme', writer);
  }
  if (isForUBoot) {
    writer.line(prompt, '');
  }
  writeItems(menu.items, '', writing, writer);
}

/**
 * Returns the id of the item to mark as the default so that the first menu's countdown runs, as a list; empty
 * if none is needed. A mark is needed only if a submenu is shown first, its first item cannot be selected and
 * nothing else is chosen.
 */
function firstSelection({ menu, leftOut, unattended }: RenderContext): readonly string[] {
  const { submenu, items } = firstMenu(menu);
  if (unattended === undefined || submenu === undefined) {
    return [];
  }
  const shown = items.filter((item) => !leftOut.has(item));
  const way = idsOnTheWay(menu, menu.selectedId ?? menu.defaultId);
  const isChosen = shown.some((item) => 'id' in item && way.includes(item.id));
  const [first] = shown;
  if (isChosen || submenu.defaultId !== undefined || first === undefined || isSelectable(first)) {
    return [];
  }
  return shown
    .filter(isSelectable)
    .filter(({ type }) => type !== 'back')
    .slice(0, 1)
    .map(({ id }) => id);
}

/**
 * Writes ONTIMEOUT unless the countdown boots the default anyway: without ONTIMEOUT, it boots the
 * entry selected in the menu that is shown first.
 */
function writeOnTimeout({ context, ui }: Writing, writer: SyslinuxWriter): void {
  const { menu, unattended } = context;
  if (unattended === undefined || unattended.seconds === 0) {
    return;
  }
  const around = unattended.ancestors.at(-1)?.id;
  const { submenu } = firstMenu(menu);
  const own = submenu?.defaultId ?? unattended.entry.id;
  const isSelected =
    (menu.selectedId ?? menu.defaultId) === menu.defaultId && own === unattended.entry.id;
  if (isSelected && (ui === 'none' || around === menu.startId)) {
    return;
  }
  writer.line(`ONTIMEOUT ${unattended.entry.id}`, 'defaultId');
}

function writeMasterPassword(menu: Menu, ui: SyslinuxUi, writer: SyslinuxWriter): void {
  const { masterPasswordHash: hash } = menu;
  if (hash === undefined) {
    return;
  }
  const path = 'masterPasswordHash';
  if (isGrubHash(hash)) {
    const message =
      'syslinux cannot check the master password; nobody can edit entries. Give it a crypt(3) hash';
    writer.report('warning', 'master-password', message, path);
    if (menu.allowEditing !== false) {
      writer.line('ALLOWOPTIONS 0', '').line('NOESCAPE 1', '');
    }
    return;
  }
  if (ui === 'none') {
    writer.report(
      'warning',
      'master-password',
      'the boot: prompt does not ask for passwords',
      path,
    );
  }
  writer.line(`MENU MASTER PASSWD ${hash}`.trimEnd(), path);
}

function hasDeviceTree(item: MenuItem): boolean {
  return (
    item.type === 'linux' &&
    (item.deviceTree !== undefined ||
      item.deviceTreeDir !== undefined ||
      (item.deviceTreeOverlays ?? []).length > 0)
  );
}

/** Returns true if a prompt is shown: there is no menu, and nothing boots immediately. */
function asksAtPrompt({ menu, unattended }: RenderContext, ui: SyslinuxUi): boolean {
  return ui === 'none' && (menu.interaction !== 'none' || unattended === undefined);
}

/** Writes DEFAULT, which names the command that Enter boots if there is no menu program. */
function writePromptHeader({ menu, leftOut }: RenderContext, writer: SyslinuxWriter): void {
  const labels = new Set(
    [...walkItems(menu)].flatMap(({ item }) =>
      isBootable(item) && !leftOut.has(item) ? [item.id] : [],
    ),
  );
  // Without interaction, nothing is selected.
  const selectedId = menu.interaction === 'none' ? undefined : menu.selectedId;
  const label = [selectedId, menu.defaultId].find((id) => id !== undefined && labels.has(id));
  if (label !== undefined) {
    writer.line(`DEFAULT ${label}`, 'defaultId');
  }
}

/** Writes SAY lines: the title, and the commands that can be typed if there is no menu program. */
function writePromptTexts({ menu, leftOut }: RenderContext, writer: SyslinuxWriter): void {
  if (menu.title !== '') {
    writer.line(`SAY ${menu.title}`, 'title');
  }
  for (const { item, path } of walkItems(menu)) {
    if (isBootable(item) && !leftOut.has(item)) {
      writer.line(`SAY ${item.id} - ${item.label}`, path);
    }
  }
}

function writeItems(
  items: readonly MenuItem[],
  prefix: string,
  writing: Writing,
  writer: SyslinuxWriter,
): void {
  for (const [index, item] of items.entries()) {
    if (writing.context.leftOut.has(item)) {
      continue;
    }
    const path = `${prefix}items[${index}]`;
    if (item.type === 'separator') {
      writeSeparator(item.label, path, writer);
    } else if (item.type === 'submenu') {
      writeSubmenu(item, path, writing, writer);
    } else {
      writeEntry(item, path, writing.defaults.has(item.id), writer);
    }
  }
}

function writeSeparator(label: string | undefined, path: string, writer: SyslinuxWriter): void {
  if (label === undefined) {
    writer.line('MENU SEPARATOR', path);
    return;
  }
  // A heading is an entry that cannot be selected and starts nothing.
  writer.line(`LABEL ${writer.nextHeadingId()}`, path);
  writer.indented(() => {
    writer.line(`MENU LABEL ${label}`, path).line('MENU DISABLE', path);
  });
}

function writeSubmenu(
  submenu: Submenu,
  path: string,
  writing: Writing,
  writer: SyslinuxWriter,
): void {
  const { context } = writing;
  const { menu, leftOut } = context;
  writer.line(`MENU BEGIN ${submenu.id}`, path);
  writer.indented(() => {
    writer.line(`MENU LABEL ${markHotkey(submenu)}`, path);
    if (submenu.title !== undefined) {
      writer.line(`MENU TITLE ${submenu.title}`, path);
    }
    if (submenu.passwordHash !== undefined) {
      writer.line(`MENU PASSWD ${submenu.passwordHash}`.trimEnd(), path);
    }
    if (writing.defaults.has(submenu.id)) {
      writer.line('MENU DEFAULT', path);
    }
    if (menu.startId === submenu.id) {
      writer.line('MENU START', path);
    }
    const clock = clockOf(submenu, writing);
    if (clock !== undefined) {
      writer.line(`TIMEOUT ${Math.round(clock * 10)}`, `${path}.timeoutSeconds`);
    }
    if (submenu.theme !== undefined) {
      writeTheme(submenu.theme, `${path}.theme`, writer);
    }
    const { defaultId } = submenu;
    const defaults =
      defaultId === undefined ? writing.defaults : new Set([...writing.defaults, defaultId]);
    writeItems(submenu.items, `${path}.`, { ...writing, defaults }, writer);
    if (!submenu.items.some((item) => isWayBack(item) && !leftOut.has(item))) {
      writer.line(`LABEL ${submenu.id}${BACK_ID_SUFFIX}`, path);
      writer.indented(() => {
        writer.line('MENU LABEL Back', path).line('MENU EXIT', path);
      });
    }
  });
  writer.line('MENU END', path);
}

/**
 * Returns the timeout to write for a submenu, in seconds; undefined to keep that of the enclosing
 * menu. A countdown that boots nothing in the model, or whose entry was left out, must not boot
 * another entry.
 */
function clockOf(
  { id, timeoutSeconds }: Submenu,
  { context: { menu, unattended, isDefaultLost }, ui }: Writing,
): number | undefined {
  // At the prompt, the last TIMEOUT of all menus is the one that counts.
  if (isDefaultLost || ui === 'none') {
    return undefined;
  }
  if (id !== menu.startId || unattended !== undefined) {
    return timeoutSeconds;
  }
  return timeoutSeconds === undefined && firstMenu(menu).timeoutSeconds === 0 ? undefined : 0;
}

function isWayBack(item: MenuItem): boolean {
  return item.type === 'back' && item.disabled !== true;
}
