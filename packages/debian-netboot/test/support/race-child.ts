/**
 * Works on a store at the same time as other processes, step by step: reads lines such as `sync 20`, waits
 * that many milliseconds, performs the action, and prints a line with the result.
 *
 *     node race-child.js STORE MIRROR KEYRING
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  mirrorSource,
  NetbootError,
  openStore,
  parseKeyring,
  syncImages,
  verifyStore,
} from '../../src/index.js';

const [, , directory = '', mirror = '', keyringFile = ''] = process.argv;
const keyring = await parseKeyring(await readFile(keyringFile));

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  async sync() {
    await syncImages({
      store: await openStore(directory),
      source: mirrorSource({ mirrors: [mirror] }),
      images: [{ suite: 'trixie', arch: 'amd64', variants: ['text', 'gtk'] }],
      trust: { keyring },
    });
  },
  async prune() {
    await (await openStore(directory)).prune({ keep: 0, graceMs: 0 });
  },
  async verify() {
    await verifyStore({ store: await openStore(directory), trust: { keyring }, repair: true });
  },
  async rollback() {
    await (await openStore(directory)).rollback();
  },
};

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', delay] = line.split(' ');
  await sleep(Number(delay));
  let result = 'done';
  try {
    await actions[name]?.();
  } catch (error) {
    result = error instanceof NetbootError ? error.code : String(error);
  }
  process.stdout.write(`${name} ${result}\n`);
}
