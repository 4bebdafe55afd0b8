import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { productCommand } from '../daemon/product-command.js';
import { isReadable } from '../prerequisites.js';
import { type Suite, SUITE_IMAGES } from './store-content.js';
import { currentGeneration } from './store-files.js';

/** Options for narrowing a store. */
export interface Narrowing {
  /** The built command line, `apps/server/dist/main.js`. */
  readonly cli: string;
  /** The mirror that the host's apt is to ask; undefined for those that it is set up with. */
  readonly mirror: string | undefined;
  /** Makes the name of unfinished work its own. */
  readonly owner: string;
}

/**
 * A store with the images of one release only, and so with that release's loaders, synced by the
 * product through the host's apt. It is kept for later runs, until the store with all images is
 * another generation.
 *
 * @param store - the one with all images
 */
export async function narrowedStore(
  store: string,
  suite: Suite,
  { cli, mirror, owner }: Narrowing,
): Promise<string> {
  const directory = join(tmpdir(), 'pxeboot-lab-stores', await currentGeneration(store));
  const narrowed = join(directory, suite);
  if (await isReadable(narrowed)) {
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
    // Two machines of one run may want the same store at the same time.
    if (!(await isReadable(narrowed))) {
      await rename(unfinished, narrowed);
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return narrowed;
}
