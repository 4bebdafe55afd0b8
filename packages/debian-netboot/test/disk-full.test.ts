import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, it } from 'vitest';

import { addMadeUpSuite, serveMirror } from '@pxe/local-mirror';
import { cannot } from '@pxe/test-host';

import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { afterTest, madeUpMirror, temporaryDirectory, TRIXIE } from './support/made-up-mirror.js';

const run = promisify(execFile);

/** Mounts a small file system in a private mount namespace. */
const MOUNT = 'unshare -rm mount -t tmpfs tmpfs /mnt';

let program = '';
let fullDisk = '';

describe('disk full', () => {
  beforeAll(async () => {
    const programs = await createProgramBuilder();
    program = await programs.build(supportProgram('fill-disk-child.ts'));
    fullDisk = await programs.build(supportProgram('full-disk-child.ts'));
    return () => programs.remove();
  }, 300_000);

  it.each(['200k', '400k', '650k'])(
    'a sync that fills a disk of %s fails with a hint, and leaves the store undamaged',
    async (size) => {
      const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 600_000 });
      const directory = await temporaryDirectory();
      const keyringFile = join(directory, 'key.asc');
      await writeFile(keyringFile, archive.key.publicKey);
      const script =
        'mount -t tmpfs -o "size=$1" tmpfs "$2" && exec "$3" "$4" "$2/store" "$5" "$6"';
      const args = [size, '/mnt', process.execPath, program, archive.mirror.url, keyringFile];
      const { stdout } = await run('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args]);
      expect(JSON.parse(stdout)).toEqual({
        code: 'ERR_NETBOOT_NO_SPACE',
        hint: 'free some space (df) or some inodes (df -i), or use a data directory on a larger file system',
        current: null,
      });
    },
    300_000,
  );

  describe.skipIf(cannot(MOUNT))('a disk without a single free block', () => {
    async function onFullDisk(what: 'prune' | 'sync'): Promise<unknown> {
      const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 600_000 });
      const mirrors = [archive.mirror.url];
      for (const number of [2, 3]) {
        const build = `20250101+deb13u${number}`;
        const kernel = `6.12.${number}+deb13`;
        const date = new Date(`2026-0${number}-01`);
        const tree = new Map(archive.tree);
        await addMadeUpSuite(
          tree,
          { ...TRIXIE, initrdLength: 600_000, build, kernel, date },
          archive.key,
        );
        const mirror = await serveMirror(tree);
        afterTest(() => mirror.close());
        mirrors.push(mirror.url);
      }
      const keyringFile = join(await temporaryDirectory(), 'key.asc');
      await writeFile(keyringFile, archive.key.publicKey);
      const script =
        'mount -t tmpfs -o size=2400k tmpfs /mnt && exec "$1" "$2" /mnt "$3" "$4" "$5" "$6" "$7"';
      const args = [process.execPath, fullDisk, keyringFile, what, ...mirrors];
      const { stdout } = await run('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args]);
      return JSON.parse(stdout);
    }

    it('lets old generations be pruned, and the report gives the reason for each kept one', async () => {
      expect(await onFullDisk('prune')).toEqual({
        removed: 1,
        kept: ['current'],
        build: '20250101+deb13u2',
        pruned: 0,
        generations: 1,
        lease: 0,
      });
    }, 300_000);

    it('frees the space of old generations for a sync', async () => {
      expect(await onFullDisk('sync')).toMatchObject({
        build: '20250101+deb13u3',
        pruned: 1,
        generations: 2,
        lease: 0,
      });
    }, 300_000);
  });
});
