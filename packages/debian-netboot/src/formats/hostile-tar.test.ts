import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';

import { collect, pieces } from '../../test/support/pieces.js';
import { NetbootError } from '../errors.js';
import { type TarLimits } from './tar-policy.js';
import { readTar } from './tar.js';

const LIMITS: TarLimits = { maxEntries: 100, maxFileBytes: 10_000, maxTotalBytes: 50_000 };

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

/** Packs entries of any kind. */
async function tarOf(...entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) {
    archive.entry({ type: 'file', ...header }, content);
  }
  archive.finalize();
  return collect(archive as AsyncIterable<Uint8Array>);
}

/** Reads an archive to its end, and returns the contents of its files by path. */
async function filesOf(archive: Uint8Array, length = 700): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { path, content } of readTar(pieces(archive, length), LIMITS)) {
    files.set(path, (await collect(content)).toString());
  }
  return files;
}

/** Returns the records of a pax header with a total size of `length` bytes. */
function paxTable(length: number): Record<string, string> {
  const count = Math.ceil(length / 20);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`key-${String(index).padStart(8, '0')}`, 'abc']),
  );
}

const fine = { name: './debian-installer/amd64/linux', content: 'kernel' };

describe('hostile tar', () => {
  it('yields files by path, and accepts directories and inner links', async () => {
    const archive = await tarOf(
      { name: './', type: 'directory' },
      { name: './debian-installer/', type: 'directory' },
      fine,
      { name: './pxelinux.0', type: 'symlink', linkname: 'debian-installer/amd64/pxelinux.0' },
      {
        name: './debian-installer/amd64/pxelinux.cfg/default',
        type: 'symlink',
        linkname: '../boot-screens/syslinux.cfg',
      },
      { name: 'without-dot', content: '' },
    );
    expect(await filesOf(archive)).toEqual(
      new Map([
        ['debian-installer/amd64/linux', 'kernel'],
        ['without-dot', ''],
      ]),
    );
  });

  it('skips a file that is not read', async () => {
    const archive = await tarOf({ name: 'big', content: 'x'.repeat(9000) }, fine);
    const paths: string[] = [];
    for await (const { path } of readTar(pieces(archive), LIMITS)) {
      paths.push(path);
    }
    expect(paths).toEqual(['big', 'debian-installer/amd64/linux']);
  });

  describe('refuses a tar:', () => {
    it.each<[string, readonly Entry[]]>([
      ['absolute name', [{ name: '/etc/passwd', content: 'x' }]],
      ['name that climbs', [{ name: './debian-installer/../../etc/passwd' }]],
      ['name that starts by climbing', [{ name: '../x' }]],
      ['name with a backslash', [{ name: '..\\x' }]],
      ['name with a line break', [{ name: 'a\nb' }]],
      ['name with an empty part', [{ name: 'a//b' }]],
      ['name 25 directories deep', [{ name: `${'d/'.repeat(25)}file` }]],
      ['name of 300 letters', [{ name: 'x'.repeat(300) }]],
      ['absolute symlink', [{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }]],
      ['symlink that climbs out', [{ name: 'a/link', type: 'symlink', linkname: '../../x' }]],
      ['symlink to the parent of the root', [{ name: 'link', type: 'symlink', linkname: '..' }]],
      ['symlink to nothing', [{ name: 'link', type: 'symlink', linkname: '' }]],
      [
        'file written through a symlink to a directory',
        [
          { name: 'pxelinux.cfg', type: 'symlink', linkname: 'debian-installer' },
          { name: 'pxelinux.cfg/default' },
        ],
      ],
      ['file below a file', [{ name: 'a' }, { name: 'a/b' }]],
      [
        'directory in place of a symlink',
        [
          { name: 'a', type: 'symlink', linkname: 'b' },
          { name: 'a', type: 'directory' },
        ],
      ],
      [
        'file in place of a symlink',
        [{ name: 'a', type: 'symlink', linkname: 'b' }, { name: 'a' }],
      ],
      ['file in place of a directory', [{ name: 'a', type: 'directory' }, { name: 'a' }]],
      ['file in place of a directory that others are in', [{ name: 'a/b' }, { name: 'a' }]],
      [
        'symlink in place of a directory that others are in',
        [{ name: 'a/b' }, { name: 'a', type: 'symlink', linkname: 'c' }],
      ],
      ['dots in overlong UTF-8', [{ name: Buffer.from('c0aec0ae2f78', 'hex').toString('latin1') }]],
      ['percent-encoded dots followed by a climb', [{ name: '%2e%2e/../../x' }]],
      ['drive letter with a backslash', [{ name: 'C:\\x' }]],
      ['long name that climbs', [{ name: `${'x/'.repeat(120)}${'../'.repeat(130)}y` }]],
      ['name in a pax header that climbs', [{ name: 'a', pax: { path: '../../x' } }]],
      ['name in a pax header with a NUL', [{ name: 'a', pax: { path: 'a\0b' } }]],
      [
        'link in a pax header that climbs out',
        [{ name: 'a', type: 'symlink', linkname: 'b', pax: { linkpath: '../../x' } }],
      ],
      ['size in a pax header that is too large', [{ name: 'a', pax: { size: '99999999999' } }]],
      ['sibling of the root whose name starts like the root', [{ name: './../tree-private/x' }]],
      ['repeated name', [{ name: 'a' }, { name: './a' }]],
      ['the root as a file', [{ name: './', type: 'file' }]],
      ['hard link', [fine, { name: 'link', type: 'link', linkname: fine.name }]],
      ['character device', [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]],
      ['block device', [{ name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 }]],
      ['fifo', [{ name: 'fifo', type: 'fifo' }]],
      ['contiguous file', [{ name: 'odd', type: 'contiguous-file' }]],
      ['large file', [{ name: 'large', content: 'x'.repeat(10_001) }]],
      [
        'more bytes than allowed',
        Array.from({ length: 6 }, (_, index) => ({ name: `f${index}`, content: 'x'.repeat(9000) })),
      ],
      [
        'more entries than allowed',
        Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` })),
      ],
    ])('%s', async (_what, entries) => {
      await expect(filesOf(await tarOf(...entries))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
      });
    });

    it('with a name of 8 GiB, which would fill the memory', async () => {
      const archive = await tarOf({ name: 'x', content: 'y' });
      // Announces a name of 8 GiB.
      archive.write('L', 156, 'latin1');
      archive.write('77777777777\0', 124, 'latin1');
      archive.write('        ', 148, 'latin1');
      const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      const endless = (function* () {
        yield archive.subarray(0, 512);
        for (let count = 0; count < 200_000; count += 1) {
          yield Buffer.alloc(65_536);
        }
      })();
      let taken = 0;
      const counted = (async function* () {
        for (const piece of endless) {
          await Promise.resolve();
          taken += piece.length;
          yield piece;
        }
      })();
      const reading = (async () => {
        for await (const file of readTar(counted, LIMITS)) {
          await collect(file.content);
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'ERR_NETBOOT_MALFORMED_ARCHIVE' });
      expect(taken).toBeLessThan(1_000_000);
    });

    it.each<[string, readonly Entry[]]>([
      ['a table of a megabyte before an entry', [{ name: 'a', pax: paxTable(1_000_000) }]],
      ['a table of 20 kB before an entry', [{ name: 'a', pax: paxTable(20_000) }]],
      [
        'a table of 20 kB after a directory that claims to have a size',
        [
          { name: 'a', type: 'directory', size: 8_000_000 },
          { name: 'b', pax: paxTable(20_000) },
        ],
      ],
    ])('%s', async (_what, entries) => {
      await expect(filesOf(await tarOf(...entries))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
      });
    });

    it('with endless headers without an entry', async () => {
      const archive = await tarOf({ name: 'a', pax: paxTable(8000) });
      const headers = archive.subarray(0, archive.length - 3 * 512);
      let taken = 0;
      const endless = (async function* () {
        for (let count = 0; count < 1000; count += 1) {
          await Promise.resolve();
          taken += headers.length;
          yield headers;
        }
      })();
      const reading = (async () => {
        for await (const file of readTar(endless, LIMITS)) {
          await collect(file.content);
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'ERR_NETBOOT_HOSTILE_ARCHIVE' });
      expect(taken).toBeLessThan(1_000_000);
    });

    it('with a size beyond every safe integer', async () => {
      const archive = await tarOf(fine);
      // The size in base 256: more than 2^60 bytes.
      archive.writeUInt8(0x80, 124);
      archive.fill(0xff, 125, 136);
      archive.write('        ', 148, 'latin1');
      const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      await expect(filesOf(archive)).rejects.toBeInstanceOf(NetbootError);
    });
  });

  it('accepts zero padding after the end of an archive', async () => {
    const archive = await tarOf(fine);
    const padded = Buffer.concat([archive, Buffer.alloc(1024 * 1024)]);
    expect(await filesOf(padded, 65_536)).toHaveProperty('size', 1);
  });

  describe('refuses a damaged tar', () => {
    it.each([
      ['cut inside a file', -1500],
      ['cut inside a header', 100],
    ])('%s', async (_what, end) => {
      const archive = await tarOf(fine, { name: 'other', content: 'x'.repeat(3000) });
      await expect(filesOf(archive.subarray(0, end))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
      });
    });

    it('with a wrong checksum', async () => {
      const archive = await tarOf(fine);
      archive.write('x', 0, 'latin1');
      await expect(filesOf(archive)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
      });
    });

    it('reads any bytes, or throws a NetbootError', async () => {
      const archive = await tarOf(fine, { name: 'other', content: 'y'.repeat(600) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { maxLength: 8 }),
          fc.integer({ min: 1, max: 2000 }),
          async (changes, length) => {
            const damaged = Buffer.from(archive);
            for (const [position, byte] of changes) {
              damaged.writeUInt8(byte, position);
            }
            await filesOf(damaged, length).catch((error: unknown) => {
              expect(error).toBeInstanceOf(NetbootError);
            });
          },
        ),
      );
    });
  });

  it('passes on an error of its input unchanged', async () => {
    const archive = await tarOf(fine, { name: 'other', content: 'x'.repeat(5000) });
    const failure = new Error('the disk went away');
    const content = (async function* () {
      yield archive.subarray(0, 2000);
      await Promise.reject(failure);
    })();
    const reading = (async () => {
      for await (const file of readTar(content, LIMITS)) {
        await collect(file.content);
      }
    })();
    await expect(reading).rejects.toBe(failure);
  });

  it('releases the archive when the reader stops early', async () => {
    const archive = await tarOf(fine, { name: 'other', content: 'x'.repeat(9000) });
    let isClosed = false;
    const content = (async function* () {
      try {
        yield* pieces(archive, 512) as AsyncIterable<Uint8Array>;
      } finally {
        isClosed = true;
      }
    })();
    for await (const file of readTar(content, LIMITS)) {
      expect(file.path).toBe('debian-installer/amd64/linux');
      break;
    }
    expect(isClosed).toBe(true);
  });
});
