/**
 * Nothing that a program does with the package crashes it, and no way of ending the program leaves the native
 * module behind.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('native module', () => {
  it.each([
    ['exit', ''],
    ['end with unreferenced sockets', 'survived\n'],
    ['exit in a callback', 'survived\n'],
    ['throw in a callback', 'survived\nthrown 1\n'],
    ['workers that exit', 'survived\n'],
    ['workers that are ended while they are busy', 'survived\n'],
    ['workers that end with closed and unreferenced sockets', 'survived\n'],
    ['garbage', 'survived\n'],
    ['foreign objects', 'survived\n'],
  ])('survives: %s', async (name, output) => {
    const program = join(import.meta.dirname, 'support/misuse.js');
    const { stdout } = await run(process.execPath, ['--expose-gc', program, name]);
    expect(stdout).toBe(output);
  });
});
