import { type Logger, type LoggerOptions, pino, stdSerializers } from 'pino';
import { type PrettyOptions } from 'pino-pretty';

import { lineWithoutCredentials } from '../config/credentials.js';
import { type ServerConfig } from '../config/schema.js';
import { withOwnCommand } from '../own-command.js';
import { counted } from './counted.js';
import { isJournal, withPriority } from './journal-lines.js';
import { createLogDestination, type LineRank } from './log-destination.js';
import { printable, shortened } from './printable.js';

export type { Logger } from 'pino';

/** Maximum length of a message, and of an error's stack, in characters. */
const MAX_TEXT_LENGTH = 4096;

/** Events that rank with errors: they show what was served, and whether lines are missing. */
const KEPT_EVENTS: ReadonlySet<unknown> = new Set(['tftp.transfer', 'serve.ready', 'log.dropped']);

/** Logger of the daemon, and the functions that configure and flush it. */
export interface LogOutput {
  readonly logger: Logger;
  /** Changes the level and the format of later lines. */
  configure(settings: ServerConfig['log']): Promise<void>;
  /** Flushes for at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/** Place where log lines are shown instead of on standard output. */
export interface LogScreen {
  /** Shows a line, which is passed without its line ending. */
  print(text: string): void;
  close(timeoutMs: number): Promise<void>;
}

/** Events that a screen shows in its own way. */
const SHOWN_OTHERWISE: ReadonlySet<unknown> = new Set([
  ...['serve.starting', 'serve.ready', 'serve.draining', 'serve.stopped'],
  ...['images.missing', 'images.sync-failed', 'boot.ended', 'tftp.refused', 'http.request'],
  ...['access.denied', 'doctor.finding', 'doctor.resolved'],
]);

/**
 * Returns true for the lines that a screen shows: all of them if the level is `debug` or `trace`, and
 * otherwise errors, warnings and events of the daemon itself, unless the screen shows the event in its own
 * way. A line with a stack trace is shown even then, since the screen would otherwise omit the trace.
 */
function isForScreen(level: string, lineLevel: number, line: unknown): boolean {
  const { event } = (line ?? {}) as { readonly event?: unknown };
  if (isDetailed(level)) {
    return true;
  }
  const isOwn = typeof event === 'string' && /^(?:serve|config)\./.test(event);
  const isWarning = lineLevel >= (pino.levels.values['warn'] ?? 0);
  return (isWarning || isOwn) && (errorOf(line) !== undefined || !SHOWN_OTHERWISE.has(event));
}

/** Returns true for levels at which a screen shows every line with all its fields. */
function isDetailed(level: string): boolean {
  return level === 'debug' || level === 'trace';
}

function errorOf(line: unknown): unknown {
  return ((line ?? {}) as { readonly err?: unknown }).err;
}

/**
 * Creates the logger, which writes to standard output: JSON lines, text for systemd's journal, or human-readable text,
 * coloured on a terminal.
 *
 * @param screen - gets the important lines; standard output then gets none
 */
export async function createLogger(
  { level, format }: ServerConfig['log'],
  screen?: LogScreen,
): Promise<LogOutput> {
  const { isTTY } = process.stdout;
  const automatic = isTTY
    ? 'pretty'
    : isJournal(process.stdout.fd, process.env)
      ? 'journal'
      : 'json';
  const styleOf = (setting: typeof format): Exclude<typeof format, 'auto'> =>
    screen !== undefined ? 'pretty' : setting === 'auto' ? automatic : setting;
  let style = styleOf(format);
  let texts = style === 'json' ? undefined : await textFormats(isTTY && process.stdout.hasColors());
  const destination =
    screen === undefined
      ? createLogDestination({
          onDropped: (lines) => {
            logger.warn(
              { event: 'log.dropped', lines },
              `${counted(lines, 'line')} dropped while the log could not be written`,
            );
          },
        })
      : undefined;
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: boundedError },
    hooks: {
      logMethod(parameters, method) {
        const [line, message] = parameters as unknown[];
        if (typeof message === 'string') {
          method.call(this, line, printable(shortened(withOwnCommand(message), MAX_TEXT_LENGTH)));
        } else {
          method.apply(this, parameters);
        }
      },
    },
  };
  const stream = {
    // This makes pino pass the level and the object of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    lastObj: undefined as unknown,
    write(json: string): void {
      // Errors may quote a URL with the password of a mirror's user.
      const line = visibleJson(lineWithoutCredentials(json));
      const text =
        style === 'json' || texts === undefined
          ? line
          : style === 'pretty'
            ? texts.pretty(line)
            : withPriority(texts.plain(line), pino.levels.labels[this.lastLevel] ?? 'info');
      destination?.write(text, rankOf(this.lastLevel, this.lastObj));
      if (screen !== undefined && isForScreen(logger.level, this.lastLevel, this.lastObj)) {
        const isBrief = !isDetailed(logger.level) && errorOf(this.lastObj) === undefined;
        screen.print((isBrief ? (texts?.brief(line) ?? text) : text).trimEnd());
      }
    },
  };
  const logger = pino(options, stream);
  return {
    logger,
    async configure(settings) {
      const next = styleOf(settings.format);
      if (next !== 'json') {
        texts ??= await textFormats(isTTY && process.stdout.hasColors());
      }
      logger.level = settings.level;
      style = next;
    },
    close: async (timeoutMs) => {
      await Promise.all([destination?.close(timeoutMs), screen?.close(timeoutMs)]);
    },
  };
}

