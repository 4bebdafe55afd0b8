/**
 * Syncs from directories whose InRelease is hostile, in a process whose memory is measured.
 *
 *     node release-child.js STORE KEYRING DIRECTORY...
 *
 * Prints one line of JSON: each directory's error code, and the most memory in use, in bytes.
 */
import { readFile } from 'node:fs/promises';

import {
  directorySource,
  NetbootError,
  openStore,
  parseKeyring,
  syncImages,
} from '../../src/index.js';

const [, , storePath = '', keyringFile = '', ...directories] = process.argv;
const keyring = await parseKeyring(await readFile(keyringFile));
const store = await openStore(storePath);
const codes: string[] = [];
for (const directory of directories) {
  try {
    await syncImages({
      store,
      source: directorySource(directory),
      images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
      trust: { keyring },
    });
  } catch (error) {
    codes.push(error instanceof NetbootError ? error.code : String(error));
  }
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ codes, peakBytes }));
