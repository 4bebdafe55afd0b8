import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { contentOf, memoryFile, type MirrorFile, publishSuite, sha256Of } from '@pxe/local-mirror';

import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { afterTest, madeUpMirror, temporaryDirectory, TRIXIE } from './support/made-up-mirror.js';

const run = promisify(execFile);

const MEBIBYTE = 1024 * 1024;

/** Returns a file of any size that is never held in memory as a whole. */
function largeFile(size: number): MirrorFile {
  function* pieces(start: number): Generator<Buffer> {
    const piece = Buffer.alloc(65_536, 'large');
    for (let left = size - start; left > 0; left -= piece.length) {
      yield piece.subarray(0, left);
    }
  }
  return { size, open: (start = 0) => Readable.from(pieces(start), { objectMode: false }) };
}

describe('memory', () => {
  it('never holds a whole initrd in memory in a sync, verification, export or import', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const images = 'dists/trixie/main/installer-amd64/20250101+deb13u1/images';
    const path = 'netboot/debian-installer/amd64/initrd.gz';
    const initrd = largeFile(384 * MEBIBYTE);
    const sums = (await contentOf(archive.tree.get(`${images}/SHA256SUMS`)!)).toString();
    const line = `${await sha256Of(initrd)}  ./${path}`;
    const changed = sums.replace(/^.*amd64\/initrd\.gz$/m, line);
    expect(changed).toContain(line);
    archive.tree.set(`${images}/${path}`, initrd);
    for (const build of ['20250101+deb13u1', 'current']) {
      const list = images.replace('20250101+deb13u1', build);
      archive.tree.set(`${list}/SHA256SUMS`, memoryFile(changed));
    }
    const date = new Date('2026-01-02T00:00:00Z');
    await publishSuite(archive.tree, { suite: 'stable', codename: 'trixie', date }, archive.key);

    const programs = await createProgramBuilder();
    afterTest(() => programs.remove());
    const program = await programs.build(supportProgram('memory-child.ts'));
    const directory = await temporaryDirectory();
    const keyringFile = join(directory, 'key.asc');
    await writeFile(keyringFile, archive.key.publicKey);
    const args = ['--max-old-space-size=96', program, directory, archive.mirror.url, keyringFile];
    const { stdout } = await run(process.execPath, args);
    process.stdout.write(`peak memory: ${Math.round(Number(stdout) / MEBIBYTE)} MiB\n`);
    expect(Number(stdout)).toBeLessThan(256 * MEBIBYTE);
  }, 600_000);
});
