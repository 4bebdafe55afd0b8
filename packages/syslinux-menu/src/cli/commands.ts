import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

import { type Diagnostic, formatDiagnostic, type Severity } from '../diagnostics/diagnostic.js';
import { safeRender } from '../dialect/render.js';
import { type DialectName, DIALECTS } from '../dialects/registry.js';
import { safeRenderSyslinux } from '../dialects/syslinux/render.js';
import { DEFAULT_RESOLUTION, isResolution } from '../model/resolution.js';
import { type ParsedSyslinux, parseSyslinux } from '../parse/parse.js';
import { paintAnsi } from '../preview/ansi.js';
import { type ScreenGrid } from '../preview/screen-grid.js';
import { paintSvg } from '../preview/svg.js';
import { layoutMenu } from '../preview/view.js';
import { graphicsScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import { menuAt } from '../syntax/language/loaded.js';
import { encodeText } from '../text/encoding.js';
import { withoutControls } from '../text/text.js';
import { describeMenu } from './describe.js';
import { type MenuFileOptions, parseOptionsFor, STANDARD_INPUT } from './menu-files.js';

/** Thrown when a file given to a command cannot be used. */
export class MenuFileError extends Error {
  override readonly name = 'MenuFileError';
  /** Machine-readable code. */
  readonly code: 'ERR_MENU_FILE_UNREADABLE' | 'ERR_MENU_NOTHING_LEFT';

  constructor(code: MenuFileError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Reads and parses a menu file.
 *
 * @param file - path, or `-` for standard input
 * @throws {@link MenuFileError} with code `ERR_MENU_FILE_UNREADABLE` when it cannot be read
 */
export function parseMenuFile(file: string, options: MenuFileOptions = {}): ParsedSyslinux {
  return parseSyslinux(readMenuFile(file, options), parseOptionsFor(file, options));
}

function readMenuFile(file: string, { standardInput }: MenuFileOptions): Uint8Array {
  if (file === STANDARD_INPUT) {
    return standardInput ?? new Uint8Array();
  }
  try {
    return readFileSync(file);
  } catch (error) {
    // Without the system call, and without the path, which this message already names.
    const reason = (error as Error).message.replace(/, .*/s, '');
    throw new MenuFileError('ERR_MENU_FILE_UNREADABLE', `cannot read ${file}: ${reason}`, {
      cause: error,
    });
  }
}

/** Options of {@link checkMenuFile}. */
export interface CheckMenuOptions extends MenuFileOptions {
  /** Formats the report as JSON. @default false */
  readonly json?: boolean;
  /** Fails on warnings, too. @default false */
  readonly strict?: boolean;
}

/** Report of a check. */
export interface CheckReport {
  /** Lines for standard output. */
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/** Codes of findings that matter only to other loaders; a check for syslinux does not report them. */
const ABOUT_MODEL: ReadonlySet<string> = new Set([
  'not-in-model',
  'text-changed',
  'entry-added',
  'clock-changed',
  'left-out',
]);

/**
 * Checks a menu file: reports how syslinux reads it, and what is wrong with it.
 *
 * @throws {@link MenuFileError} with code `ERR_MENU_FILE_UNREADABLE` when it cannot be read
 */
export function checkMenuFile(file: string, options: CheckMenuOptions = {}): CheckReport {
  const parsed = parseMenuFile(file, options);
  const findings = parsed.diagnostics.filter(({ code }) => !ABOUT_MODEL.has(code));
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const ok = errors === 0 && (options.strict !== true || warnings === 0);
  if (options.json === true) {
    const report = JSON.stringify(jsonReport(file, parsed, findings, ok), null, 2);
    return { lines: report.split('\n').map(withoutControls), ok };
  }
  const sum = [
    `${parsed.lines.length} lines`,
    counted(findings.length, 'finding'),
    errors === 0 ? 'no errors' : counted(errors, 'error'),
    warnings === 0 ? 'no warnings' : counted(warnings, 'warning'),
  ].join(', ');
  const name = file === STANDARD_INPUT ? 'standard input' : file;
  return {
    lines: [
      ...findings.map(formatDiagnostic),
      ...describeMenu(parsed),
      withoutControls(`${name}: ${sum}`),
    ],
    ok,
  };
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function jsonReport(
  file: string,
  { menu, start, encoding }: ParsedSyslinux,
  findings: readonly Diagnostic[],
  ok: boolean,
): object {
  const { shows, program, fault, unattended } = start;
  return {
    file,
    ok,
    encoding,
    start: {
      shows,
      ...(program !== undefined && { program }),
      ...(fault !== undefined && { fault }),
      unattended:
        unattended.type === 'wait'
          ? { type: 'wait' }
          : {
              type: 'boot',
              afterSeconds: unattended.afterMs / 1000,
              commandLine: unattended.commandLine,
            },
    },
    findings,
    menu,
  };
}

/** Options of {@link showMenuFile}. */
export interface ShowMenuOptions extends MenuFileOptions {
  /** Output format: text with ANSI colours, plain text, or an SVG picture. @default 'text' */
  readonly as?: 'ansi' | 'text' | 'svg';
}

/**
 * Draws the first screen of a menu file. If the file starts no menu program, draws what `menu.c32`
 * would show.
 *
 * @throws {@link MenuFileError} with code `ERR_MENU_FILE_UNREADABLE` when it cannot be read
 */
export function showMenuFile(file: string, options: ShowMenuOptions = {}): string {
  const grid = screenOf(parseMenuFile(file, options));
  switch (options.as ?? 'text') {
    case 'ansi':
      return paintAnsi(grid);
    case 'text':
      return stripVTControlCharacters(paintAnsi(grid));
    case 'svg':
      return paintSvg(grid);
  }
}

/** Returns the screen that the menu is drawn on: graphics for `vesamenu.c32`, otherwise text. */
export function screenFor({ start, loaded }: ParsedSyslinux): typeof TEXT_SCREEN {
  if (start.program !== 'vesamenu.c32') {
    return TEXT_SCREEN;
  }
  const { resolution = DEFAULT_RESOLUTION } = loaded;
  const { width, height } = isResolution(resolution) ? resolution : DEFAULT_RESOLUTION;
  return graphicsScreen(width, height);
}

function screenOf(parsed: ParsedSyslinux): ScreenGrid {
  const { loaded } = parsed;
  const ms = menuAt(loaded, loaded.startMenu).timeoutMs;
  const view = ms >= 1000 ? { seconds: Math.floor(ms / 1000) } : {};
  return layoutMenu(loaded, view, screenFor(parsed));
}

/** A converted menu file. */
export interface ConvertedMenu {
  /** The converted file: in the encoding of the original for syslinux, otherwise in UTF-8. */
  readonly bytes: Uint8Array;
  /** All findings from parsing and rendering, losses included, one formatted line each. */
  readonly losses: readonly string[];
}

/**
 * Converts a menu file for another boot loader.
 *
 * @throws {@link MenuFileError} with code `ERR_MENU_FILE_UNREADABLE` when it cannot be read, and
 *   `ERR_MENU_NOTHING_LEFT` when the loader cannot start any of its entries
 */
export function convertMenuFile(
  file: string,
  dialect: DialectName,
  options: MenuFileOptions = {},
): ConvertedMenu {
  const parsed = parseMenuFile(file, options);
  const { menu, diagnostics, start, encoding, spans } = parsed;
  const ui = start.program === undefined ? {} : { ui: start.program };
  const result =
    dialect === 'syslinux' ? safeRenderSyslinux(menu, ui) : safeRender(menu, DIALECTS[dialect], {});
  const placed = result.findings.map((finding): Diagnostic => {
    const { path, ...rest } = finding;
    const span = spans.get(/^items\[\d+\](?:\.items\[\d+\])*/.exec(String(path))?.[0] ?? '');
    return span === undefined ? finding : { ...rest, span };
  });
  const losses = [...diagnostics, ...placed].map(formatDiagnostic);
  if (!result.ok) {
    const message = [
      `${file}: ${DIALECTS[dialect].name} cannot start any of its entries`,
      ...losses,
    ];
    throw new MenuFileError('ERR_MENU_NOTHING_LEFT', message.join('\n'));
  }
  return { bytes: encodeText(result.text, dialect === 'syslinux' ? encoding : 'utf-8'), losses };
}
