import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isReadable } from '../prerequisites.js';
import { runCommand } from '../process/command.js';
import { currentGeneration } from './store-files.js';
import { SUITE_IMAGES, type Suite } from './store-content.js';

/**
 * A store with the images of one release only, made out of a larger one by the product itself: it
 * exports a bundle and syncs from it. It is kept for later runs, until the larger one changes.
 *
 * @param cli the built command line, `apps/server/dist/main.js`
 * @param owner makes the names of unfinished work its own
 */
export async function narrowedStore(
  store: string,
  suite: Suite,
  { cli, owner }: { readonly cli: string; readonly owner: string },
): Promise<string> {
  const directory = join(tmpdir(), 'pxeboot-lab-stores', await currentGeneration(store));
  const narrowed = join(directory, suite);
  if (await isReadable(narrowed)) return narrowed;

  await mkdir(directory, { recursive: true });
  const bundle = join(directory, `bundle-${owner}.tar`);
  const unfinished = `${narrowed}-${owner}`;
  try {
    await runCommand(process.execPath, cli, 'images', 'export', '--data-dir', store, bundle);
    const source = ['--source-kind', 'directory', '--source-path', bundle];
    const images = ['--images', SUITE_IMAGES[suite].join(',')];
    await runCommand(
      process.execPath,
      ...[cli, 'sync', '--data-dir', unfinished, ...source, ...images],
    );
    await rename(unfinished, narrowed);
  } finally {
    await rm(bundle, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
  return narrowed;
}
