import { NetbootError } from '@pxe/debian-netboot/catalog';

import { ConfigError, ListenError } from '../errors.js';
import { ResourceError } from '../limits/resource-limits.js';
import { CommandError } from './terminal.js';

/** Returns the message and hint of an expected failure; undefined for an unexpected one. */
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
