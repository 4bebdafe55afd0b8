/**
 * Syncs Debian 10 from a directory and verifies the store, for tests that choose the time.
 *
 *     node archived-child.js STORE DIRECTORY KEYS
 *
 * Prints one line of JSON: the current year according to the program, the images, and the problems found.
 */
import { readFile } from 'node:fs/promises';

import {
  directorySource,
  openStore,
  syncImages,
  type TrustedKey,
  verifyStore,
} from '../../src/index.js';

const [, , directory = '', tree = '', keysFile = ''] = process.argv;
const keyring = { keys: JSON.parse(await readFile(keysFile, 'utf8')) as TrustedKey[] };
const store = await openStore(directory);
const { generation } = await syncImages({
  store,
  source: directorySource(tree),
  images: [{ suite: 'buster', arch: 'amd64', variants: ['text'] }],
  trust: { keyring },
});
const reports = await verifyStore({ store, trust: { keyring } });
process.stdout.write(
  JSON.stringify({
    year: new Date().getFullYear(),
    images: generation.manifest.targets.map(({ suite, version }) => `${suite} ${version}`),
    problems: reports.flatMap(({ problems }) => problems.map(({ error }) => error.code)),
  }),
);
