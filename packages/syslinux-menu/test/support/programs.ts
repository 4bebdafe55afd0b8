import { spawnSync } from 'node:child_process';

import { it } from 'vitest';

/**
 * Defines a test that runs one of Debian's programs. Without it, the test is skipped with a line
 * that names the package to install; under CI that is a failure.
 */
export function itWith(program: string, debianPackage: string): typeof it | typeof it.skip {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) {
    return it;
  }
  const message = `${program} is missing: install ${debianPackage}`;
  if (process.env['CI'] === 'true') {
    throw new Error(message);
  }
  process.stderr.write(`skipped: ${message}\n`);
  return it.skip;
}
