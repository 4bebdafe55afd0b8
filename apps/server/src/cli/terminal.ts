import { valueWithoutCredentials, withoutCredentials } from '../config/credentials.js';
import { fileReason } from '../config/file-reason.js';
import { printable, printableJson, printableLines } from '../log/printable.js';
import { type ExitKind } from './exit-codes.js';

/** Parts of the process that a command may use. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes text and a line break to standard output, after {@link shown} has made the text safe. */
  readonly print: (line: string) => void;
  /**
   * Writes a value as JSON and a line break to standard output, after {@link shownJson} has made it safe.
   *
   * @param indent - number of spaces; 0 for a single line. `@default` 2
   */
  readonly printJson: (value: unknown, indent?: number) => void;
  /** Writes a picture made of escape sequences to standard output. */
  readonly paint: (picture: string) => void;
  /** Writes bytes to standard output unchanged. */
  readonly write: (bytes: Uint8Array) => void;
  /** Writes text and a line break to standard error, after {@link shown} has made the text safe. */
  readonly printError: (line: string) => void;
  /** Terminal to draw on; undefined if standard output is not a terminal. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Asks a question; returns true only if a person at a terminal answers yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /**
   * Aborted by SIGINT and SIGTERM. A second signal ends the process, unless it is the same one repeated
   * within a second.
   */
  readonly signal: AbortSignal;
}

/** Makes text safe to print: escapes control characters, and hides the credentials in URLs. */
export function shown(text: string): string {
  return printableLines(withoutCredentials(text));
}

/** Makes text safe to print on one line: like {@link shown}, but escapes line feeds and tabs as well. */
export function shownInLine(text: string): string {
  return printable(withoutCredentials(text));
}

/**
 * Returns a value as JSON that is safe to print, with the credentials in URLs hidden. Unlike {@link shown},
 * it keeps the text valid JSON and preserves the characters of strings, whatever a peer has put into them.
 *
 * @param indent - number of spaces; 0 for a single line
 */
export function shownJson(value: unknown, indent: number): string {
  const data: unknown = JSON.parse(JSON.stringify(value));
  return printableJson(JSON.stringify(valueWithoutCredentials(data), undefined, indent));
}

/** Options of a {@link CommandError}. */
export interface CommandErrorOptions extends ErrorOptions {
  /** Kind of the failure. @default that of a `NetbootError` cause, otherwise `failure` */
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

/** Returns the error for a command whose file argument cannot be read. */
export function unreadableFile(file: string, cause: unknown): CommandError {
  return new CommandError(`cannot read ${file}: ${fileReason(cause)}`, undefined, {
    kind: 'notFound',
    cause,
  });
}
