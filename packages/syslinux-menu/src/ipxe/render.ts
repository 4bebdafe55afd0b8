import { type Diagnostic, hasErrors } from '../diagnostic.js';
import { leaveOut, type LeftOutCode } from '../dialect/leave-out.js';
import { type LossCode, reportLosses } from '../dialect/losses.js';
import { type Menu, type MenuItem, type Submenu } from '../model/menu.js';
import { DEFAULT_RESOLUTION } from '../model/resolution.js';
import { walkItems } from '../model/walk.js';
import { type PathResolver, type RenderResult, renderResult } from '../render-result.js';
import { BACK_ID_SUFFIX } from '../validate/text-rules.js';
import { validateMenu } from '../validate/validate-menu.js';
import { FAILED, writeAction } from './actions.js';
import { losses, obstacle } from './expressible.js';
import { IpxeScript, type IpxeScriptCode } from './script.js';

/** How to render for iPXE. */
export interface RenderIpxeOptions {
  /** Turns paths into URLs. @default paths stay as they are: relative to the script's own URL */
  readonly resolve?: PathResolver;
}

/** Findings that only rendering for iPXE can make. */
export type IpxeRenderCode = LeftOutCode | LossCode | IpxeScriptCode | 'master-password';

/** Labels of the script that are no ids: ids cannot begin with a dot. */
const TOP = '..top';
const SHELL = '..shell';

/**
 * The menu as an iPXE script. Esc goes back, and from the top menu to iPXE's shell unless
 * `allowEditing` is false. A hotkey chooses its item at once. Where the default stands in a submenu,
 * each menu on the way counts down.
 */
export function renderIpxe(menu: Menu, options: RenderIpxeOptions = {}): RenderResult {
  const diagnostics: Diagnostic[] = [...validateMenu(menu)];
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  const leftOut = leaveOut(menu, obstacle, diagnostics);
  reportLosses(menu, losses, diagnostics);
  reportSettings(menu, diagnostics);
  const script = new IpxeScript(options.resolve ?? ((path) => path), diagnostics);
  writeScript(menu, leftOut, script);
  return renderResult(script.text(), diagnostics);
}

function reportSettings(menu: Menu, diagnostics: Diagnostic[]): void {
  if (menu.masterPasswordHash !== undefined) {
    diagnostics.push({
      severity: 'error',
      code: 'master-password' satisfies IpxeRenderCode,
      message: 'iPXE cannot check a master password; set allowEditing to false instead',
      path: 'masterPasswordHash',
    });
  }
  if (menu.serial !== undefined) {
    diagnostics.push({
      severity: 'note',
      code: 'not-shown' satisfies IpxeRenderCode,
      message: 'whether iPXE uses a serial console is decided when it is built',
      path: 'serial',
    });
  }
}

function writeScript(menu: Menu, leftOut: ReadonlySet<MenuItem>, script: IpxeScript): void {
  const { theme, resolution = DEFAULT_RESOLUTION } = menu;
  const milliseconds = Math.round((menu.timeoutSeconds ?? 0) * 1000);
  const context: Context = { defaults: defaultIds(menu), leftOut };
  script.line(`set menu-timeout ${milliseconds}`);
  if (theme?.background !== undefined && !theme.background.startsWith('#')) {
    const picture = script.file(theme.background, 'background', 'theme.background');
    // Builds without the console command or PNG support go on in text.
    script.line(`console --x ${resolution.width} --y ${resolution.height} --picture ${picture} ||`);
  }
  if (menu.hidden === true && milliseconds > 0) {
    const key = `prompt --timeout ${milliseconds} Press any key for the menu`;
    script.line(`${key} && goto ${TOP} ||`);
    if (menu.defaultId !== undefined) script.line(`goto ${menu.defaultId}`);
  }
  script.line('', `:${TOP}`, heading(menu.title, 'title', script));
  writeLevel(menu.items, '', context, script);
  writeChoice(context.defaults.get(TOP), menu.allowEditing === false ? TOP : SHELL, script);
  for (const { item, path, ancestors } of walkItems(menu)) {
    if (leftOut.has(item)) continue;
    const parent = ancestors.at(-1)?.id ?? TOP;
    if (item.type === 'submenu') writeSubmenu(item, path, parent, context, script);
    else if (item.type === 'back') script.line('', `:${item.id}`, `goto ${parentOf(ancestors)}`);
    else if (item.type !== 'separator' && item.type !== 'syslinux' && item.disabled !== true)
      writeAction(item, path, script);
  }
  script.line(
    '',
    `:${FAILED}`,
    'echo It could not be started; the menu comes back in 10 seconds.',
    'sleep 10 ||',
    `goto ${TOP}`,
  );
  if (menu.allowEditing !== false) script.line('', `:${SHELL}`, 'shell', `goto ${TOP}`);
}

