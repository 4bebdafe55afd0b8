import { withoutControls } from '../text/text.js';

/**
 * - `error`: the menu or file does not do what it says; nothing is rendered from it.
 * - `warning`: it works, but not as its author is likely to expect.
 * - `note`: worth knowing, nothing to do.
 */
export type Severity = 'error' | 'warning' | 'note';

/** A place in a menu file. */
export interface SourceSpan {
  /** The file's name as the resolver knows it; the main file is named by the caller. */
  readonly file: string;
  /** 1-based line, as an editor counts. */
  readonly line: number;
  /** 1-based column of the first character, in UTF-16 units. */
  readonly column: number;
  /** UTF-16 units covered, not counting the line end. */
  readonly length: number;
}

/** Something found in a menu (then `path` says where) or in a menu file (then `span` does). */
export interface Diagnostic<Code extends string = string> {
  /** Severity of the finding. */
  readonly severity: Severity;
  /** Stable identifier of the kind of finding: kebab-case words. */
  readonly code: Code;
  /** One sentence for people: what is wrong and what to do. */
  readonly message: string;
  /** Path in the model, as in `items[2].items[0].label`; empty for the menu itself. */
  readonly path?: string;
  /** Location in the file. */
  readonly span?: SourceSpan;
}

/** True if any finding is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/**
 * One line per finding, as compilers print them: `file:line:column: error: message [code]`. Control
 * characters of names in the file are spelled as `\u....`, so that it is safe on a terminal.
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
