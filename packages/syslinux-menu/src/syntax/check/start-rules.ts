import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { quoted } from '../../text/text.js';
import { menuProgramOf, parseCommand } from '../language/command.js';
import { wordAt } from '../language/keyword.js';
import { type LoadedConfig, type LoadedEntry, menuAt, ROOT_MENU } from '../language/loaded.js';
import { closestWord } from '../language/spelling.js';
import { type Rules } from './report.js';

/** Checks what appears first, and what boots without a key press. */
export function checkStart(rules: Rules): void {
  const { checked, start, tell, isWhole } = rules;
  // U-Boot shows its own menu and, without a DEFAULT, boots the first label.
  if (checked.plan.loader === 'u-boot') {
    const { unknownDefault: unknown, plan } = checked;
    if (unknown === undefined || plan.chosen === undefined) {
      return;
    }
    const what = `${quoted(unknown.name)} is not a label here: U-Boot boots the first, ${quoted(plan.chosen.name)}`;
    tell('warning', 'unknown-label', what, unknown.span);
    return;
  }
  const { main, plan, shown } = checked;
  const { core } = main;
  if (plan.fault === 'no-default') {
    const labels = shown.menus
      .flatMap(({ entries }) => entries)
      .filter(({ label }) => label !== undefined);
    const message =
      'there is no DEFAULT and no UI: syslinux stops at its boot: prompt, and shows no menu. Write UI menu.c32, or DEFAULT and a label';
    // A file without labels is probably included by others, and a missing file may contain labels.
    const isSure = labels.length > 0 && isWhole;
    tell(isSure ? 'error' : 'note', 'nothing-starts', message, start);
  } else if (plan.fault === 'implicit') {
    const message =
      'with IMPLICIT 0, syslinux starts only labels, and DEFAULT or UI does not name one, so nothing starts';
    tell('error', 'implicit-with-ui', message, placeOr(core.spans.implicit, start));
  }
  checkDefaults(rules);
  checkNames(rules);
  checkMenus(rules);
  checkCountdown(shown, placeOr(core.spans.timeout, start), rules);
}

/** Reports a DEFAULT that would start a menu but is overridden by a later one that does not. */
function checkDefaults({ checked, tell }: Rules): void {
  const { directives, core } = checked.main;
  if (core.ui !== undefined) {
    return;
  }
  const defaults = directives.filter(({ keyword }) => keyword === 'DEFAULT');
  const last = defaults.at(-1);
  const startsMenu = (value: string): boolean => menuProgramOf(parseCommand(value)) !== undefined;
  if (last === undefined || startsMenu(last.value)) {
    return;
  }
  const menu = defaults.find(({ value }) => startsMenu(value));
  if (menu === undefined) {
    return;
  }
  const name = quoted(wordAt(last.value, 0));
  const what = `only the last DEFAULT counts: ${name} starts, and ${quoted(wordAt(menu.value, 0))} on line ${menu.span.line} does not; use UI to start the menu`;
  tell('warning', 'no-menu', what, last.span);
}

/** Reports DEFAULT and ONTIMEOUT with a label that does not exist. */
function checkNames({ checked, tell }: Rules): void {
  const { main } = checked;
  const { core, config, directives } = main;
  const labels = new Map<string, LoadedEntry>();
  for (const entry of config.menus.flatMap((menu) => menu.entries)) {
    if (entry.label !== undefined) {
      labels.set(wordAt(entry.label, 0), entry);
    }
  }
  if (labels.size === 0) {
    return;
  }
  for (const { keyword, value, span } of directives) {
    if (keyword !== 'DEFAULT' && keyword !== 'ONTIMEOUT') {
      continue;
    }
    const word = wordAt(value, 0);
    // A word with a dot, slash or colon is a file name, and `menu` and `vesamenu` are modules; any other word is
    // meant as a label.
    if (word === '' || labels.has(word) || /[./:]/.test(word) || NAMES_OF_MODULES.test(word)) {
      continue;
    }
    const isIdle = keyword === 'DEFAULT' && (core.ui !== undefined || value !== core.globalDefault);
    if (isIdle && value !== core.globalDefault) {
      continue;
    }
    const meant = closestWord(word, [...labels.keys()].slice(0, MAX_LABELS));
    const hint = meant === undefined ? '' : `; did you mean ${quoted(meant)}?`;
    const what = isIdle
      ? `${keyword} names ${quoted(word)}, which is not a label here: another entry is selected${hint}`
      : `${keyword} names ${quoted(word)}, which is not a label here: syslinux looks for a kernel with that name${hint}`;
    tell('warning', 'unknown-label', what, span);
  }
}

/** Maximum number of labels to compare with an unknown name. */
const MAX_LABELS = 256;

/** Names of the menu programs without their suffix, which syslinux adds. */
const NAMES_OF_MODULES = /^(?:vesa)?menu$/;

function checkMenus({ checked, isWhole, start, tell }: Rules): void {
  const { shown, plan } = checked;
  for (const [index, menu] of shown.menus.entries()) {
    if (index < ROOT_MENU || menu.entries.some(({ action }) => action !== 'disabled')) {
      continue;
    }
    const isTop = index === ROOT_MENU;
    const name = isTop ? 'the menu' : `the menu ${quoted(menu.tag ?? menu.title)}`;
    const isShown = isTop && plan.program !== undefined;
    // A missing file may contain entries.
    const severity = !isWhole || (isTop && !isShown) ? 'note' : isTop ? 'error' : 'warning';
    tell(severity, 'empty-menu', `${name} has nothing to select`, isTop ? start : menu.span);
  }
  checkMenuDefaults(shown, tell);
}

/** Reports MENU DEFAULT of more than one entry in a menu. */
function checkMenuDefaults(config: LoadedConfig, tell: Rules['tell']): void {
  for (const menu of config.menus) {
    const marked = menu.entries.filter(({ isDefault }) => isDefault);
    const [first] = marked;
    const last = marked.at(-1);
    if (first === undefined || last === undefined || first === last) {
      continue;
    }
    const what = `${quoted(first.text)} also has MENU DEFAULT; the last one counts`;
    tell('warning', 'second-default', what, last.span);
  }
}

/** Checks that the countdown, which only runs while the default is selected, boots that entry. */
function checkCountdown(config: LoadedConfig, span: SourceSpan, { checked, tell }: Rules): void {
  const { plan } = checked;
  const menu = menuAt(config, config.startMenu);
  if (plan.program === undefined || menu.timeoutMs === 0 || menu.entries.length === 0) {
    return;
  }
  const entry = menu.entries[menu.defaultEntry];
  if (entry === undefined || entry.action === 'disabled') {
    const message =
      'the first entry cannot be selected and no other is the default: the countdown never runs';
    tell('warning', 'clock-never-runs', message, span);
  } else if (entry.action !== 'command' && menu.onTimeout === undefined) {
    const message = 'the entry selected at the timeout does not boot anything; set ONTIMEOUT';
    tell('warning', 'missing-default', message, entry.span);
  } else if (!menu.hasDefault && menu.onTimeout === undefined) {
    const message = `no entry is the default; after the timeout, the first one boots: ${quoted(entry.text)}`;
    tell('note', 'missing-default', message, span);
  }
}

/** Returns the location of a setting, or the start of the file if the setting is absent. */
function placeOr(span: SourceSpan | undefined, start: SourceSpan): SourceSpan {
  return span ?? start;
}
