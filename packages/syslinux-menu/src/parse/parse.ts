import { type Diagnostic, type SourceSpan } from '../diagnostics/diagnostic.js';
import { type Menu } from '../model/menu.js';
import { checkConfig } from '../syntax/check/check.js';
import { type CheckCode } from '../syntax/check/report.js';
import { configCommand, parseCommand } from '../syntax/language/command.js';
import { type LoadedConfig, menuAt, ROOT_MENU } from '../syntax/language/loaded.js';
import { type AppendedStrings } from '../syntax/language/sysappend.js';
import { type KeptLine, readConfig, type ReadConfig } from '../syntax/read/config-reader.js';
import { type CoreSettings } from '../syntax/read/core-settings.js';
import { MAX_INCLUDE_DEPTH, MAX_INCLUDES, MAX_TOTAL_CHARACTERS } from '../syntax/read/includes.js';
import { type ReadCode } from '../syntax/read/reader-state.js';
import { CorePlan, type StartPlan } from '../syntax/start/start-plan.js';
import { isForUBoot, readUBoot, type UBootReading } from '../syntax/start/u-boot-plan.js';
import { type Follow, type FollowedConfig, type ModelCode } from '../syntax/to-model/level.js';
import { toModel } from '../syntax/to-model/to-model.js';
import {
  byteString,
  type ByteString,
  decodeText,
  encodeUtf8,
  isUtf8,
  type TextEncoding,
} from '../text/encoding.js';
import { quoted } from '../text/text.js';
import { cleanMenu } from '../validate/clean-menu.js';
import { type MenuDiagnosticCode } from '../validate/findings.js';
import { Places } from './places.js';

/**
 * Returns a file by its name in the menu file, as bytes, or as text to be encoded in UTF-8;
 * undefined if it does not exist, which syslinux ignores silently.
 */
export type FileResolver = (name: string) => string | Uint8Array | undefined;

/** Options for parsing a syslinux file. */
export interface ParseSyslinuxOptions {
  /** Name of the main file in spans. @default 'default' */
  readonly fileName?: string;
  /**
   * Supplies included files, and the configurations that entries lead to (CONFIG,
   * `menu.c32 other.cfg`), which become submenus.
   *
   * @default no files
   */
  readonly resolveInclude?: FileResolver;
  /**
   * Returns true if a file that the configuration names exists; missing files are reported. Called
   * with the name itself and, for modules and files that are only shown, with its path in each of up
   * to 64 PATH directories.
   *
   * @default missing files are not reported
   */
  readonly hasFile?: (name: string) => boolean;
  /**
   * Returns at least the first 5 bytes of a module, by a name that `hasFile` knows; undefined if it cannot be
   * read. These bytes tell modules of syslinux 4 from later ones.
   *
   * @default modules are not read
   */
  readonly readStart?: (name: string) => Uint8Array | undefined;
  /**
   * Loader whose rules apply: U-Boot reads files of the same format in its own way.
   *
   * @default 'u-boot' for a file that names device trees and no menu program, otherwise 'syslinux'
   */
  readonly loader?: 'syslinux' | 'u-boot';
  /** Character encoding of texts in the file. @default UTF-8 if valid, otherwise code page 437 */
  readonly encoding?: TextEncoding;
  /** SYSAPPEND values of the machine, for command lines in the preview. */
  readonly appended?: AppendedStrings;
}

/** Kinds of findings in a syslinux file. */
export type SyslinuxParseCode = ReadCode | CheckCode | ModelCode | MenuDiagnosticCode;

/** Result of parsing a syslinux file. */
export interface ParsedSyslinux {
  /** Portable menu, as far as the model can express the file; without errors. */
  readonly menu: Menu;
  /** Location of each item of the menu, by its path (`items[0].items[2]`). */
  readonly spans: ReadonlyMap<string, SourceSpan>;
  /** First screen, and what boots if no key is pressed. */
  readonly start: StartPlan;
  /**
   * State that the menu program would have in memory, as input of the preview. Each character of its
   * texts is one byte of the file. Without a menu program, the state it would have if it were started.
   */
  readonly loaded: LoadedConfig;
  /** Settings of ldlinux, such as its menu program, default command and serial line. */
  readonly core: Readonly<CoreSettings>;
  /** Every line read, unknown ones included, with included files in place. */
  readonly lines: readonly KeptLine[];
  /** Character encoding of texts in the main file. */
  readonly encoding: TextEncoding;
  /** Findings in the order of the lines. Reading continues after errors. */
  readonly diagnostics: readonly Diagnostic<SyslinuxParseCode>[];
}

/**
 * Reads a configuration file as syslinux 6 does, both the menu program (menu.c32, vesamenu.c32) and
 * ldlinux itself, which keep different parts of it.
 *
 * Takes time linear in the total size of the files read. Throws only what a callback throws.
 *
 * @param source - bytes, or text to be encoded in UTF-8
 */
export function parseSyslinux(
  source: string | Uint8Array,
  options: ParseSyslinuxOptions = {},
): ParsedSyslinux {
  return parseMeasured(source, options, () => undefined);
}