/** What is true of the whole menu while its items are written. */
interface Context {
  /** For each menu, the item of it that leads to the default. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly leftOut: ReadonlySet<MenuItem>;
}

/** Where an entry in these submenus goes back to: the menu around the innermost. */
function parentOf(ancestors: readonly Submenu[]): string {
  return ancestors.at(-2)?.id ?? TOP;
}

/** For each menu, the item of it that leads to the default. */
function defaultIds(menu: Menu): ReadonlyMap<string, string> {
  for (const { item, ancestors } of walkItems(menu)) {
    if (item.type === 'separator' || item.id !== menu.defaultId) continue;
    const defaults = new Map<string, string>();
    let menuId = TOP;
    for (const { id } of [...ancestors, item]) {
      defaults.set(menuId, id);
      menuId = id;
    }
    return defaults;
  }
  return new Map();
}

function writeSubmenu(
  submenu: Submenu,
  path: string,
  parent: string,
  context: Context,
  script: IpxeScript,
): void {
  script.line('', `:${submenu.id}`, heading(submenu.title ?? submenu.label, path, script));
  writeLevel(submenu.items, `${path}.`, context, script);
  const back = `${submenu.id}${BACK_ID_SUFFIX}`;
  const hasBack = submenu.items.some(
    (item) => item.type === 'back' && item.disabled !== true && !context.leftOut.has(item),
  );
  if (!hasBack) script.line(`item ${back} Back`);
  writeChoice(context.defaults.get(submenu.id), parent, script);
  if (!hasBack) script.line('', `:${back}`, `goto ${parent}`);
}

function heading(title: string, path: string, script: IpxeScript): string {
  return `menu -- ${script.lastWords(title, path)}`.trimEnd();
}

function writeLevel(
  items: readonly MenuItem[],
  prefix: string,
  context: Context,
  script: IpxeScript,
): void {
  for (const [index, item] of items.entries()) {
    if (context.leftOut.has(item)) continue;
    const path = `${prefix}items[${index}]`;
    const label = script.lastWords(item.label ?? '', `${path}.label`);
    if (item.type === 'separator') {
      script.line(`item --gap -- ${label}`.trimEnd());
    } else if (item.type !== 'submenu' && item.disabled === true) {
      script.line(`item --gap -- ${label}`);
    } else {
      const hotkey = item.hotkey?.toLowerCase();
      const key = hotkey === undefined ? '' : `--key ${script.words(hotkey, `${path}.hotkey`)} `;
      script.line(`item ${key}${script.id(item.id, `${path}.id`)} ${label}`);
    }
  }
}

/** Asks for an item and goes there; Esc goes to `escape`. Any choice of a person ends the countdown. */
function writeChoice(selected: string | undefined, escape: string, script: IpxeScript): void {
  const preset = selected === undefined ? '' : `--default ${selected} `;
  script.line(
    `choose ${preset}--timeout \${menu-timeout} selected || set selected ${escape}`,
    selected === undefined
      ? 'set menu-timeout 0'
      : `iseq \${selected} ${selected} || set menu-timeout 0`,
    'goto ${selected}',
  );
}
