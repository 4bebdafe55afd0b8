import { type Diagnostic, formatDiagnostic } from './diagnostic.js';

/** Why a {@link MenuError} was thrown. Match on this, never on the message. */
export type MenuErrorCode = 'ERR_MENU_INVALID';

/**
 * The one error class of this package. Menus and menu files are data: what is wrong with them comes
 * back as diagnostics. Only functions named `expect...` turn those into a throw.
 */
export class MenuError extends Error {
  override readonly name = 'MenuError';
  /** What to match on. */
  readonly code: MenuErrorCode;
  /** Everything that was found, warnings and notes included. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: MenuErrorCode, diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    super(`the menu cannot be rendered: ${errors.map(formatDiagnostic).join('; ')}`);
    this.code = code;
    this.diagnostics = diagnostics;
  }
}
