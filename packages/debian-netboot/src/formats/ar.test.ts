import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { buildAr } from '@pxe/local-mirror';

import { collect, pieces } from '../../test/support/pieces.js';
import { NetbootError } from '../errors.js';
import { readAr } from './ar.js';

/** Returns the name and content of every member; the content is empty if the member is not wanted. */
async function members(
  archive: Uint8Array,
  length = 1000,
  isWanted: (name: string) => boolean = () => true,
): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { name, content } of readAr(pieces(archive, length))) {
    found.push([name, isWanted(name) ? (await collect(content)).toString() : '']);
  }
  return found;
}

const ARCHIVE = buildAr([
  ['debian-binary', Buffer.from('2.0\n')],
  ['control.tar.xz', Buffer.from('odd')],
  ['data.tar.xz', Buffer.from('even')],
]);

describe('ar', () => {
  it('yields members in order with their bytes', async () => {
    const expected = [
      ['debian-binary', '2.0\n'],
      ['control.tar.xz', 'odd'],
      ['data.tar.xz', 'even'],
    ];
    for (const length of [1, 8, 59, 1000]) {
      expect(await members(ARCHIVE, length)).toEqual(expected);
    }
  });

  it('skips a member that is not read', async () => {
    const [, , data] = await members(ARCHIVE, 10, (name) => name === 'data.tar.xz');
    expect(data).toEqual(['data.tar.xz', 'even']);
  });

  describe('refuses an archive', () => {
    it.each([
      ['with the wrong magic', Buffer.from('!<arcX>\n')],
      ['that is empty', Buffer.alloc(0)],
      ['cut inside a header', ARCHIVE.subarray(0, 40)],
      ['cut inside a member', ARCHIVE.subarray(0, -2)],
      [
        'without the end mark of a header',
        Buffer.from(ARCHIVE.toString('latin1').replace('`\n', 'x\n')),
      ],
      [
        'with a size that is not a number',
        Buffer.from(ARCHIVE.toString('latin1').replace('4         `', '0x4       `')),
      ],
      [
        'with a negative size',
        Buffer.from(ARCHIVE.toString('latin1').replace('4         `', '-4        `')),
      ],
      [
        'with a size beyond its end',
        Buffer.from(ARCHIVE.toString('latin1').replace('4         `', '9999999999`')),
      ],
      ['with a path as a name', buildAr([['../../etc/cron', Buffer.from('')]])],
      [
        'with too many members',
        buildAr(Array.from({ length: 17 }, (_, index) => [`m${index}`, Buffer.alloc(1)] as const)),
      ],
    ])('%s', async (_what, archive) => {
      await expect(members(archive)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
      });
    });
  });

  it('reads any bytes, or throws a NetbootError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        async (bytes, withMagic) => {
          const archive = withMagic ? Buffer.concat([Buffer.from('!<arch>\n'), bytes]) : bytes;
          await members(archive).catch((error: unknown) => {
            expect(error).toBeInstanceOf(NetbootError);
          });
        },
      ),
    );
  });
});
