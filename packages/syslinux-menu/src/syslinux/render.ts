import { type Diagnostic, hasErrors } from '../diagnostic.js';
import { leaveOut, type LeftOutCode, type NamedItem } from '../dialect/leave-out.js';
import { type Menu, type MenuItem, type Submenu } from '../model/menu.js';
import { walkItems } from '../model/walk.js';
import { type PathResolver, type RenderResult, renderResult } from '../render-result.js';
import { isCryptHash } from '../validate/item-rules.js';
import { BACK_ID_SUFFIX } from '../validate/text-rules.js';
import { validateMenu } from '../validate/validate-menu.js';
import { markHotkey, writeEntry } from './render-entry.js';
import { writeTheme } from './render-theme.js';
import { SyslinuxWriter, type SyslinuxWriterCode } from './writer.js';

/**
 * The program that draws the menu: `vesamenu.c32` in graphics, `menu.c32` in text; `none` leaves a
 * `boot:` prompt that lists the entries' ids.
 */
export type SyslinuxUi = 'vesamenu.c32' | 'menu.c32' | 'none';

/** How to render for syslinux. */
export interface RenderSyslinuxOptions {
  /** @default 'vesamenu.c32' */
  readonly ui?: SyslinuxUi;
  /** Turns paths into TFTP paths or http:// URLs. @default paths stay as they are */
  readonly resolve?: PathResolver;
}

/** Findings that only rendering for syslinux can make. */
export type SyslinuxRenderCode = LeftOutCode | SyslinuxWriterCode | 'master-password';

/**
 * The menu as a configuration file for syslinux, pxelinux and lpxelinux 6.
 *
 * The default is booted when the time is over wherever it stands: in a submenu through ONTIMEOUT.
 * Each submenu gets a `Back` entry if it has none. The text depends on nothing but the arguments.
 */
export function renderSyslinux(menu: Menu, options: RenderSyslinuxOptions = {}): RenderResult {
  const diagnostics: Diagnostic[] = [...validateMenu(menu)];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const { ui = 'vesamenu.c32', resolve = (path: string): string => path } = options;
  const leftOut = leaveOut(menu, (item) => passwordObstacle(item, ui), diagnostics);
  if (menu.masterPasswordHash !== undefined && !isCryptHash(menu.masterPasswordHash)) {
    diagnostics.push({
      severity: 'error',
      code: 'master-password' satisfies SyslinuxRenderCode,
      message: 'syslinux cannot check the master password; give it a crypt(3) hash',
      path: 'masterPasswordHash',
    });
  }
  const writer = new SyslinuxWriter(resolve, diagnostics);
  writeMenu(menu, ui, leftOut, writer);
  return renderResult(writer.text(), diagnostics);
}

function passwordObstacle(item: NamedItem, ui: SyslinuxUi): string | undefined {
  if (item.passwordHash === undefined) return undefined;
  if (ui === 'none') return 'the boot: prompt asks for no passwords';
  return isCryptHash(item.passwordHash)
    ? undefined
    : 'syslinux cannot check its password; give it a crypt(3) hash';
}

