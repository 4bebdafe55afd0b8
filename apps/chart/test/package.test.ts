import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CASES, CHART, HELMS } from './support/chart.js';

describe.each(HELMS)('helm $major', (helm) => {
  let directory: string;
  let archive: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chart-package-'));
    const { exitCode, stderr } = await helm.run('package', CHART, '--destination', directory);
    expect(exitCode, stderr).toBe(0);
    archive = join(directory, (await readdir(directory))[0]!);
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it.each(CASES)('passes lint in the case $name', async ({ file }) => {
    const { exitCode, stdout } = await helm.run('lint', '--strict', CHART, '--values', file);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).not.toContain('[WARNING]');
  });

  it.each(CASES)(
    'renders the case $name equally from its package and its folder',
    async ({ file }) => {
      const packaged = await helm.template(archive, { valueFiles: [file] });
      const unpackaged = await helm.template(CHART, { valueFiles: [file] });
      expect(packaged).toMatchObject({ exitCode: 0, stderr: '' });
      expect(packaged.stdout).toBe(unpackaged.stdout);
    },
  );

  it('leaves test files out of the package', () => {
    const listing = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' });
    const paths = listing.trim().split('\n').sort();
    expect(paths).toContain('pxeboot/values.schema.json');
    expect(paths).toContain('pxeboot/files/boot-test.mjs');
    expect(paths).toContain('pxeboot/CHANGELOG.md');
    expect(paths.filter((path) => path.includes('/ci/'))).toEqual([]);
  });
});
