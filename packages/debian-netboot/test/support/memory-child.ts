/**
 * Runs a sync, a verification, an export and an import in a separate process whose memory is measured.
 *
 *     node memory-child.js DIRECTORY MIRROR KEYRING
 *
 * Prints its peak memory, in bytes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  exportBundle,
  importBundle,
  mirrorSource,
  openStore,
  parseKeyring,
  syncImages,
  verifyStore,
} from '../../src/index.js';

const [, , directory = '', mirror = '', keyringFile = ''] = process.argv;
const keyring = await parseKeyring(await readFile(keyringFile));
const store = await openStore(join(directory, 'store'));
await syncImages({
  store,
  source: mirrorSource({ mirrors: [mirror] }),
  images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
  trust: { keyring },
});
const [report] = await verifyStore({ store, trust: { keyring } });
if (report?.problems.length !== 0) {
  throw new Error('the store has problems');
}
const path = join(directory, 'bundle.tar');
await exportBundle({ store, path });
await importBundle({ store: await openStore(join(directory, 'other')), path, trust: { keyring } });
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
