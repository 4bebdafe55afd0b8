import { withoutControls } from '../text/text.js';

/**
 * Severity of a finding.
 *
 * - `error`: the menu or file does not work as written.
 * - `warning`: it works, but probably not as its author expects.
 * - `note`: worth knowing; the menu or file may be right as it is.
 */
export type Severity = 'error' | 'warning' | 'note';

/** Location in a menu file. */
export interface SourceSpan {
  /** Name of the file, as passed to the resolver; the caller names the main file. */
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Column of the first character, from 1, in bytes. */
  readonly column: number;
  /** Length in bytes, without the line feed. */
  readonly length: number;
}

/** Finding in a menu (with `path`) or in a menu file (with `span`). */
export interface Diagnostic<Code extends string = string> {
  /** Severity of the finding. */
  readonly severity: Severity;
  /** Stable identifier of the kind of finding: kebab-case words. */
  readonly code: Code;
  /** One sentence for people that says what is wrong and what to do. */
  readonly message: string;
  /** Path in the model, as in `items[2].items[0].label`; empty for the menu itself. */
  readonly path?: string;
  /** Location in the file. */
  readonly span?: SourceSpan;
}

/** Returns true if any finding is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/**
 * Formats a finding as one line, in the style of compilers:
 * `file:line:column: error: message [code]`. Without a span, the path in the model comes first.
 * Control characters are written as `\u....`, so the line is safe to print to a terminal.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { span, path } = diagnostic;
  let place = '';
  if (span !== undefined) {
    place = `${span.file}:${span.line}:${span.column}: `;
  } else if (path !== undefined && path !== '') {
    place = `${path}: `;
  }
  const { severity, message, code } = diagnostic;
  return withoutControls(`${place}${severity}: ${message} [${code}]`);
}
