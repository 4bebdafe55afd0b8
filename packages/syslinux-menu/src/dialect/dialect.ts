import { type Diagnostic } from '../diagnostics/diagnostic.js';
import { type Menu, type MenuItem } from '../model/menu.js';
import { type UnattendedBoot } from '../model/unattended.js';
import { type MenuDiagnosticCode } from '../validate/findings.js';

/** Purpose of a path in the menu; a resolver may treat pictures differently from kernels. */
export type PathRole = 'kernel' | 'initrd' | 'program' | 'background' | 'theme' | 'device-tree';

/**
 * Translates a path of the menu into the name that the loader fetches: a TFTP path, an http:// URL,
 * or GRUB's `(http,host:port)/path`. Must return the same name for the same path. Returns undefined
 * if the loader cannot fetch the file; the entry or setting that names it is then left out.
 */
export type PathResolver = (path: string, role: PathRole) => string | undefined;

/** Options of every renderer. */
export interface RenderOptions {
  /**
   * Called with each difference between the text and the menu, before the text is returned or an
   * error is thrown. The `safe` variants of the renderers return the findings instead.
   */
  readonly onFinding?: (finding: Diagnostic<RenderCode>) => void;
}

/** Codes of all findings that renderers report. */
export type RenderCode =
  | MenuDiagnosticCode
  | 'nothing-left'
  | 'default-left-out'
  | 'selected-differs'
  | 'master-password'
  | 'not-shown'
  | 'not-appended'
  | 'not-started-first'
  | 'bios-only'
  | 'unusable-file-name'
  | 'file-name-too-long'
  | 'command-line-too-long'
  | 'line-too-long'
  | 'hotkey-taken'
  | 'rounded-timeout'
  | 'mangled-argument'
  | 'inexpressible-word'
  | 'collapsed-blanks';

/** Reports a finding with its location in the menu. */
export type Report = (
  severity: 'warning' | 'note',
  code: RenderCode,
  message: string,
  path: string,
) => void;

/** Input of a dialect: a valid menu and values derived from it. */
export interface RenderContext {
  readonly menu: Menu;
  /** Items left out of the text. */
  readonly leftOut: ReadonlySet<MenuItem>;
  /** Entry that boots without a key press; undefined if the menu waits for a person. */
  readonly unattended: UnattendedBoot | undefined;
  /** True if the entry that boots without a key press is left out. */
  readonly isDefaultLost: boolean;
  /** Reports a difference between the text and the menu. */
  readonly report: Report;
  /** Reports that an item cannot be written and is left out. `path` is relative to the item. */
  readonly fault: (code: RenderCode, message: string, path: string) => void;
}

/** Items that can be left out: all but separators, which a dialect may skip silently. */
export type NamedItem = Exclude<MenuItem, { type: 'separator' }>;

/** Part of an item that a dialect drops. */
export interface Loss {
  readonly severity: 'warning' | 'note';
  readonly code: RenderCode;
  /** Sentence that names the dropped part and, if there is one, its replacement. */
  readonly message: string;
  /** True if the item has this part. */
  readonly concerns: (item: MenuItem) => boolean;
}

/** Menu language of a boot loader. */
export interface Dialect<Options extends RenderOptions = RenderOptions> {
  /** Name used in commands and messages. */
  readonly name: string;
  /** Returns the reason why an item cannot be expressed, as the end of a sentence; undefined if it can. */
  readonly obstacle: (item: NamedItem, menu: Menu, options: Options) => string | undefined;
  /** Parts of items that are dropped while the items themselves are written. */
  readonly losses: readonly Loss[];
  /** Writes the menu. Every line ends in LF. */
  readonly write: (context: RenderContext, options: Options) => string;
}
