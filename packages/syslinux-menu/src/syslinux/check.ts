import { type Diagnostic, type SourceSpan } from '../diagnostic.js';
import { quoted, trimBlanks, utf8Length } from '../text.js';
import { wordAt } from './keyword.js';
import { MAX_COMMAND_LINE_BYTES, MAX_FILE_NAME_BYTES } from './limits.js';
import {
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
  ROOT_MENU,
} from './loaded.js';
import { type ReadConfig } from './read/config-reader.js';

/** Findings about a file as a whole. */
export type CheckCode =
  | 'duplicate-label'
  | 'label-with-blanks'
  | 'command-line-too-long'
  | 'file-name-too-long'
  | 'empty-menu'
  | 'missing-default'
  | 'clock-never-runs'
  | 'implicit-with-ui'
  | 'missing-file';

type Report = (diagnostic: Diagnostic<CheckCode>) => void;

/** Checks what has been read: what will not do what it seems to say. */
export function checkConfig(
  reading: ReadConfig,
  options: {
    readonly hasFile: ((name: string) => boolean) | undefined;
    readonly report: Report;
    readonly onWork: (units: number) => void;
  },
): void {
  const { hasFile, report, onWork } = options;
  const { config, core } = reading;
  // What concerns the whole file is reported where it begins.
  const start = menuAt(config, ROOT_MENU).span;
  const appendBytes = lastResult(utf8Length);
  for (const menu of config.menus) {
    onWork(1 + menu.entries.length);
    for (const entry of menu.entries) checkEntry(entry, appendBytes, report);
  }
  checkLabels(config, report);
  checkMenus(config, report);
  checkCountdown(config, start, report);
  if (core.ui !== undefined && !core.implicit) {
    const message =
      'IMPLICIT 0 keeps syslinux from starting the menu program that UI names: nothing comes up';
    report({ severity: 'error', code: 'implicit-with-ui', message, span: start });
  }
  if (hasFile !== undefined) checkFiles(reading, hasFile, start, report);
}

/** Remembers the last result: labels share the global APPEND, which may be long. */
function lastResult(measure: (text: string) => number): (text: string) => number {
  let last = { text: '', result: 0 };
  return (text) => {
    if (text !== last.text) last = { text, result: measure(text) };
    return last.result;
  };
}

function checkEntry(
  entry: LoadedEntry,
  appendBytes: (text: string) => number,
  report: Report,
): void {
  const { commandLine, boot, span } = entry;
  const rest = (commandLine?.length ?? 0) - boot.append.length;
  // What is not APPEND is mostly file names, where a character is a byte.
  const bytes = commandLine === undefined ? 0 : appendBytes(boot.append) + rest;
  if (bytes > MAX_COMMAND_LINE_BYTES) {
    const message = `the command line has ${bytes} bytes; syslinux and the kernel take ${MAX_COMMAND_LINE_BYTES}`;
    report({ severity: 'error', code: 'command-line-too-long', message, span });
  }
  const files = [boot.file, ...(boot.initrd ?? '').split(',')];
  const longest = Math.max(...files.slice(0, 16).map(utf8Length));
  if (entry.action === 'command' && longest > MAX_FILE_NAME_BYTES) {
    const message = `a file name has ${longest} bytes; syslinux takes ${MAX_FILE_NAME_BYTES}`;
    report({ severity: 'error', code: 'file-name-too-long', message, span });
  }
}

function checkLabels(config: LoadedConfig, report: Report): void {
  const first = new Map<string, LoadedEntry>();
  for (const entry of config.menus.flatMap((menu) => menu.entries)) {
    const { label, span } = entry;
    if (label === undefined) continue;
    const other = first.get(label);
    if (other === undefined) {
      first.set(label, entry);
    } else {
      // Debian itself repeats labels whose entries do the same.
      const isSame = other.action === entry.action && other.commandLine === entry.commandLine;
      const message = `there is another LABEL ${quoted(label)}; typed or named, only the first is found`;
      const severity = isSame ? 'note' : 'warning';
      report({ severity, code: 'duplicate-label', message, span });
    }
    if (wordAt(label, 0) !== trimBlanks(label)) {
      const message = `LABEL ${quoted(label)} has blanks: the boot prompt knows only its first word`;
      report({ severity: 'warning', code: 'label-with-blanks', message, span });
    }
  }
}

function checkMenus(config: LoadedConfig, report: Report): void {
  for (const [index, menu] of config.menus.entries()) {
    if (index < ROOT_MENU) continue;
    if (menu.entries.every((entry) => entry.action === 'disabled')) {
      const name = menu.tag === undefined ? 'a menu' : `the menu ${quoted(menu.tag)}`;
      const message = `${name} has nothing to select`;
      const severity = index === ROOT_MENU ? 'error' : 'warning';
      report({ severity, code: 'empty-menu', message, span: menu.span });
    }
  }
}

/** The countdown runs only while the default is selected, and boots what that says. */
function checkCountdown(config: LoadedConfig, start: SourceSpan, report: Report): void {
  const menu = config.menus[config.startMenu];
  if (menu === undefined || menu.timeoutMs === 0 || menu.entries.length === 0) return;
  const entry = menu.entries[menu.defaultEntry];
  if (entry === undefined || entry.action === 'disabled') {
    const message =
      'the first entry cannot be selected and no other is the default: the countdown never runs';
    report({ severity: 'warning', code: 'clock-never-runs', message, span: start });
  } else if (entry.action !== 'command' && menu.onTimeout === undefined) {
    const message = 'when the time is over, the selected entry has nothing to boot; say ONTIMEOUT';
    report({ severity: 'warning', code: 'missing-default', message, span: entry.span });
  } else if (!menu.hasDefault && menu.onTimeout === undefined) {
    const message = 'no entry is the default; when the time is over, the first one boots';
    report({ severity: 'note', code: 'missing-default', message, span: start });
  }
}

/** How many directories of PATH are searched: each costs a look for each file. */
const MAX_DIRECTORIES = 64;

/** Modules, pictures and texts that the menu names. Kernels are not looked for. */
function checkFiles(
  reading: ReadConfig,
  hasFile: (name: string) => boolean,
  start: SourceSpan,
  report: Report,
): void {
  const { config, core } = reading;
  const directories = [...new Set(core.path)].slice(0, MAX_DIRECTORIES);
  const checked = new Set<string>();
  const check = (name: string, span: SourceSpan): void => {
    if (name === '' || checked.has(name)) return;
    checked.add(name);
    if (hasFile(name) || directories.some((directory) => hasFile(joined(directory, name)))) return;
    const message = `${quoted(name)} is named here and is not there`;
    report({ severity: 'note', code: 'missing-file', message, span });
  };
  if (core.ui !== undefined) check(wordAt(core.ui, 0), start);
  for (const { file, span } of core.files) check(file, span);
  for (const menu of config.menus) checkMenuFiles(menu, check);
}

function checkMenuFiles(menu: LoadedMenu, check: (name: string, span: SourceSpan) => void): void {
  if (!menu.background.startsWith('#')) check(menu.background, menu.span);
  for (const { boot, action, span } of menu.entries) {
    const isModule = boot.type === 'com32' || /\.c32$/i.test(boot.file);
    if (action === 'command' && isModule) check(trimBlanks(boot.file), span);
  }
}

function joined(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
