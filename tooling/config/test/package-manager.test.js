import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

describe('package manager', () => {
  it('is pinned by version and hash', () => {
    expect(packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+\+sha512\.[0-9a-f]{128}$/);
  });

  it('runs in the pinned version', () => {
    const { stdout } = spawnSync('node', ['tooling/workspace/pnpm.js', '--version'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(`pnpm@${stdout.trim()}`).toBe(packageManager.split('+')[0]);
  });
});
