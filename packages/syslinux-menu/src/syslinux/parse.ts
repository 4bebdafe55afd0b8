import { type Diagnostic, type SourceSpan } from '../diagnostic.js';
import { type Menu } from '../model/menu.js';
import { type CheckCode, checkConfig } from './check.js';
import { type LoadedConfig } from './loaded.js';
import { type KeptLine, readConfig } from './read/config-reader.js';
import { type IncludeResolver } from './read/includes.js';
import { type AppendedStrings } from './read/label-data.js';
import { type CoreSettings } from './read/core-settings.js';
import { type ReadCode } from './read/reader-state.js';
import { type ModelCode, toModel } from './to-model.js';

/** How to parse a syslinux file. */
export interface ParseSyslinuxOptions {
  /** What the main file is called in spans. @default 'default' */
  readonly fileName?: string;
  /** Gives included files. @default there are none */
  readonly resolveInclude?: IncludeResolver;
  /**
   * Whether a module or picture that the menu refers to is there; missing ones are noted. Asked for
   * the name itself, then in up to 64 directories of PATH.
   *
   * @default nothing is said about them
   */
  readonly hasFile?: (name: string) => boolean;
  /** What SYSAPPEND appends on the machine at hand, for command lines in the preview. */
  readonly appended?: AppendedStrings;
  /** Told of each piece of work, in units that grow with the size of the input. */
  readonly onWork?: (units: number) => void;
}

/** Kinds of findings in a syslinux file. */
export type SyslinuxParseCode = ReadCode | CheckCode | ModelCode;

/** What a syslinux file says. */
export interface ParsedSyslinux {
  /** The portable menu, as far as the file can be said in the model. */
  readonly menu: Menu;
  /** Where each item of the menu begins, by its path (`items[0].items[2]`). */
  readonly spans: ReadonlyMap<string, SourceSpan>;
  /** What the menu program would have in memory: input of the preview. */
  readonly loaded: LoadedConfig;
  /** What ldlinux keeps: its menu program, default command, serial line and the like. */
  readonly core: Readonly<CoreSettings>;
  /** Every line read, unknown ones too, included files in place. */
  readonly lines: readonly KeptLine[];
  /** In the order found. Errors do not keep the rest from being read. */
  readonly diagnostics: readonly Diagnostic<SyslinuxParseCode>[];
}

/**
 * Reads a configuration file as syslinux 6 does, both the menu program (menu.c32, vesamenu.c32) and
 * ldlinux itself, which keep different parts of it.
 *
 * Takes time linear in the size of all that is read. Never throws.
 */
export function parseSyslinux(text: string, options: ParseSyslinuxOptions = {}): ParsedSyslinux {
  const diagnostics: Diagnostic<SyslinuxParseCode>[] = [];
  const { fileName = 'default', appended = {}, onWork = (): void => undefined } = options;
  const report = (diagnostic: Diagnostic<SyslinuxParseCode>): void =>
    void diagnostics.push(diagnostic);
  const resolve = options.resolveInclude ?? ((): undefined => undefined);
  const reading = readConfig(text, { fileName, resolve, appended, report, onWork });
  checkConfig(reading, { hasFile: options.hasFile, report, onWork });
  const { menu, spans } = toModel(reading.config, reading.core, { report, onWork });
  const { config, core, lines } = reading;
  return { menu, spans, loaded: config, core, lines, diagnostics };
}
