import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'vitest';

/**
 * `test`, if a program is there. If it is not, the test is skipped with a line that names what is
 * missing; under `CI=true` it fails instead.
 *
 * @param program what is called
 * @param debianPackage what to install
 */
export function testWith(program: string, debianPackage: string): typeof test {
  const isThere = spawnSync('which', [program]).status === 0;
  return testWhere(isThere, program, debianPackage);
}

/** As {@link testWith}, for a file. */
export function testWithFile(path: string, debianPackage: string): typeof test {
  return testWhere(existsSync(path), path, debianPackage);
}

function testWhere(isThere: boolean, what: string, debianPackage: string): typeof test {
  if (isThere || process.env['CI'] === 'true') return test;
  process.stderr.write(`skipped: needs ${what} (Debian package ${debianPackage})\n`);
  return test.skip as typeof test;
}

/** Whether tests that take long shall take their time: `PXEBOOT_LONG_TESTS=true`. */
export const IS_LONG_RUN: boolean = process.env['PXEBOOT_LONG_TESTS'] === 'true';
