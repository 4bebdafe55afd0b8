import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';

import { type FaultRule } from '@pxe/local-mirror';

import {
  IMPATIENT,
  madeUpMirror,
  requestsFor,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

describe('mirror requests', () => {
  it('requests the files of one image and four other files in a cold sync', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const { generation } = await archive.sync(await temporaryStore());
    const { targets, efiLoaders, biosLoaders } = generation.manifest;
    const files =
      Object.keys(targets[0]!.files).length +
      Object.keys(efiLoaders[0]!.files).length +
      Object.keys(biosLoaders!.packages).length;
    expect(archive.mirror.requests).toHaveLength(files + 4);
  });

  it('requests indexes by hash, and images in their dated directory', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    await archive.publish(TRIXIE_2);
    archive.mirror.requests.splice(0);
    await archive.sync(store);
    const paths = archive.mirror.requests.map(({ path }) => path);
    expect(
      paths
        .filter((path) => path.includes('/by-hash/'))
        .map(folderOf)
        .sort(),
    ).toEqual([
      'dists/trixie/main/binary-all/by-hash/SHA256',
      'dists/trixie/main/debian-installer/binary-amd64/by-hash/SHA256',
      `dists/trixie/main/installer-amd64/${TRIXIE_2.build}/images/by-hash/SHA256`,
    ]);
    expect(paths.some((path) => path.includes('/current/'))).toBe(false);
    expect(paths.filter((path) => path.includes(`/${TRIXIE_2.build}/images/netboot/`))).not.toEqual(
      [],
    );
    expect(archive.mirror.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  describe('a new store asks for the first indexes together with the InRelease', () => {
    const LIST = /\/current\/images\/SHA256SUMS$/;
    const PACKAGES = /\/main\/binary-all\/Packages\.gz$/;
    const BY_HASH = /\/by-hash\//;

    it('and for nothing else under a name that may change', async () => {
      const archive = await madeUpMirror(TRIXIE);
      // The InRelease arrives last of the three.
      archive.mirror.faults = [
        { path: /InRelease$/, fault: { kind: 'status', status: 503 }, times: 1 },
      ];
      await archive.sync(await temporaryStore());
      const paths = archive.mirror.requests.map(({ path }) => path);
      expect(paths.slice(0, 3).sort()).toEqual([
        'dists/trixie/InRelease',
        'dists/trixie/main/binary-all/Packages.gz',
        'dists/trixie/main/installer-amd64/current/images/SHA256SUMS',
      ]);
      expect(requestsFor(archive, LIST)).toBe(1);
      expect(requestsFor(archive, PACKAGES)).toBe(1);
      expect(requestsFor(archive, BY_HASH)).toBe(1);
    });

    it.each<[string, FaultRule['fault']]>([
      ['is missing', { kind: 'status', status: 404 }],
      ['is from another state of the mirror', { kind: 'append', bytes: 1 }],
      ['is from another state, with the same length', { kind: 'flip', atByte: 3 }],
      ['breaks off', { kind: 'disconnect', afterBytes: 10 }],
      ['stalls', { kind: 'stall', afterBytes: 10 }],
      ['redirects to a forbidden place', { kind: 'redirect', location: 'ftp://a/' }],
      ['is refused temporarily', { kind: 'status', status: 503 }],
    ])('and for them again if one %s', async (_what, fault) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [
        { path: LIST, fault, times: 1 },
        { path: PACKAGES, fault, times: 1 },
      ];
      const { generation } = await archive.sync(await temporaryStore(), {
        ...(fault.kind === 'stall' && { mirrorOptions: IMPATIENT }),
      });
      expect(generation.manifest.targets).toHaveLength(1);
      expect(requestsFor(archive, LIST)).toBe(1);
      expect(requestsFor(archive, PACKAGES)).toBe(1);
      expect(requestsFor(archive, BY_HASH)).toBe(3);
    });

    it.each([
      ['a build is pinned', { images: [{ ...TRIXIE_TEXT, build: '20250101' }] }, 0, 1],
      ['one file is fetched at a time', { mirrorOptions: { concurrency: 1 } }, 0, 0],
      ['two are', { mirrorOptions: { concurrency: 2 } }, 1, 0],
    ])('but not if %s', async (_when, options, lists, packages) => {
      const archive = await madeUpMirror({ ...TRIXIE, build: '20250101' });
      await archive.sync(await temporaryStore(), options);
      expect(requestsFor(archive, LIST)).toBe(lists);
      expect(requestsFor(archive, PACKAGES)).toBe(packages);
    });

    it('and leaves nothing open in connections that it does not own', async () => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path: /InRelease$/, fault: { kind: 'flip', atByte: 200 } }];
      const dispatcher = new Agent();
      const sync = archive.sync(await temporaryStore(), { mirrorOptions: { dispatcher } });
      await expect(sync).rejects.toMatchObject({ code: 'ERR_NETBOOT_BAD_SIGNATURE' });
      // Closing waits for responses that are still being read.
      await dispatcher.close();
    });
  });

  it('ignores CA certificates when a dispatcher is given, even invalid ones', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const dispatcher = new Agent();
    const mirrorOptions = { dispatcher, ca: 'not a certificate' };
    const { outcome } = await archive.sync(await temporaryStore(), { mirrorOptions });
    await dispatcher.close();
    expect(outcome).toBe('changed');
  });

  it('limits the number of concurrent downloads', async () => {
    const archive = await madeUpMirror(TRIXIE);
    archive.mirror.faults = [
      { path: /images\/netboot/, fault: { kind: 'slow', bytesPerSecond: 500_000 } },
    ];
    await archive.sync(await temporaryStore(), {
      images: [TRIXIE_BOTH],
      mirrorOptions: { concurrency: 3 },
    });
    expect(archive.mirror.mostAtOnce).toBe(3);
  });
});
