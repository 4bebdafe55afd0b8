import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { capture } from './capture.js';

const CAPTURES = resolve(import.meta.dirname, '../../../packages/syslinux-menu/test/captures');
const WORK_DIRECTORY = join(tmpdir(), 'menu-captures');

const asked = process.argv.slice(2);
const known = (await readdir(CAPTURES, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no capture is named ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of asked.length > 0 ? asked : known) {
    console.log(`capturing ${name}`);
    await capture(join(CAPTURES, name), WORK_DIRECTORY);
  }
}