function writeMenu(
  menu: Menu,
  ui: SyslinuxUi,
  leftOut: ReadonlySet<MenuItem>,
  writer: SyslinuxWriter,
): void {
  if (menu.serial !== undefined) {
    writer.line(`SERIAL ${menu.serial.port} ${menu.serial.baud ?? 9600}`, 'serial');
  }
  const defaults = defaultIds(menu);
  if (ui === 'none') writePromptHeader(menu, leftOut, writer);
  else writer.line(`UI ${ui}`, '').line('PROMPT 0', '');
  if (menu.allowEditing === false) {
    writer.line('ALLOWOPTIONS 0', '').line('NOESCAPE 1', '');
    // Beside a UI, IMPLICIT 0 would keep syslinux from starting the menu program itself.
    if (ui === 'none') writer.line('IMPLICIT 0', '');
  }
  const tenths = Math.round((menu.timeoutSeconds ?? 0) * 10);
  if (tenths > 0) writer.line(`TIMEOUT ${tenths}`, 'timeoutSeconds');
  // The countdown runs in the top menu, where a selected submenu has nothing to boot.
  if (tenths > 0 && menu.defaultId !== undefined && defaults.size > 1) {
    writer.line(`ONTIMEOUT ${menu.defaultId}`, 'defaultId');
  }
  if (menu.hidden === true) writer.line('MENU HIDDEN', 'hidden');
  if (menu.resolution !== undefined) {
    writer.line(`MENU RESOLUTION ${menu.resolution.width} ${menu.resolution.height}`, 'resolution');
  }
  if (menu.masterPasswordHash !== undefined) {
    writer.line(`MENU MASTER PASSWD ${menu.masterPasswordHash}`, 'masterPasswordHash');
  }
  if (menu.title !== '') writer.line(`MENU TITLE ${menu.title}`, 'title');
  if (menu.theme !== undefined) writeTheme(menu.theme, 'theme', writer);
  writeItems(menu.items, '', { defaults, leftOut }, writer);
}

/** Without a menu program: say what can be typed. */
function writePromptHeader(
  menu: Menu,
  leftOut: ReadonlySet<MenuItem>,
  writer: SyslinuxWriter,
): void {
  if (menu.defaultId !== undefined) writer.line(`DEFAULT ${menu.defaultId}`, 'defaultId');
  writer.line('PROMPT 1', '');
  if (menu.title !== '') writer.line(`SAY ${menu.title}`, 'title');
  for (const { item, path } of walkItems(menu)) {
    if (item.type === 'separator' || item.type === 'submenu' || item.type === 'back') continue;
    if (item.disabled !== true && !leftOut.has(item))
      writer.line(`SAY ${item.id} - ${item.label}`, path);
  }
}

/** The ids of the default entry and of the submenus that lead to it. */
function defaultIds(menu: Menu): ReadonlySet<string> {
  for (const { item, ancestors } of walkItems(menu)) {
    if (item.type !== 'separator' && item.id === menu.defaultId) {
      return new Set([item.id, ...ancestors.map((submenu) => submenu.id)]);
    }
  }
  return new Set();
}

/** What is true of the whole menu while its items are written. */
interface Context {
  /** Ids of the default and of the submenus that lead to it. */
  readonly defaults: ReadonlySet<string>;
  readonly leftOut: ReadonlySet<MenuItem>;
}

function writeItems(
  items: readonly MenuItem[],
  prefix: string,
  context: Context,
  writer: SyslinuxWriter,
): void {
  for (const [index, item] of items.entries()) {
    if (context.leftOut.has(item)) continue;
    const path = `${prefix}items[${index}]`;
    if (item.type === 'separator') writeSeparator(item.label, path, writer);
    else if (item.type === 'submenu') writeSubmenu(item, path, context, writer);
    else writeEntry(item, path, context.defaults.has(item.id), writer);
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
  context: Context,
  writer: SyslinuxWriter,
): void {
  writer.line(`MENU BEGIN ${submenu.id}`, path);
  writer.indented(() => {
    writer.line(`MENU LABEL ${markHotkey(submenu)}`, path);
    if (submenu.title !== undefined) writer.line(`MENU TITLE ${submenu.title}`, path);
    if (submenu.passwordHash !== undefined)
      writer.line(`MENU PASSWD ${submenu.passwordHash}`, path);
    if (context.defaults.has(submenu.id)) writer.line('MENU DEFAULT', path);
    if (submenu.theme !== undefined) writeTheme(submenu.theme, `${path}.theme`, writer);
    writeItems(submenu.items, `${path}.`, context, writer);
    if (!submenu.items.some((item) => isWayBack(item) && !context.leftOut.has(item))) {
      writer.line(`LABEL ${submenu.id}${BACK_ID_SUFFIX}`, path);
      writer.indented(() => {
        writer.line('MENU LABEL Back', path).line('MENU EXIT', path);
      });
    }
  });
  writer.line('MENU END', path);
}

function isWayBack(item: MenuItem): boolean {
  return item.type === 'back' && item.disabled !== true;
}
