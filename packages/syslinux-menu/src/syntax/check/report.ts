import { type Diagnostic, type Severity, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type ByteString, type TextEncoding } from '../../text/encoding.js';
import { type LoadedConfig } from '../language/loaded.js';
import { type ReadConfig } from '../read/config-reader.js';
import { type StartPlan } from '../start/start-plan.js';

/** Codes of findings about the effects of a file. */
export type CheckCode =
  | 'byte-order-mark'
  | 'utf-16'
  | 'shown-as-garbage'
  | 'nothing-starts'
  | 'no-menu'
  | 'implicit-with-ui'
  | 'unknown-label'
  | 'empty-menu'
  | 'missing-default'
  | 'second-default'
  | 'clock-never-runs'
  | 'short-timeout'
  | 'bad-number'
  | 'duplicate-label'
  | 'label-with-blanks'
  | 'no-kernel'
  | 'repeated-directive'
  | 'suffix-decides'
  | 'initrd-blank'
  | 'second-initrd'
  | 'comment-in-line'
  | 'line-continuation'
  | 'unsupported-scheme'
  | 'needs-lpxelinux'
  | 'u-boot-only'
  | 'command-line-too-long'
  | 'file-name-too-long'
  | 'missing-file'
  | 'missing-library'
  | 'other-module-kind'
  | 'not-in-model';

/** Reports a finding. */
export type Report = (diagnostic: Diagnostic<CheckCode>) => void;

/** Input of the rules: a file as read by both syslinux programs. */
export interface Checked {
  /** Files as read by ldlinux. */
  readonly main: ReadConfig;
  /** True if every file that is part of the menu was found. */
  readonly isWhole: boolean;
  /** Configuration of the menu program, which may have read other files. */
  readonly shown: LoadedConfig;
  readonly plan: StartPlan;
  /** DEFAULT of a file for U-Boot, if it does not name a label. */
  readonly unknownDefault?: { readonly name: string; readonly span: SourceSpan } | undefined;
  /** Content of the main file. */
  readonly bytes: ByteString;
  readonly encoding: TextEncoding;
}

/** Argument of every check. */
export interface Rules {
  readonly checked: Checked;
  /** Start of the main file, for findings about all of it. */
  readonly start: SourceSpan;
  /** True if every included file was found, or if `hasFile` tells which files are missing. */
  readonly isWhole: boolean;
  readonly tell: (severity: Severity, code: CheckCode, message: string, span: SourceSpan) => void;
}

/** Access to the files that a configuration names; see `ParseSyslinuxOptions`. */
export interface Files {
  readonly hasFile: (name: string) => boolean;
  readonly readStart: ((name: string) => Uint8Array | undefined) | undefined;
}
