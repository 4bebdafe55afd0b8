import { pino, type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';

import { withoutCredentials } from '../config/credentials.js';
import type { ServerConfig } from '../config/schema.js';

export type { Logger } from 'pino';

/** The daemon's logger: JSON lines on standard output, or coloured text for a person. */
export function createLogger({ level, format }: ServerConfig['log']): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const stream = isPretty
    ? pretty({ colorize: process.stdout.isTTY, ignore: 'event', singleLine: true })
    : pino.destination();
  // Errors of all kinds quote the URL that they are about, with the password of a mirror's user.
  return pino(options, { write: (line) => stream.write(withoutCredentials(line)) });
}