/**
 * Returns only {@link ParsedSyslinux.loaded} of a configuration, without the checks and the portable menu.
 *
 * @internal
 */
export function loadSyslinux(source: string): LoadedConfig {
  return new Parser({}, () => undefined).load(source);
}

/**
 * Same as `parseSyslinux`, but counts its work.
 *
 * @param onWork - called with each piece of work, in units that grow with the size of the input
 * @internal
 */
export function parseMeasured(
  source: string | Uint8Array,
  options: ParseSyslinuxOptions,
  onWork: (units: number) => void,
): ParsedSyslinux {
  return new Parser(options, onWork).parse(source);
}

/** Name that stands for several files passed to a menu program. */
const SEVERAL = '(several files)';

/** Maximum number of times that entries may lead to one file; more would multiply its size. */
const MAX_FOLLOWS = 4;

class Parser {
  readonly #options: ParseSyslinuxOptions;
  readonly #onWork: (units: number) => void;
  readonly #found: Diagnostic<SyslinuxParseCode>[] = [];
  readonly #follows = new Map<string, number>();
  readonly #lines: KeptLine[] = [];
  #main: ByteString = '';
  /** True if a file passed to the menu program is not available. */
  #lacksMenu = false;
  #characters = 0;
  #files = 0;

  constructor(options: ParseSyslinuxOptions, onWork: (units: number) => void) {
    this.#options = options;
    this.#onWork = onWork;
  }

  load(source: string): LoadedConfig {
    return this.#load(toBytes(source)).from.config;
  }

  parse(source: string | Uint8Array): ParsedSyslinux {
    const { hasFile, readStart } = this.#options;
    const bytes = toBytes(source);
    const { main, encoding, first, from } = this.#load(bytes);
    const { plan } = first;
    const onWork = this.#onWork;
    const report = (diagnostic: Diagnostic<SyslinuxParseCode>): void => {
      this.#found.push(diagnostic);
    };
    const files = hasFile === undefined ? undefined : { hasFile, readStart };
    const { unknownDefault } = first;
    const isWhole = main.isWhole && !this.#lacksMenu;
    const checked = { main, isWhole, shown: first.config, plan, bytes, encoding, unknownDefault };
    checkConfig(checked, { files, report, onWork });
    const model = toModel(from, { report, onWork, follow: this.#follow });
    const { menu, findings, origins } = cleanMenu(model.menu);
    const start = menuAt(main.config, ROOT_MENU).span;
    const places = new Places(main.directives);
    const itemSpan = (path: string): SourceSpan | undefined => model.spans.get(itemPath(path));
    const spanOf = (path: string): SourceSpan => {
      const span = itemSpan(path);
      const part = path.slice(itemPath(path).length + 1);
      return span === undefined ? (places.inMenu(path) ?? start) : places.inItem(part, span);
    };
    for (const { path = '', ...finding } of findings) {
      if (!REPORTED_ELSEWHERE.has(finding.code)) {
        report({ ...finding, span: spanOf(path) });
      }
    }
    const spans = new Map([...origins].map(([path, origin]) => [path, spanOf(origin)]));
    return {
      menu,
      spans,
      start: from.plan,
      loaded: from.config,
      core: main.core,
      lines: this.#lines,
      encoding,
      diagnostics: inOrder(this.#found, this.#lines),
    };
  }

  /** Returns the main file, what it starts, and the configuration that it leads to immediately. */
  #load(bytes: ByteString): {
    main: ReadConfig;
    encoding: TextEncoding;
    first: FollowedConfig & Pick<UBootReading, 'unknownDefault'>;
    from: FollowedConfig;
  } {
    const { fileName = 'default' } = this.#options;
    this.#main = bytes;
    const main = this.#read(fileName, bytes);
    const encoding = this.#options.encoding ?? (isUtf8(bytes) ? 'utf-8' : 'cp437');
    const first = this.#planned(fileName, main, encoding);
    return { main, encoding, first, from: this.#configured(first) };
  }

  /** Returns a file as read by ldlinux, the part that the menu program shows, and what starts. */
  #planned(
    name: string,
    main: ReadConfig,
    encoding: TextEncoding,
  ): FollowedConfig & Pick<UBootReading, 'unknownDefault'> {
    const { core, directives } = main;
    const { loader = isForUBoot(core, directives) ? 'u-boot' : 'syslinux' } = this.#options;
    if (loader === 'u-boot') {
      return { name, core, encoding, ...readUBoot(main.config, directives) };
    }
    const corePlan = new CorePlan(core, main.config);
    const shown = this.#shownBy(corePlan, main, encoding);
    const plan = corePlan.plan(shown.config);
    return { name, core, plan, config: shown.config, encoding: shown.encoding };
  }

  /**
   * Returns the configuration that a default CONFIG leads to immediately, since nobody sees the file
   * that contains it; without such a CONFIG, the given one.
   */
  #configured(first: FollowedConfig): FollowedConfig {
    let from = first;
    for (let hops = 0; hops < MAX_INCLUDE_DEPTH; hops += 1) {
      const { unattended } = from.plan;
      if (unattended.type === 'wait' || unattended.afterMs > 0) {
        return from;
      }
      const { type, file } = configCommand(parseCommand(unattended.commandLine));
      const next = type === 'config' ? this.#follow([file], 'config') : undefined;
      if (next === undefined) {
        return from;
      }
      from = next;
    }
    return from;
  }

  /**
   * Returns the configuration that the menu program has in memory: usually that of the main file,
   * otherwise that of the files passed to it.
   */
  #shownBy(
    corePlan: CorePlan,
    main: ReadConfig,
    encoding: TextEncoding,
  ): { config: LoadedConfig; encoding: TextEncoding } {
    const files = corePlan.menu?.files ?? [];
    const others = files.filter((name) => name !== '~');
    if (others.length === 0) {
      return { config: main.config, encoding };
    }
    const other = this.#follow(files, 'menu');
    // With `hasFile`, the missing file is reported separately.
    this.#lacksMenu = other === undefined;
    if (other === undefined && this.#options.hasFile === undefined) {
      const { ui, default: named } = main.core.spans;
      const message = `${quoted(others.join(' '))} is missing, so it is unknown which menu appears`;
      const span = ui ?? named ?? menuAt(main.config, ROOT_MENU).span;
      this.#found.push({ severity: 'note', code: 'include-missing', message, span });
    }
    return other ?? { config: main.config, encoding };
  }

