/**
 * Fills a small file system that has a store on it: two syncs, a file that takes all remaining space, then a
 * prune or a third sync.
 *
 *     node full-disk-child.js DIRECTORY KEYRING prune|sync MIRROR MIRROR MIRROR
 *
 * Prints the result as one line of JSON.
 */
import { open, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import {
  mirrorSource,
  openStore,
  parseKeyring,
  type SyncEvent,
  syncImages,
} from '../../src/index.js';

const [, , directory = '', keyringFile = '', what = '', ...mirrors] = process.argv;
const keyring = await parseKeyring(await readFile(keyringFile));
const path = join(directory, 'store');
const events: SyncEvent['type'][] = [];

async function sync(mirror = ''): Promise<void> {
  await syncImages({
    store: await openStore(path),
    source: mirrorSource({ mirrors: [mirror], retries: 0 }),
    images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
    trust: { keyring },
    onEvent: ({ type }) => events.push(type),
  });
}

/** Fills the disk until `leftBytes` bytes are left. */
async function fillDisk(leftBytes: number): Promise<void> {
  const ballast = await open(join(directory, 'ballast'), 'w');
  try {
    for (;;) {
      await ballast.write(Buffer.alloc(4096));
    }
  } catch {
    // The disk is full now.
    await ballast.truncate((await ballast.stat()).size - leftBytes);
  } finally {
    await ballast.close();
  }
}

await sync(mirrors[0]);
await sync(mirrors[1]);
// The first generation is no longer in use.
const generations = join(path, 'generations');
for (const id of await readdir(generations)) {
  await utimes(join(generations, id), 1, 1);
}
// Another image does not fit, but the other files of a generation do.
await fillDisk(what === 'prune' ? 0 : 128 * 1024);
const store = await openStore(path);
if (what === 'sync') {
  await sync(mirrors[2]);
}
const report = what === 'prune' ? await store.prune({ keep: 0 }) : undefined;
const current = await store.current();
await rm(join(directory, 'ballast'));
process.stdout.write(
  JSON.stringify({
    removed: report?.generations.length ?? null,
    kept: report?.kept.map(({ reason }) => reason) ?? null,
    build: current?.manifest.targets[0]?.build,
    pruned: events.filter((type) => type === 'storePruned').length,
    generations: (await readdir(generations)).length,
    lease: (await readdir(path)).filter((name) => name.startsWith('lease')).length,
  }),
);
