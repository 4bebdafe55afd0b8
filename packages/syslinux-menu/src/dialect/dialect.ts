import { type Diagnostic } from '../diagnostics/diagnostic.js';
import { type Menu, type MenuItem } from '../model/menu.js';
import { type UnattendedBoot } from '../model/unattended.js';
import { type MenuDiagnosticCode } from '../validate/findings.js';

/** Purpose of a path in the menu; a resolver may treat pictures differently from kernels. */
export type PathRole = 'kernel' | 'initrd' | 'program' | 'background' | 'theme' | 'device-tree';

/**
 * Turns a path of the menu into the name that the loader fetches: a TFTP path, an http:// URL, or
 * GRUB's `(http,host:port)/path`. Must give the same answer for the same path; undefined when the
 * loader cannot fetch it, which leaves the entry out.
 */
export type PathResolver = (path: string, role: PathRole) => string | undefined;

/** Options of every renderer. */
export interface RenderOptions {
  /** Called with everything that the text does not say as the menu does, before it is returned. */
  readonly onFinding?: (finding: Diagnostic<RenderCode>) => void;
}

/** Kinds of findings of every renderer. */
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

/** A finding about a place in the menu. */
export type Report = (
  severity: 'warning' | 'note',
  code: RenderCode,
  message: string,
  path: string,
) => void;

/** Input of a dialect: a valid menu and what was found out about it. */
export interface RenderContext {
  readonly menu: Menu;
  /** Items that the text does not have. */
  readonly leftOut: ReadonlySet<MenuItem>;
  /** Entry that boots without a key; undefined if the text must wait for a person. */
  readonly unattended: UnattendedBoot | undefined;
  /** True if the entry that boots without a key is left out. */
  readonly isDefaultLost: boolean;
  /** Reports what is lost. */
  readonly report: Report;
  /** Reports why an item cannot be written; it is left out. `path` is in the item. */
  readonly fault: (code: RenderCode, message: string, path: string) => void;
}

/** Items that can be left out: anything but separators, which a dialect may skip silently. */
export type NamedItem = Exclude<MenuItem, { type: 'separator' }>;

/** One thing that a dialect drops. */
export interface Loss {
  readonly severity: 'warning' | 'note';
  readonly code: RenderCode;
  /** Names the part that is dropped and its replacement. */
  readonly message: string;
  /** True if the item has this part. */
  readonly concerns: (item: MenuItem) => boolean;
}

/** A boot loader's menu language. */
export interface Dialect<Options extends RenderOptions = RenderOptions> {
  /** Name in commands and messages. */
  readonly name: string;
  /** Why an item cannot be expressed, as the end of a sentence; undefined when it can. */
  readonly obstacle: (item: NamedItem, menu: Menu, options: Options) => string | undefined;
  /** Parts that are dropped without changing what boots. */
  readonly losses: readonly Loss[];
  /** Writes the menu; every line ends in LF. */
  readonly write: (context: RenderContext, options: Options) => string;
}