  #read(name: string, bytes: ByteString): ReadConfig {
    const { resolveInclude, appended = {} } = this.#options;
    this.#characters += bytes.length;
    const reading = readConfig(bytes, {
      fileName: name,
      resolve: (file) => {
        if (file === '~' && name === SEVERAL) {
          return this.#main;
        }
        const found = resolveInclude?.(decodeText(file, 'utf-8'));
        return found === undefined ? undefined : toBytes(found);
      },
      appended,
      report: (diagnostic) => {
        this.#found.push(diagnostic);
      },
      onWork: this.#onWork,
    });
    for (const line of reading.lines) {
      if (line.span.file !== SEVERAL) {
        this.#lines.push(line);
      }
    }
    return reading;
  }

  /** Reads the files that a menu program, or another ldlinux, is started with, one after another. */
  readonly #follow: Follow = (names, program) => {
    const resolve = this.#options.resolveInclude;
    if (resolve === undefined) {
      return undefined;
    }
    const texts: ByteString[] = [];
    for (const name of new Set(names)) {
      const count = this.#follows.get(name) ?? 0;
      this.#files += 1;
      if (count >= MAX_FOLLOWS || this.#files > MAX_INCLUDES) {
        return undefined;
      }
      this.#follows.set(name, count + 1);
      const found = name === '~' ? this.#main : resolve(decodeText(name, 'utf-8'));
      if (found === undefined) {
        return undefined;
      }
      texts.push(typeof found === 'string' && name === '~' ? found : toBytes(found));
    }
    const bytes = texts.join('');
    if (this.#characters + bytes.length > MAX_TOTAL_CHARACTERS) {
      return undefined;
    }
    const [name = ''] = names;
    // Several files are read one after another, as if one included them.
    const reading =
      texts.length === 1
        ? this.#read(name, bytes)
        : this.#read(SEVERAL, names.map((each) => `include ${each}\n`).join(''));
    const { config, core } = reading;
    // A menu program is running already; another ldlinux starts from scratch.
    const started =
      program === 'menu'
        ? { ...core, ui: 'menu.c32', defaultCommand: 'menu.c32', implicit: true }
        : core;
    const plan = new CorePlan(started, config).plan(config);
    return { name, config, core, plan, encoding: isUtf8(bytes) ? 'utf-8' : 'cp437' };
  };
}

/** Codes of findings that the reader or the checker reports more precisely. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set(['no-default', 'non-ascii', 'empty-menu']);

function toBytes(source: string | Uint8Array): ByteString {
  return typeof source === 'string' ? encodeUtf8(source) : byteString(source);
}

/** Returns the path of the item that contains a path. */
function itemPath(path: string): string {
  return /^items\[\d+\](?:\.items\[\d+\])*/.exec(path)?.[0] ?? '';
}

/** Returns the findings in the order of the lines, as syslinux reads them. */
function inOrder(
  found: readonly Diagnostic<SyslinuxParseCode>[],
  lines: readonly KeptLine[],
): readonly Diagnostic<SyslinuxParseCode>[] {
  const places = new Map<string, number>();
  for (const [index, { span }] of lines.entries()) {
    const key = `${span.line} ${span.file}`;
    if (!places.has(key)) {
      places.set(key, index);
    }
  }
  const placeOf = ({ span }: Diagnostic): number =>
    places.get(`${String(span?.line)} ${String(span?.file)}`) ?? -1;
  return found
    .map((diagnostic) => ({ diagnostic, place: placeOf(diagnostic) }))
    .sort((one, other) => one.place - other.place)
    .map(({ diagnostic }) => diagnostic);
}
