import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

import { type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';

import { buildAr, buildDeb, buildTar } from '@pxe/local-mirror';

import { collect, pieces } from '../../test/support/pieces.js';
import { readDebFiles } from './deb.js';

const FILES = new Map([
  ['usr/lib/PXELINUX/pxelinux.0', Buffer.from('loader')],
  ['usr/share/doc/pxelinux/copyright', Buffer.from('free')],
]);
const VERSION = ['debian-binary', Buffer.from('2.0\n')] as const;
const CONTROL = ['control.tar.gz', gzipSync('')] as const;

async function filesOf(deb: Uint8Array): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { path, content } of readDebFiles(pieces(deb))) {
    files.set(path, (await collect(content)).toString());
  }
  return files;
}

describe('hostile deb', () => {
  it('yields the files of a sound package by path', async () => {
    const deb = await buildDeb({ name: 'pxelinux', version: '1', files: FILES });
    expect(await filesOf(deb)).toEqual(
      new Map([...FILES].map(([path, content]) => [path, content.toString()])),
    );
  });

  it('skips extra members that deb(5) allows', async () => {
    const data = ['data.tar', await buildTar(FILES)] as const;
    const deb = buildAr([VERSION, ['_gpgorigin', Buffer.from('x')], CONTROL, data]);
    expect(await filesOf(deb)).toHaveProperty('size', 2);
  });

  /** Returns a package with one entry of a kind that has no content. */
  async function debOf(header: Partial<Header>): Promise<Buffer> {
    const archive = pack();
    archive.entry({ name: './entry', ...header });
    archive.finalize();
    const data = gzipSync(await collect(archive as AsyncIterable<Uint8Array>));
    return buildAr([VERSION, ['data.tar.gz', data]]);
  }

  function xz(content: Buffer): Buffer {
    const { stdout, status } = spawnSync('xz', ['-c'], { input: content, maxBuffer: 1e9 });
    if (status !== 0) {
      throw new Error('this test needs the program xz (package xz-utils)');
    }
    return stdout;
  }

  /**
   * Changes the dictionary size in the header of xz data (xz file format 5.3.1, LZMA2) to 1.5 GiB.
   */
  function withHugeDictionary(packed: Buffer): Buffer {
    const block = Buffer.from(packed);
    const length = (block.readUInt8(12) + 1) * 4;
    const properties = block.indexOf(Buffer.from([0x21, 0x01]), 12);
    block.writeUInt8(37, properties + 2);
    block.writeUInt32LE(crc32(block.subarray(12, 12 + length - 4)), 12 + length - 4);
    return block;
  }

  /** Returns the CRC-32 used by xz and gzip; Node provides it since version 22. */
  function crc32(bytes: Uint8Array): number {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) {
        crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
      }
    }
    return (crc ^ 0xffffffff) >>> 0;
  }

  describe('refuses a deb with', () => {
    it.each<[string, () => Promise<Buffer> | Buffer, string]>([
      [
        'another format version',
        () => buildAr([['debian-binary', Buffer.from('3.0\n')]]),
        'MALFORMED',
      ],
      ['no format version at the start', () => buildAr([CONTROL, VERSION]), 'MALFORMED'],
      ['no data', () => buildAr([VERSION, CONTROL]), 'MALFORMED'],
      [
        'data in a compression that Debian does not use',
        () => buildAr([VERSION, ['data.tar.zst', Buffer.from('x')]]),
        'MALFORMED',
      ],
      [
        'data that cannot be decompressed',
        () => buildAr([VERSION, ['data.tar.gz', Buffer.from('x')]]),
        'MALFORMED',
      ],
      [
        'data that is not a tar archive',
        () => buildAr([VERSION, ['data.tar.gz', gzipSync('x'.repeat(600))]]),
        'MALFORMED',
      ],
      [
        'a decompression bomb',
        () => buildAr([VERSION, ['data.tar.gz', gzipSync(Buffer.alloc(60 * 1024 * 1024))]]),
        'HOSTILE',
      ],
      [
        'an xz bomb of zeros',
        () => buildAr([VERSION, ['data.tar.xz', xz(Buffer.alloc(60 * 1024 * 1024))]]),
        'HOSTILE',
      ],
      [
        'a bomb in a bomb, of which the inner one is not opened',
        () => buildAr([VERSION, ['data.tar.gz', gzipSync(gzipSync(Buffer.alloc(1_000_000)))]]),
        'MALFORMED',
      ],
      [
        'xz data that needs a dictionary of gigabytes',
        () => buildAr([VERSION, ['data.tar.xz', withHugeDictionary(xz(Buffer.alloc(1000)))]]),
        'MALFORMED',
      ],
      [
        'a member that claims to be larger than the file',
        () =>
          Buffer.from(
            buildAr([VERSION, ['data.tar', Buffer.alloc(1024)]])
              .toString('latin1')
              .replace('1024      `', '9999999999`'),
            'latin1',
          ),
        'MALFORMED',
      ],
      ['a symlink that leads out', () => debOf({ type: 'symlink', linkname: '/etc' }), 'HOSTILE'],
      ['a hard link', () => debOf({ type: 'link', linkname: 'etc/passwd' }), 'HOSTILE'],
      ['a device', () => debOf({ type: 'block-device', devmajor: 8, devminor: 0 }), 'HOSTILE'],
      ['a fifo', () => debOf({ type: 'fifo' }), 'HOSTILE'],
      [
        'a path that leads out of the root',
        async () =>
          buildAr([
            VERSION,
            [
              'data.tar.gz',
              gzipSync(await buildTar(new Map([['../../etc/cron.d/x', Buffer.from('x')]]))),
            ],
          ]),
        'HOSTILE',
      ],
    ])('%s', async (_what, build, kind) => {
      await expect(filesOf(await build())).rejects.toMatchObject({
        code: `ERR_NETBOOT_${kind}_ARCHIVE`,
      });
    });
  });
});
