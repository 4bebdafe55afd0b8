import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fixtureReleaseText } from '../../test/support/fixtures.js';
import { parseReleaseFile } from './release-file.js';

const HASH = 'a'.repeat(64);

/** Returns a minimal Release, to which each test adds its own lines. */
function releaseText(...lines: readonly string[]): string {
  return [
    'Origin: Debian',
    'Suite: stable',
    'Codename: trixie',
    'Date: Sat, 12 Sep 2026 07:55:41 UTC',
    ...lines,
    'SHA256:',
    ` ${HASH}     1234 main/binary-amd64/Packages`,
    '',
  ].join('\n');
}

describe('release file', () => {
  describe('a real Release', () => {
    it('is parsed field by field', () => {
      expect(parseReleaseFile(fixtureReleaseText('trixie'))).toMatchObject({
        ok: true,
        value: {
          origin: 'Debian',
          suite: 'stable',
          codename: 'trixie',
          version: '13.7',
          date: new Date('2026-09-12T07:55:41Z'),
          validUntil: undefined,
          acquireByHash: true,
        },
      });
    });

    it('has a Valid-Until and no version for testing', () => {
      expect(parseReleaseFile(fixtureReleaseText('forky'))).toMatchObject({
        ok: true,
        value: { version: undefined, validUntil: new Date('2026-11-06T08:08:01Z') },
      });
    });

    it('lists the SHA256 section, not the MD5Sum one with the same paths', () => {
      const release = parseReleaseFile(fixtureReleaseText('bookworm'));
      if (!release.ok) {
        throw release.error;
      }
      const path = 'main/installer-amd64/current/images/SHA256SUMS';
      expect(release.value.files.get(path)).toEqual({
        path,
        sha256: '8e0a94d8488f7c60f5fe6723e69b450ec5d7000f592ccdb169481f4bfe863b62',
        size: 78509,
      });
    });
  });

  describe('refuses a Release', () => {
    it.each([
      ['without a Date', releaseText().replace(/^Date.*\n/m, '')],
      ['with a Date in another format', releaseText().replace('12 Sep', '12 September')],
      ['with an impossible day', releaseText().replace('12 Sep', '31 Sep')],
      ['with a month that does not exist', releaseText().replace('Sep', 'epO')],
      ['with an invalid Valid-Until', releaseText('Valid-Until: tomorrow')],
      ['with a repeated field', releaseText('Codename: sid')],
      ['with a line that is not a field', releaseText('nonsense')],
      ['with an empty line inside', releaseText('', 'Label: Debian')],
      ['without hashes', releaseText().replace(/SHA256:[\s\S]*/, '')],
      ['with a short hash', releaseText().replace(HASH, 'a'.repeat(63))],
      ['with a hash in capitals', releaseText().replace(HASH, 'A'.repeat(64))],
      ['with a negative size', releaseText().replace('1234', '-123')],
      ['with a path that leads out of the root', releaseText().replace('main/', '../main/')],
      ['with an absolute path', releaseText().replace('main/', '/main/')],
      [
        'with two hashes for one path',
        `${releaseText()} ${'b'.repeat(64)} 1234 main/binary-amd64/Packages\n`,
      ],
      ['that is too long', ' x\n'.repeat(200_001)],
    ])('%s', (_what, text) => {
      expect(parseReleaseFile(text)).toMatchObject({
        ok: false,
        error: { code: 'ERR_NETBOOT_MALFORMED_RELEASE' },
      });
    });
  });

  it('accepts the same entry twice', () => {
    const text = `${releaseText()} ${HASH} 1234 main/binary-amd64/Packages\n`;
    expect(parseReleaseFile(text).ok).toBe(true);
  });

  it('never throws, whatever the text, and accepts only plain paths', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('SHA256:', 'MD5Sum:', 'Date: Sat, 12 Sep 2026 07:55:41 UTC', '', ' '),
      fc
        .tuple(fc.stringMatching(/^[0-9a-f]{62,66}$/), fc.nat(), fc.string())
        .map(([hash, size, path]) => ` ${hash} ${size} ${path}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const release = parseReleaseFile(lines.join('\n'));
        if (!release.ok) {
          return;
        }
        for (const { path } of release.value.files.values()) {
          expect(path).not.toMatch(/^\/|\.\.\/|\/\//);
        }
      }),
    );
  });
});
