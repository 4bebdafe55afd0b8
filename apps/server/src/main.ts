#!/usr/bin/env node
/** Runs the command that the arguments of the process name. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { CommanderError } from 'commander';

import { EXIT_CODES, type ExitKind } from './cli/exit-codes.js';
import { nodeVersionProblem } from './cli/node-version.js';
import { createProgram } from './cli/program.js';
import { shown, shownJson, type Terminal } from './cli/terminal.js';
import { isJournal, withPriority } from './log/journal-lines.js';
import { withOwnCommand } from './own-command.js';

// Without a listener, Node opens its debugger on loopback, where anyone on this host could run code.
process.on('SIGUSR1', () => undefined);

// "serve" reloads its configuration on SIGHUP. A SIGHUP that arrives before its module is loaded must not end
// the process; it can be ignored, since the configuration has not been read yet.
if (process.argv[2] === 'serve') {
  process.on('SIGHUP', () => undefined);
}

// No other user may write to a store that machines boot from, whatever umask was inherited.
process.umask(process.umask(0o022) | 0o022);

/**
 * Time within which a repeated signal is treated as the same one, in milliseconds. `timeout npm start` and
 * supervisors signal the whole process group, and npm passes the signal on as well.
 */
const SAME_SIGNAL_MS = 1_000;

const stopping = new AbortController();
/** Exit kind of the first SIGINT or SIGTERM. */
let stopKind: ExitKind = 'interrupted';
let stoppedAt = 0;
for (const [name, kind] of Object.entries({
  SIGINT: 'interrupted',
  SIGTERM: 'terminated',
} as const)) {
  process.on(name, () => {
    if (!stopping.signal.aborted) {
      stopKind = kind;
      stoppedAt = performance.now();
      stopping.abort();
    } else if (kind !== stopKind || performance.now() - stoppedAt >= SAME_SIGNAL_MS) {
      process.stderr.write(`pxeboot: stopped by a second ${name}\n`);
      process.exit(EXIT_CODES[kind].code);
    }
  });
}

// The reader of our output, such as `head`, may stop early. The command then ends immediately, and fails
// since its work is unfinished; the store is consistent at all times.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') {
    process.exit(EXIT_CODES.brokenPipe.code);
  }
  process.stderr.write(`pxeboot: cannot write to standard output: ${message}\n`);
  process.exit(1);
});
// There is nowhere left to report this error, but the exit code still shows the result.
process.stderr.on('error', () => undefined);

const terminal: Terminal = {
  env: process.env,
  print: (line) => process.stdout.write(`${shown(line)}\n`),
  printJson: (value, indent = 2) => process.stdout.write(`${shownJson(value, indent)}\n`),
  write: (bytes) => process.stdout.write(bytes),
  paint: (picture) => process.stdout.write(`${picture}\n`),
  printError: (line) => {
    const text = `${shown(withOwnCommand(line))}\n`;
    process.stderr.write(
      isJournal(process.stderr.fd, process.env) ? withPriority(text, 'error') : text,
    );
  },
  screen: process.stdout.isTTY ? process.stdout : undefined,
  confirm,
  signal: stopping.signal,
};

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    return false;
  }
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D closes the input. Older versions of Node.js then leave the question unanswered, and newer ones reject it.
  const closed = once(lines, 'close').then(() => undefined);
  // The terminal is in raw mode, in which Ctrl-C is a key like any other.
  lines.once('SIGINT', () => {
    process.stdout.write('\n');
    process.kill(process.pid, 'SIGINT');
  });
  try {
    const asked = lines
      .question(`${question} [y/N] `, { signal: stopping.signal })
      .catch((error: unknown) => {
        stopping.signal.throwIfAborted();
        if (error instanceof Error && error.name === 'AbortError') {
          return undefined;
        }
        throw error;
      });
    const answer = await Promise.race([asked, closed]);
    if (answer === undefined) {
      process.stdout.write('\n');
      return false;
    }
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
  engines: { node: string };
};

const problem = nodeVersionProblem(process.versions.node, manifest.engines.node);
if (problem !== undefined) {
  terminal.printError(`pxeboot: ${problem}`);
  process.exit(EXIT_CODES.failure.code);
}

let isSettled = false;
// Without this, a command that waits for something that never happens would end as if it had succeeded.
process.once('beforeExit', () => {
  if (!isSettled) {
    terminal.printError(
      'pxeboot: ended before the command was complete; please report it: https://github.com/pxeboot/pxeboot/issues',
    );
    process.exitCode = EXIT_CODES.failure.code;
  }
});

void run();

/** Runs the command. Rejects with unexpected errors, which end the process. */
async function run(): Promise<void> {
  try {
    await createProgram(terminal, manifest.version).parseAsync(process.argv);
  } catch (error) {
    process.exitCode = await report(error);
  } finally {
    isSettled = true;
  }
}

/** Prints the reason why a command failed, and returns its exit code. Rethrows unexpected errors. */
async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) {
    // Commander has already printed the message, or the requested help.
    return error.exitCode === 0 ? EXIT_CODES.success.code : EXIT_CODES.usage.code;
  }
  if (stopping.signal.aborted && error === stopping.signal.reason) {
    terminal.printError('pxeboot: stopped');
    return EXIT_CODES[stopKind].code;
  }
  // Without a free descriptor, the module that explains failures cannot be loaded either.
  const { exitKind, explain } = await import('./cli/failure.js');
  const lines = explain(error);
  if (lines === undefined) {
    throw error;
  }
  terminal.printError(`pxeboot: ${lines.join('\n')}`);
  return EXIT_CODES[exitKind(error)].code;
}
