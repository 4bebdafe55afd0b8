import { type Diagnostic, formatDiagnostic } from './diagnostic.js';

/** Why a {@link MenuError} was thrown. Match on this, never on the message. */
export type MenuErrorCode = 'ERR_MENU_NOTHING_LEFT';

/**
 * The error class of this package. Menus and menu files are data: what is wrong with them comes
 * back as findings, and a renderer throws only when there is nothing that it could write.
 */
export class MenuError extends Error {
  override readonly name = 'MenuError';
  /** Machine-readable code. */
  readonly code: MenuErrorCode;
  /** Everything that was found, warnings and notes included. */
  readonly findings: readonly Diagnostic[];

  constructor(code: MenuErrorCode, findings: readonly Diagnostic[]) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    super(`the menu cannot be rendered: ${errors.map(formatDiagnostic).join('; ')}`);
    this.code = code;
    this.findings = findings;
  }
}
