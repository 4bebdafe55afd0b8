import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { productCommand } from '../daemon/product-command.js';
import { type Suite, SUITE_IMAGES } from './store-content.js';
import { currentGeneration } from './store-files.js';

/** Options for narrowing a store. */
export interface Narrowing {
  /** Entry file of the built command-line program, `apps/server/dist/main.cjs`. */
  readonly cli: string;
  /** Mirror for the host's apt; undefined for those in its configuration. */
  readonly mirror: string | undefined;
  /** Makes the names of unfinished stores unique. */
  readonly owner: string;
}

/**
 * Returns a store with the images and loaders of only one release, synced by pxeboot through the host's apt.
 * The store is kept for later runs, until the store with all images has a new generation.
 *
 * @param store - store with all images
 */
export async function narrowedStore(
  store: string,
  suite: Suite,
  { cli, mirror, owner }: Narrowing,
): Promise<string> {
  const directory = join(tmpdir(), 'pxeboot-lab-stores', await currentGeneration(store));
  const narrowed = join(directory, suite);
  if (existsSync(narrowed)) {
    return narrowed;
  }

  await mkdir(directory, { recursive: true });
  const unfinished = `${narrowed}-${owner}`;
  const images = SUITE_IMAGES[suite].join(',');
  const source = mirror === undefined ? [] : ['--source-url', mirror];
  const args = [
    ...['--source-kind', 'apt', ...source],
    ...['--data-dir', unfinished, '--images', images],
  ];
  try {
    await productCommand(cli, 'sync', ...args);
    // Two machines of one run may need the same store at the same time.
    if (!existsSync(narrowed)) {
      await rename(unfinished, narrowed);
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return narrowed;
}
