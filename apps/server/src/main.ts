#!/usr/bin/env node
/**
 * Loads the program. Node opens many modules at the same time, and cannot load one that explains why it has no
 * descriptor left for them, so this file imports nothing else.
 */
import { writeSync } from 'node:fs';

/** Codes of the errors raised when this process, or the system, has too many files open. */
const TOO_MANY_FILES: readonly unknown[] = ['EMFILE', 'ENFILE'];
const STDERR = 2;

try {
  await import('./run.js');
} catch (error) {
  if (!(error instanceof Error && 'code' in error && TOO_MANY_FILES.includes(error.code))) {
    throw error;
  }
  writeSync(
    STDERR,
    'pxeboot: too few file descriptors to load the program; raise the limit with "ulimit -n 1024", or LimitNOFILE= in a systemd unit\n',
  );
  process.exit(1);
}
