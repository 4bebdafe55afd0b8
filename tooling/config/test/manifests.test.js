import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function manifest(file) {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
}

describe('supported versions of Node.js', () => {
  it('are the same in all packages that name any', () => {
    const files = execFileSync('git', ['ls-files', '*package.json'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .trim()
      .split('\n');
    const others = files.filter((file) => manifest(file).engines !== undefined);
    expect(others).toContain('apps/server/package.json');
    const { engines } = manifest('package.json');
    expect(others.map((file) => [file, manifest(file).engines])).toEqual(
      others.map((file) => [file, engines]),
    );
  });

  // The command line loads @pxe/udp-batch, an ES module, with require(): Node.js 21.0 to 22.11 do not allow that.
  it('can load an ES module with require()', () => {
    expect(manifest('apps/server/package.json').engines.node).toBe('^20.19.0 || >=22.12.0');
  });
});
