import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { aptFlags } from './support/apt-flags.js';
import { ONLY_PROGRESS } from './support/only-progress.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

/** Images of one release: each verification unpacks the release's package, which takes about ten seconds. */
const IMAGES = ['--images', 'bookworm:amd64:text+gtk'];

/** Changes one byte in the middle of the store's largest file; the shared store has a link to it. */
async function damageLargestBlob(store: string): Promise<void> {
  const blobs = join(store, 'blobs/sha256');
  const names = (await readdir(blobs, { recursive: true })).filter((name) => name.includes('/'));
  const sizes = await Promise.all(
    names.map(async (name) => ({
      path: join(blobs, name),
      size: (await stat(join(blobs, name))).size,
    })),
  );
  const { path, size } = sizes.sort((a, b) => b.size - a.size)[0]!;
  const content = await readFile(path);
  content.write('!', Math.floor(size / 2));
  await rm(path);
  await writeFile(path, content);
}

describe.skipIf(lacks('apt-get'))('pxeboot images', { timeout: 900_000 }, () => {
  let directory: string;
  let store: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-images-'));
    store = join(directory, 'store');
    await copyTestStore(store);
    await runPxeboot(['sync', ...aptFlags(), ...IMAGES, '--data-dir', store]);
    // The kept store may contain leftovers of earlier test versions.
    await runPxeboot(['images', 'prune', '--keep', '0', '--data-dir', store]);
  }, 600_000);

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('carries verified images to an offline site in one file', async () => {
    const bundle = join(directory, 'images.tar');
    expect(await runPxeboot(['images', 'export', bundle, '--data-dir', store])).toMatchObject({
      code: 0,
    });
    const other = join(directory, 'other');
    const imported = await runPxeboot(['images', 'import', bundle, '--data-dir', other]);
    expect(imported).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
    expect(imported.stdout).toMatch(/signature verified[\s\S]*is the new generation/);
    const verified = await runPxeboot(['images', 'verify', '--data-dir', other]);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: verified, \d+ files/) as string,
    });
    await rm(other, { recursive: true });
    await rm(bundle);
  });

  it('finds a damaged file, and restores it by a sync after a repair', async () => {
    await damageLargestBlob(store);
    const found = await runPxeboot(['images', 'verify', '--data-dir', store]);
    expect(found.code).toBe(6);
    expect(found.stdout).toMatch(/FAILED/);
    expect(found.stderr).toMatch(/images verify --repair/);
    const repaired = await runPxeboot(['images', 'verify', '--repair', '--data-dir', store]);
    // If the damaged file belongs only to the previous generation, a prune is recommended instead of a sync.
    expect(repaired.stderr).toMatch(/run "pxeboot (sync|images prune)" now/);
    const synced = await runPxeboot(['sync', ...aptFlags(), ...IMAGES, '--data-dir', store]);
    expect(synced).toMatchObject({ code: 0 });
    let verified = await runPxeboot(['images', 'verify', '--data-dir', store]);
    const pruned = await runPxeboot(['images', 'prune', '--data-dir', store]);
    expect(pruned).toMatchObject({ code: 0 });
    // A sync may prove the same files in another way. Until the prune, the previous generation then lacks its proof.
    if (verified.code !== 0) {
      expect(verified.stderr).toMatch(/then "pxeboot images prune"/);
      verified = await runPxeboot(['images', 'verify', '--data-dir', store]);
    }
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.not.stringMatching(/FAILED/) as string,
    });
  });

  it('serves the other images when one release is unavailable, and exits with 1', async () => {
    const mirror = ['--source-kind', 'mirror', '--source-url', inject('debianMirror') ?? ''];
    const images = ['--images', 'bookworm:amd64:text,forky:amd64:text'];
    const other = join(directory, 'partial');
    const synced = await runPxeboot(['sync', ...mirror, ...images, '--data-dir', other]);
    expect(synced.stdout).toMatch(
      /^forky amd64 text is missing: .*is the new generation: 1 image$/ms,
    );
    expect(synced.stderr).toMatch(
      /^pxeboot: missing images: forky amd64 text: .*InRelease.*\n {2}\S/m,
    );
    expect(synced.code).toBeGreaterThan(0);
    const { stdout } = await runPxeboot(['images', 'list', '--data-dir', other]);
    expect(stdout).toMatch(/bookworm amd64 text/);
    await rm(other, { recursive: true });
  });

  it('rolls back to the previous generation, and forward by id', async () => {
    const before = /\* (\S+)/.exec(
      (await runPxeboot(['images', 'list', '--data-dir', store])).stdout,
    )![1]!;
    // Fewer images result in another generation.
    await runPxeboot([
      'sync',
      ...aptFlags(),
      '--images',
      'bookworm:amd64:text',
      '--data-dir',
      store,
    ]);
    const back = await runPxeboot(['images', 'rollback', '--data-dir', store]);
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining(before) as string });
    const { stdout } = await runPxeboot(['images', 'list', '--data-dir', store]);
    expect(stdout).toContain(`* ${before}`);
    const unknown = await runPxeboot(['images', 'rollback', 'nonsense', '--data-dir', store]);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toMatch(/^pxeboot: .*nonsense/);
  });
});
