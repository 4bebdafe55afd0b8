import { NetbootError } from '@pxe/debian-netboot';

import { withoutCredentials } from '../config/credentials.js';
import { ConfigError, ListenError } from '../errors.js';
import { ResourceError } from '../limits/resource-limits.js';
import { printableLines } from '../log/printable.js';

/** What a command may use of the process that runs it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to standard output; characters that a terminal obeys are escaped. */
  readonly print: (line: string) => void;
  /** Writes a picture made of escape sequences to standard output. */
  readonly paint: (picture: string) => void;
  /** Writes a file to standard output as it is, byte for byte. */
  readonly write: (bytes: Uint8Array) => void;
  /** Writes one line to standard error. */
  readonly complain: (line: string) => void;
  /** Where bars can be drawn; undefined when standard output is no terminal. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Asks a question; false unless a person at a terminal answers yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborted by SIGINT and SIGTERM; the second signal ends the process. */
  readonly signal: AbortSignal;
}

/** Text of mirrors and files as it may stand on a terminal: it steers nothing and holds no password. */
export function shown(text: string): string {
  return printableLines(withoutCredentials(text));
}

/** A command found something wrong: exit code 1, the message, and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The message for an expected failure and its remedy; undefined for what should not happen. */
export function explain(error: unknown): readonly string[] | undefined {
  if (error instanceof ConfigError) {
    return [
      'the configuration has a problem:',
      ...error.message.split('\n').map((line) => `  ${line}`),
    ];
  }
  const isExpected =
    error instanceof ListenError ||
    error instanceof NetbootError ||
    error instanceof ResourceError ||
    error instanceof CommandError;
  if (!isExpected) {
    return undefined;
  }
  return [error.message, ...(error.hint === undefined ? [] : [`  ${error.hint}`])];
}
