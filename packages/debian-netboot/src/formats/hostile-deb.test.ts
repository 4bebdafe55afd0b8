import { gzipSync } from 'node:zlib';
import { buildAr, buildDeb, buildTar } from '@pxe/local-mirror';
import { describe, expect, test } from 'vitest';
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

test('the files of a package come by their paths', async () => {
  const deb = await buildDeb({ name: 'pxelinux', version: '1', files: FILES });
  expect(await filesOf(deb)).toEqual(
    new Map([...FILES].map(([path, content]) => [path, content.toString()])),
  );
});

test('members that deb(5) allows for are passed over', async () => {
  const data = ['data.tar', await buildTar(FILES)] as const;
  const deb = buildAr([VERSION, ['_gpgorigin', Buffer.from('x')], CONTROL, data]);
  expect(await filesOf(deb)).toHaveProperty('size', 2);
});

describe('hostile deb:', () => {
  test.each<[string, () => Promise<Buffer> | Buffer, string]>([
    [
      'another format version',
      () => buildAr([['debian-binary', Buffer.from('3.0\n')]]),
      'MALFORMED',
    ],
    ['no format version in front', () => buildAr([CONTROL, VERSION]), 'MALFORMED'],
    ['no data', () => buildAr([VERSION, CONTROL]), 'MALFORMED'],
    [
      'data in a compression that Debian does not use',
      () => buildAr([VERSION, ['data.tar.zst', Buffer.from('x')]]),
      'MALFORMED',
    ],
    [
      'data that do not decompress',
      () => buildAr([VERSION, ['data.tar.gz', Buffer.from('x')]]),
      'MALFORMED',
    ],
    [
      'data that are no tar',
      () => buildAr([VERSION, ['data.tar.gz', gzipSync('x'.repeat(600))]]),
      'MALFORMED',
    ],
    [
      'a decompression bomb',
      () => buildAr([VERSION, ['data.tar.gz', gzipSync(Buffer.alloc(60 * 1024 * 1024))]]),
      'HOSTILE',
    ],
    [
      'a path that climbs',
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
