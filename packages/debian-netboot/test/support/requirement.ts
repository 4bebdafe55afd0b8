import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { it } from 'vitest';

/**
 * Returns `it` if a program is installed. Otherwise, the test is skipped with a line that names the
 * program; under `CI=true` it fails instead.
 *
 * @param program - name of the program
 * @param debianPackage - package to install
 */
export function itWith(program: string, debianPackage: string): typeof it {
  const isThere = spawnSync('which', [program]).status === 0;
  return itWhere(isThere, program, debianPackage);
}

/** As {@link itWith}, for a file. */
export function itWithFile(path: string, debianPackage: string): typeof it {
  return itWhere(existsSync(path), path, debianPackage);
}

function itWhere(isThere: boolean, what: string, debianPackage: string): typeof it {
  if (isThere || process.env['CI'] === 'true') {
    return it;
  }
  process.stderr.write(`skipped: needs ${what} (Debian package ${debianPackage})\n`);
  return it.skip as typeof it;
}

/** True if slow tests should run in full: `PXEBOOT_LONG_TESTS=true`. */
export const IS_LONG_RUN: boolean = process.env['PXEBOOT_LONG_TESTS'] === 'true';
