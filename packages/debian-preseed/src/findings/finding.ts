import { withoutControls } from '../text/text.js';

/**
 * Severity of a finding.
 *
 * - `error`: the installer stops there, or the value cannot work.
 * - `warning`: the installer reads it, but not as its author is likely to expect.
 * - `note`: worth knowing; the file may be right as it is.
 */
export type Severity = 'error' | 'warning' | 'note';

/** Finding in a preseed file. */
export interface Finding {
  /** Severity of the finding. */
  readonly severity: Severity;
  /** Stable identifier of the kind of finding: kebab-case words. */
  readonly code: FindingCode;
  /** One sentence that says what is wrong. Never contains the value of a password. */
  readonly message: string;
  /** Advice, in the imperative. */
  readonly fix?: string;
  /** Line number, from 1. Missing if the finding is about the whole file. */
  readonly line?: number;
  /** Column of the first character, from 1, in UTF-16 code units. Absent if there is no line. */
  readonly column?: number;
}

/** Kinds of findings. */
export type FindingCode =
  | 'broken-line'
  | 'not-read'
  | 'unfinished-line'
  | 'byte-order-mark'
  | 'nul-byte'
  | 'indented-comment'
  | 'comment-in-value'
  | 'backslash-then-blank'
  | 'unknown-owner'
  | 'unknown-type'
  | 'not-a-boolean'
  | 'repeated-question'
  | 'flag-without-effect'
  | 'wrong-type'
  | 'unknown-question'
  | 'question-not-known-here'
  | 'not-a-choice'
  | 'plain-password'
  | 'too-late'
  | 'will-be-asked';

/** Returns true if any finding is an error. */
export function hasErrors(findings: readonly Pick<Finding, 'severity'>[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/**
 * Formats a finding as one line, in the style of compilers:
 * `file:line:column: error: message; fix [code]`. Control characters are written as `\u{...}`, so the
 * line is safe to print to a terminal.
 *
 * @param file - name of the file, as its reader knows it
 */
export function formatFinding(finding: Finding, file: string): string {
  const { severity, code, message, fix, line, column } = finding;
  const place = line === undefined || column === undefined ? file : `${file}:${line}:${column}`;
  const advice = fix === undefined ? '' : `; ${fix}`;
  return withoutControls(`${place}: ${severity}: ${message}${advice} [${code}]`);
}
