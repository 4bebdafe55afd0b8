/**
 * Syncs into a store on a file system that is too small for it.
 *
 *     node fill-disk-child.js STORE MIRROR KEYRING
 *
 * Prints one line of JSON: the error's code and hint, and the resulting content of the store.
 */
import { readFile } from 'node:fs/promises';

import {
  mirrorSource,
  NetbootError,
  openStore,
  parseKeyring,
  syncImages,
} from '../../src/index.js';

const [, , directory = '', mirror = '', keyringFile = ''] = process.argv;
const keyring = await parseKeyring(await readFile(keyringFile));
const store = await openStore(directory);
try {
  await syncImages({
    store,
    source: mirrorSource({ mirrors: [mirror], retries: 0 }),
    images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
    trust: { keyring },
  });
} catch (error) {
  const { code, hint } = error instanceof NetbootError ? error : { code: String(error), hint: '' };
  const current = await store.current();
  process.stdout.write(JSON.stringify({ code, hint, current: current?.id ?? null }));
}
