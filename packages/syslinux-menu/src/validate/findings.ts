import { type Diagnostic, type Severity } from '../diagnostics/diagnostic.js';
import { quoted } from '../text/text.js';

/** Kinds of findings in a menu model. */
export type MenuDiagnosticCode =
  | 'control-character'
  | 'outer-blank'
  | 'empty-text'
  | 'caret'
  | 'non-ascii'
  | 'bad-id'
  | 'duplicate-id'
  | 'bad-hotkey'
  | 'duplicate-hotkey'
  | 'bad-path'
  | 'initrd-in-args'
  | 'bad-args'
  | 'bad-choice'
  | 'bad-number'
  | 'bad-password-hash'
  | 'plain-password'
  | 'bad-color'
  | 'help-end-marker'
  | 'empty-menu'
  | 'misplaced-back'
  | 'too-deep'
  | 'unknown-default'
  | 'default-not-bootable'
  | 'no-default'
  | 'no-timeout'
  | 'left-out';

/** Collects findings for one menu. */
export class Findings {
  readonly list: Diagnostic<MenuDiagnosticCode>[] = [];

  error(path: string, code: MenuDiagnosticCode, message: string): void {
    this.#add('error', path, code, message);
  }

  warning(path: string, code: MenuDiagnosticCode, message: string): void {
    this.#add('warning', path, code, message);
  }

  #add(severity: Severity, path: string, code: MenuDiagnosticCode, message: string): void {
    this.list.push({ severity, code, message, path });
  }
}

/** Reports a word that is not one of the allowed values. */
export function checkChoice(
  value: string,
  choices: readonly string[],
  path: string,
  findings: Findings,
): void {
  if (choices.includes(value)) {
    return;
  }
  findings.error(path, 'bad-choice', `${quoted(value)} must be one of ${choices.join(', ')}`);
}

/** Returns true if the value is a whole number from `least` to `most`. */
export function isWholeNumber(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