/** Functions that format a line of JSON as text. */
interface TextFormats {
  readonly pretty: (line: string) => string;
  /** Formats a line that is shown next to the panel, where its message is sufficient. */
  readonly brief: (line: string) => string;
  /** Formats a line for systemd's journal, which adds its own times and priorities. */
  readonly plain: (line: string) => string;
}

/** Loads the formatter, which a log of JSON does not need. */
async function textFormats(colorize: boolean): Promise<TextFormats> {
  const { prettyFactory } = await import('pino-pretty');
  const forPeople: PrettyOptions = { colorize, ignore: 'event', singleLine: true };
  return {
    pretty: prettyFactory(forPeople),
    brief: prettyFactory({ ...forPeople, hideObject: true }),
    plain: prettyFactory({ colorize: false, ignore: 'event,level,time', singleLine: true }),
  };
}

function rankOf(level: number, line: unknown): LineRank {
  const { values } = pino.levels;
  const { event, status } = (line ?? {}) as { event?: unknown; status?: unknown };
  const isBoot = KEPT_EVENTS.has(event) || (event === 'http.request' && Number(status) < 400);
  if (level >= (values['error'] ?? 0) || isBoot) {
    return 'kept';
  }
  if (level >= (values['warn'] ?? 0)) {
    return 'warning';
  }
  return level >= (values['info'] ?? 0) ? 'info' : 'detail';
}

function boundedError(error: Error): unknown {
  const serialized: unknown = stdSerializers.err(error);
  if (typeof serialized !== 'object' || serialized === null) {
    return serialized;
  }
  return Object.fromEntries(
    Object.entries(serialized).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' ? shortened(value, MAX_TEXT_LENGTH) : value,
    ]),
  );
}

/**
 * Escapes invisible characters in a line of JSON, for JSON viewers and terminals alike: C1 controls,
 * bidirectional marks and similar, and controls that JSON itself escaped. Line feeds and tabs are kept, for
 * stack traces.
 */
export function visibleJson(json: string): string {
  return json
    .replace(
      /\\(?:u00([01][0-9a-f])|u(d[89a-f][0-9a-f]{2})|.)/g,
      (escape, control?: string, surrogate?: string) => {
        const code = control ?? surrogate ?? JSON_ESCAPES[escape];
        return code === undefined ? escape : `\\\\u{${code.replace(/^0/, '')}}`;
      },
    )
    .replace(
      /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
      (character) => `\\${printable(character)}`,
    );
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { '\\b': '8', '\\f': 'c', '\\r': 'd' };
