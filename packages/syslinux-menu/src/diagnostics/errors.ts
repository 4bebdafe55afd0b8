import { type Diagnostic, formatDiagnostic } from './diagnostic.js';

/** Reason why a {@link MenuError} was thrown. Match on this, never on the message. */
export type MenuErrorCode = 'ERR_MENU_NOTHING_LEFT';

/**
 * Thrown by a renderer when no entry is left that can be started. Menus and menu files are data: their other
 * problems are returned as findings.
 */
export class MenuError extends Error {
  override readonly name = 'MenuError';
  /** Machine-readable code. */
  readonly code: MenuErrorCode;
  /** All findings, including warnings and notes. */
  readonly findings: readonly Diagnostic[];

  constructor(code: MenuErrorCode, findings: readonly Diagnostic[]) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    super(`the menu cannot be rendered: ${errors.map(formatDiagnostic).join('; ')}`);
    this.code = code;
    this.findings = findings;
  }
}
