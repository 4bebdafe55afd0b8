import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { madeUpMirror, temporaryDirectory, TRIXIE } from './support/made-up-mirror.js';

const run = promisify(execFile);

/** Whether a small file system can be mounted where nobody else sees it. */
const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
if (!canMount && process.env['CI'] !== 'true') {
  process.stderr.write('skipped: needs unshare and mount namespaces (Debian package util-linux)\n');
}

let program = '';

beforeAll(async () => {
  const programs = await createProgramBuilder();
  program = await programs.build(supportProgram('fill-disk-child.ts'));
  return () => programs.remove();
}, 300_000);

test.runIf(canMount || process.env['CI'] === 'true').each(['200k', '400k', '650k'])(
  'a disk of %s that is full ends a sync with what to do about it, and harms nothing',
  async (size) => {
    const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 600_000 });
    const directory = await temporaryDirectory();
    const keyringFile = join(directory, 'key.asc');
    await writeFile(keyringFile, archive.key.publicKey);
    const script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && exec "$3" "$4" "$2/store" "$5" "$6"';
    const args = [size, '/mnt', process.execPath, program, archive.mirror.url, keyringFile];
    const { stdout } = await run('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args]);
    expect(JSON.parse(stdout)).toEqual({
      code: 'ERR_NETBOOT_NO_SPACE',
      hint: 'free some space, or use a data directory on a larger file system',
      current: null,
    });
  },
  300_000,
);
