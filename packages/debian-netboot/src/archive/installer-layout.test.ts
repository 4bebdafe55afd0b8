import { describe, expect, it } from 'vitest';

import { fixtureChecksums, fixtureReleaseText } from '../../test/support/fixtures.js';
import { ARCHES } from '../catalog/arch.js';
import { expectValue } from '../errors.js';
import { parseChecksumList } from './checksum-list.js';
import {
  efiLoaderNames,
  imageFolder,
  listedBuilds,
  resolveBuild,
  resolveCurrentBuild,
} from './installer-layout.js';
import { parseReleaseFile, type ReleaseFile } from './release-file.js';

const trixie = expectValue(parseReleaseFile(fixtureReleaseText('trixie')));
const forky = expectValue(parseReleaseFile(fixtureReleaseText('forky')));

/** Returns a copy of a release without the files whose path matches `gone`. */
function without(release: ReleaseFile, gone: RegExp): ReleaseFile {
  return { ...release, files: new Map([...release.files].filter(([path]) => !gone.test(path))) };
}

describe('installer layout', () => {
  describe('the current build', () => {
    it('is the dated build with the same SHA256SUMS', () => {
      expect(resolveCurrentBuild(trixie, 'amd64')).toMatchObject({
        ok: true,
        value: { build: '20250803+deb13u7' },
      });
      expect(resolveCurrentBuild(forky, 'amd64')).toMatchObject({ value: { build: '20250803' } });
    });

    it('is the newest of several, in the order of Debian versions', () => {
      const [path, current] = [...trixie.files].find(([name]) =>
        name.includes('installer-amd64/current/images/SHA256SUMS'),
      )!;
      const dated = ['20250803+deb13u12', '20250803+deb13u9', '20250803~bpo12+1'].map(
        (build): [string, typeof current] => {
          const name = path.replace('current', build);
          return [name, { ...current, path: name }];
        },
      );
      const release = { ...trixie, files: new Map([[path, current], ...dated]) };
      expect(listedBuilds(release, 'amd64').map(({ build }) => build)).toEqual([
        '20250803~bpo12+1',
        '20250803+deb13u9',
        '20250803+deb13u12',
      ]);
      expect(resolveCurrentBuild(release, 'amd64')).toMatchObject({
        value: { build: '20250803+deb13u12' },
      });
    });

    it('is refused without a matching dated build', () => {
      expect(resolveCurrentBuild(without(trixie, /deb13u7/), 'amd64')).toMatchObject({
        ok: false,
        error: { code: 'ERR_NETBOOT_BUILD_NOT_FOUND' },
      });
    });

    it('is missing for an architecture without an installer', () => {
      expect(resolveCurrentBuild(trixie, 'i386')).toMatchObject({
        ok: false,
        error: { code: 'ERR_NETBOOT_BUILD_NOT_FOUND', message: 'trixie lists no i386 installer' },
      });
    });
  });

  describe('a pinned build', () => {
    const [first] = listedBuilds(trixie, 'amd64');

    it('is used instead of the current one', () => {
      expect(first?.build).toBe('20250803');
      expect(resolveBuild(trixie, 'amd64', { build: '20250803' })).toEqual({
        ok: true,
        value: first,
      });
    });

    it('can be pinned by the hash of its SHA256SUMS', () => {
      const checksumListSha256 = first?.checksumList.sha256 ?? '';
      expect(resolveBuild(trixie, 'amd64', { checksumListSha256 })).toEqual({
        ok: true,
        value: first,
      });
    });

    it('is an error that lists the available builds if it was removed', () => {
      const result = resolveBuild(trixie, 'amd64', { build: '20250803+deb13u6' });
      expect(result).toMatchObject({ ok: false, error: { code: 'ERR_NETBOOT_BUILD_NOT_FOUND' } });
      expect(!result.ok && result.error.hint).toContain('20250803 or 20250803+deb13u7');
    });

    it('is refused if its SHA256SUMS differs', () => {
      const pin = { build: '20250803', checksumListSha256: 'a'.repeat(64) };
      expect(resolveBuild(trixie, 'amd64', pin).ok).toBe(false);
    });
  });

  it.each([
    ['trixie', 'amd64'],
    ['trixie', 'arm64'],
    ['bookworm', 'amd64'],
    ['bookworm', 'arm64'],
  ] as const)('names only files in the real list of %s %s', (suite, arch) => {
    const list = expectValue(parseChecksumList(fixtureChecksums(suite, arch).toString('utf8')));
    for (const variant of ['text', 'gtk'] as const) {
      const folder = imageFolder({ arch, variant });
      for (const name of ['linux', 'initrd.gz', ...efiLoaderNames(arch)]) {
        expect(list.has(`${folder}/${name}`), name).toBe(true);
      }
    }
  });

  it('names different loaders for each architecture', () => {
    expect(new Set(ARCHES.map((arch) => efiLoaderNames(arch)[0])).size).toBe(ARCHES.length);
  });
});
