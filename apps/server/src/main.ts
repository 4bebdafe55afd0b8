#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { createProgram } from './cli/program.js';
import { explain, type Terminal } from './cli/terminal.js';
import { withoutCredentials } from './config/credentials.js';

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second signal does not wait for anything.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  });
}

/** What a shell reports of a program that SIGPIPE has ended; Node ignores that signal. */
const BROKEN_PIPE = 141;

// Whoever reads our output may have seen enough, as `head` does. What was not finished has not
// succeeded; the store is made to be left at any moment.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE);
});

const terminal: Terminal = {
  env: process.env,
  print: (line) => process.stdout.write(`${withoutCredentials(line)}\n`),
  complain: (line) => process.stderr.write(`${withoutCredentials(line)}\n`),
  screen: process.stdout.isTTY ? process.stdout : undefined,
  signal: stopping.signal,
};

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

try {
  await createProgram(terminal, manifest.version).parseAsync(process.argv);
} catch (error) {
  process.exitCode = 1;
  if (stopping.signal.aborted && error === stopping.signal.reason) {
    terminal.complain('pxeboot: stopped');
  } else {
    const lines = explain(error);
    if (lines === undefined) throw error;
    terminal.complain(`pxeboot: ${lines.join('\n')}`);
  }
}
