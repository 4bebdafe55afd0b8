import { withoutCredentials } from '../config/credentials.js';
import { printableLines } from '../log/printable.js';
import { type ExitKind } from './exit-codes.js';

/** Parts of the process that a command may use. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to standard output; control characters are escaped. */
  readonly print: (line: string) => void;
  /** Writes a picture made of escape sequences to standard output. */
  readonly paint: (picture: string) => void;
  /** Writes bytes to standard output unchanged. */
  readonly write: (bytes: Uint8Array) => void;
  /** Writes one line to standard error. */
  readonly printError: (line: string) => void;
  /** Terminal to draw progress bars on; undefined if standard output is not a terminal. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Asks a question; true only if a person at a terminal answers yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborted by SIGINT and SIGTERM; the second signal ends the process. */
  readonly signal: AbortSignal;
}

/** Makes text from a mirror or file safe to print: no control characters, no passwords. */
export function shown(text: string): string {
  return printableLines(withoutCredentials(text));
}

/** Options of a {@link CommandError}. */
export interface CommandErrorOptions extends ErrorOptions {
  /** Kind of the failure. @default that of the cause */
  readonly kind?: ExitKind;
}

/** Thrown by a command that fails, with a message and a hint. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly hint: string | undefined;
  readonly kind: ExitKind | undefined;

  constructor(message: string, hint?: string, options?: CommandErrorOptions) {
    super(message, options);
    this.hint = hint;
    this.kind = options?.kind;
  }
}
