import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { beforeAll, expect, test } from 'vitest';
import { madeUpMirror, temporaryDirectory, TRIXIE } from './support/made-up-mirror.js';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Whether a small file system can be mounted where nobody else sees it. */
const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
if (!canMount && process.env['CI'] !== 'true') {
  process.stderr.write('skipped: needs unshare and mount namespaces (Debian package util-linux)\n');
}

let program = '';

beforeAll(async () => {
  const outDir = await mkdtemp(join(PACKAGE, 'node_modules', '.disk-full-test-'));
  program = join(outDir, 'fill-disk-child.js');
  await build({
    entry: [join(PACKAGE, 'test', 'support', 'fill-disk-child.ts')],
    outDir,
    format: 'esm',
    target: 'node20',
    removeNodeProtocol: false,
    silent: true,
    config: false,
    tsconfig: join(PACKAGE, 'tsconfig.json'),
  });
  return () => rm(outDir, { recursive: true, force: true });
}, 60_000);

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
);
