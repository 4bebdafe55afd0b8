import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { capture } from './capture.js';
import { captureConversion } from './conversion.js';
import { captureStart } from './start.js';

const TESTS = resolve(import.meta.dirname, '../../../packages/syslinux-menu/test');
const WORK_DIRECTORY = join(tmpdir(), 'menu-captures');

/** Kinds of captures, by the folder that stores them in the package's tests. */
const KINDS: Readonly<Record<string, (directory: string, work: string) => Promise<void>>> = {
  captures: capture,
  starts: captureStart,
  conversions: captureConversion,
};

async function captureAll(kind: string, asked: readonly string[]): Promise<void> {
  const run = KINDS[kind];
  if (run === undefined) {
    throw new Error(`no kind is named ${kind}; there are ${Object.keys(KINDS).join(', ')}`);
  }
  const folder = join(TESTS, kind);
  const known = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `none of ${kind} is named ${unknown.join(', ')}; there are ${known.join(', ')}`,
    );
  }
  for (const name of asked.length > 0 ? asked : known) {
    console.log(`capturing ${kind}/${name}`);
    await run(join(folder, name), WORK_DIRECTORY);
  }
}

const [kind = '', ...names] = process.argv.slice(2);
try {
  await captureAll(kind, names);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
