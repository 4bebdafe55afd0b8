/**
 * Runs a sync in a separate process, for tests that kill it.
 *
 *     node sync-child.js STORE MIRROR KEYRING [BOUNDARY]
 *
 * With a boundary, the process kills itself right before that step (counted from 1) of those that
 * make a change durable or visible: fsync, rename, removal. It prints `started` when the sync begins,
 * and the number of such steps at its end.
 */
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { devNull } from 'node:os';

import { mirrorSource, openStore, parseKeyring, syncImages } from '../../src/index.js';

const [, , directory = '', mirror = '', keyringFile = '', boundary = '0'] = process.argv;

let steps = 0;

/** Counts a step, and ends the process at the chosen one. */
function step(): void {
  steps += 1;
  if (steps === Number(boundary)) {
    process.kill(process.pid, 'SIGKILL');
  }
}

const probe = await fs.open(devNull);
const handlePrototype = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
const { rename, rm } = fs;
const sync = Object.getOwnPropertyDescriptor(handlePrototype, 'sync')?.value as FileHandle['sync'];
fs.rename = (...args) => {
  step();
  return rename(...args);
};
fs.rm = (...args) => {
  step();
  return rm(...args);
};
handlePrototype.sync = function (this: FileHandle) {
  step();
  return sync.call(this);
};
syncBuiltinESMExports();

const keyring = await parseKeyring(await fs.readFile(keyringFile));
process.stdout.write('started\n');
await syncImages({
  store: await openStore(directory),
  source: mirrorSource({ mirrors: [mirror] }),
  images: [{ suite: 'trixie', arch: 'amd64', variants: ['text', 'gtk'] }],
  trust: { keyring },
});
process.stdout.write(`${steps}\n`);
