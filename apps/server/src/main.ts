#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { createProgram } from './cli/program.js';
import { shown, type Terminal } from './cli/terminal.js';

// Without a listener, Node opens its debugger on loopback, where anyone on this host could run code.
process.on('SIGUSR1', () => undefined);

// Nobody else may write to a store that machines boot from, whatever umask was inherited.
process.umask(process.umask(0o022) | 0o022);

const stopping = new AbortController();
for (const [name, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.on(name, () => {
    if (stopping.signal.aborted) {
      process.stderr.write(`pxeboot: stopped by a second ${name}\n`);
      process.exit(code);
    }
    stopping.abort();
  });
}

/** Exit code that a shell reports for a program ended by SIGPIPE, which Node ignores. */
const BROKEN_PIPE = 141;

// The reader of our output, such as `head`, may stop early. Unfinished work has not succeeded; the store
// stays consistent at any moment.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') {
    process.exit(BROKEN_PIPE);
  }
  process.stderr.write(`pxeboot: cannot write to standard output: ${message}\n`);
  process.exit(1);
});
// Nowhere else to report to; the exit code still shows the result.
process.stderr.on('error', () => undefined);

const terminal: Terminal = {
  env: process.env,
  print: (line) => process.stdout.write(`${shown(line)}\n`),
  write: (bytes) => process.stdout.write(bytes),
  paint: (picture) => process.stdout.write(`${picture}\n`),
  printError: (line) => process.stderr.write(`${shown(line)}\n`),
  screen: process.stdout.isTTY ? process.stdout : undefined,
  confirm,
  signal: stopping.signal,
};

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: stopping.signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

try {
  await createProgram(terminal, manifest.version).parseAsync(process.argv);
} catch (error) {
  process.exitCode = 1;
  if (stopping.signal.aborted && error === stopping.signal.reason) {
    terminal.printError('pxeboot: stopped');
  } else {
    const { explain } = await import('./cli/failure.js');
    const lines = explain(error);
    if (lines === undefined) {
      throw error;
    }
    terminal.printError(`pxeboot: ${lines.join('\n')}`);
  }
}
