import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { readKeys } from 'openpgp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { addMadeUpSuite, contentOf, type MadeUpSuite, memoryFile } from '@pxe/local-mirror';
import { lacks, lacksFile } from '@pxe/test-host';

import {
  aptSource,
  DEBIAN_ARCHIVE_KEYRING,
  type ImageSelection,
  type ImageStore,
  mirrorSource,
  type Suite,
  suiteFacts,
  syncImages,
  type SyncResult,
  type TrustedKey,
  verifyStore,
} from '../src/index.js';
import { type ArchiveKey, createArchiveKey } from './support/archive-keys.js';
import { createProgramBuilder, supportProgram } from './support/child-program.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  QUICK,
  temporaryDirectory,
  temporaryStore,
} from './support/made-up-mirror.js';
import { webProxy } from './support/web-proxy.js';

const runFile = promisify(execFile);

const BUSTER = {
  codename: 'buster',
  suite: 'oldoldstable',
  version: '10.13',
  build: '20190702+deb10u12',
  kernel: '4.19.0-21',
  date: new Date('2022-09-10T00:00:00Z'),
} satisfies MadeUpSuite;
const BUSTER_TEXT: ImageSelection = { suite: 'buster', arch: 'amd64', variants: ['text'] };

let archive: MadeUpMirror;
let key: ArchiveKey;

describe.skipIf(lacks('gpg'))('archived suites', () => {
  beforeEach(async () => {
    archive = await madeUpMirror();
    key = await createArchiveKey('20240401T000000');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** Returns the key as it is pinned for a suite. */
  function pinned(archivedSuite: Suite, role: TrustedKey['role'] = 'automatic'): TrustedKey {
    const { fingerprint, publicKey: armored } = key;
    return { fingerprint, name: 'Old archive', role, archivedSuite, armored };
  }

  /** Publishes a suite, signed at a date from its own time. */
  async function publish(suite: MadeUpSuite): Promise<void> {
    await addMadeUpSuite(archive.tree, suite, key);
  }

  function sync(
    store: ImageStore,
    keys: readonly TrustedKey[] = [pinned('buster')],
    images: readonly ImageSelection[] = [BUSTER_TEXT],
  ): Promise<SyncResult> {
    return archive.sync(store, { trust: { keyring: { keys } }, images });
  }

  describe('an archived suite', () => {
    it('is accepted with its own key, which has since expired', async () => {
      await publish(BUSTER);
      const store = await temporaryStore();
      const { generation } = await sync(store);
      expect(generation.manifest.targets).toMatchObject([
        { suite: 'buster', version: '10.13', build: BUSTER.build, abi: 'ok', proof: 'list' },
      ]);
      expect(generation.manifest.biosLoaders?.suite).toBe('buster');
      const keyring = { keys: [pinned('buster')] };
      const [report] = await verifyStore({ store, trust: { keyring } });
      expect(report?.problems).toEqual([]);
      expect((await sync(store)).outcome).toBe('unchanged');
    });

    it('is refused if its key had expired before the signature was made', async () => {
      await publish(BUSTER);
      key.expireAt('20220901T000000');
      await expect(sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_EXPIRED',
        message: expect.stringMatching(
          `^http://\\S+/dists/buster/InRelease: no acceptable signature: ${key.fingerprint} expired on 2022-09-01$`,
        ) as string,
      });
    });

    it('is refused if its key was revoked', async () => {
      await publish(BUSTER);
      key.revoke();
      await expect(sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_REVOKED',
      });
    });

    it('is refused if one bit has changed', async () => {
      await publish(BUSTER);
      const path = 'dists/buster/InRelease';
      const text = (await contentOf(archive.tree.get(path)!)).toString();
      archive.tree.set(path, memoryFile(text.replace('Version: 10.13', 'Version: 10.12')));
      await expect(sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_BAD_SIGNATURE',
      });
    });

    it('is refused with the key of another archived suite', async () => {
      await publish(BUSTER);
      await expect(sync(await temporaryStore(), [pinned('stretch')])).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      });
    });

    it('has a key that vouches for no current suite, expired or not', async () => {
      key = await createArchiveKey('never');
      await publish({ ...BUSTER, codename: 'bookworm', version: '12.1' });
      const images: ImageSelection[] = [{ suite: 'bookworm', arch: 'amd64', variants: ['text'] }];
      const store = await temporaryStore();
      await expect(sync(store, [pinned('buster')], images)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      });
    });

    it('is accepted with a current key, such as that of the next release', async () => {
      await archive.publish(BUSTER);
      const { generation } = await archive.sync(await temporaryStore(), { images: [BUSTER_TEXT] });
      expect(generation.manifest.targets).toHaveLength(1);
    });

    it('is refused without a release key if one is required', async () => {
      await publish(BUSTER);
      const options = { images: [BUSTER_TEXT] };
      const trustOf = (role: TrustedKey['role']) => ({
        keyring: { keys: [pinned('buster', role)] },
        requireReleaseKey: true,
      });
      await expect(
        archive.sync(await temporaryStore(), { ...options, trust: trustOf('automatic') }),
      ).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE' });
      const { outcome } = await archive.sync(await temporaryStore(), {
        ...options,
        trust: trustOf('release'),
      });
      expect(outcome).toBe('changed');
    });

    it('does not expire, whatever its Valid-Until', async () => {
      await publish({ ...BUSTER, validUntil: new Date('2022-09-17T00:00:00Z') });
      expect((await sync(await temporaryStore())).outcome).toBe('changed');
    });

    it('is refused if it is older than the committed one', async () => {
      const store = await temporaryStore();
      await publish(BUSTER);
      await sync(store);
      await publish({ ...BUSTER, version: '10.12', date: new Date('2022-03-26T00:00:00Z') });
      await expect(sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_RELEASE_WENT_BACK' });
    });

    it.skipIf(lacks('faketime'))(
      'stays valid at any time, from a directory and in the store',
      async () => {
        await publish(BUSTER);
        const directory = await temporaryDirectory();
        for (const [name, file] of archive.tree) {
          await mkdir(dirname(join(directory, name)), { recursive: true });
          await writeFile(join(directory, name), await contentOf(file));
        }
        const keys = join(directory, 'keys.json');
        await writeFile(keys, JSON.stringify([pinned('buster')]));
        const programs = await createProgramBuilder();
        afterTest(() => programs.remove());
        const program = await programs.build(supportProgram('archived-child.ts'));
        const args = ['2045-01-01 00:00:00', process.execPath, program];
        const { stdout } = await runFile(
          'faketime',
          [...args, join(directory, 'store'), directory, keys],
          // The lease and the timers run on the real clock.
          { env: { ...process.env, FAKETIME_DONT_FAKE_MONOTONIC: '1' } },
        );
        expect(JSON.parse(stdout)).toEqual({ year: 2045, images: ['buster 10.13'], problems: [] });
      },
    );

    it('is requested from archive.debian.org unless mirrors are configured', async () => {
      const proxy = await webProxy();
      vi.stubEnv('http_proxy', `http://${proxy.host}`);
      vi.stubEnv('no_proxy', '');
      for (const mirrors of [undefined, ['http://mirror.invalid/debian']]) {
        const source = mirrorSource({ ...QUICK, retries: 0, ...(mirrors && { mirrors }) });
        const images = [BUSTER_TEXT];
        await syncImages({ store: await temporaryStore(), source, images }).catch(() => undefined);
      }
      const hosts = [...new Set(proxy.urls.map((url) => new URL(url).host))];
      expect(hosts).toEqual(['archive.debian.org', 'mirror.invalid']);
      expect(proxy.urls).toContain('http://archive.debian.org/debian/dists/buster/InRelease');
      // The suite has no alias under which it could be found.
      expect(proxy.urls.every((url) => url.includes('/dists/buster/'))).toBe(true);
    });

    it('is not requested from apt, since the mirrors of the host do not have it', async () => {
      const source = aptSource({ aptGet: 'false' });
      const store = await temporaryStore();
      await expect(syncImages({ store, source, images: [BUSTER_TEXT] })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FILE_NOT_FOUND',
        message: 'the source does not have buster, which has been archived',
      });
    });
  });

  describe('the shipped keys of archived suites', () => {
    const KEYS = DEBIAN_ARCHIVE_KEYRING.keys.filter((one) => one.archivedSuite !== undefined);
    const REMOVED = '/usr/share/keyrings/debian-archive-removed-keys.gpg';

    it('are two for each archived suite, pinned by their fingerprints', () => {
      expect(KEYS.map((one) => [one.archivedSuite, one.role, one.fingerprint])).toEqual([
        ['buster', 'automatic', '80D15823B7FD1561F9F7BCDDDC30D7C23CBBABEE'],
        ['buster', 'release', '6D33866EDD8FFA41C0143AEDDCC9EFBF77E11517'],
        ['stretch', 'automatic', 'E1CF20DDFFE4B89E802658F1E0B11894F66AEC98'],
        ['stretch', 'release', '067E3C456BAE240ACEE88F6FEF0F382A1A7B6500'],
      ]);
      expect(KEYS.every((one) => suiteFacts(one.archivedSuite!).kind === 'archived')).toBe(true);
    });

    it.skipIf(lacksFile(REMOVED, 'apt-get install debian-archive-keyring'))(
      'are those that Debian has removed',
      async () => {
        const removed = await readKeys({ binaryKeys: readFileSync(REMOVED) });
        const fingerprints = removed.map((one) => one.getFingerprint().toUpperCase());
        expect(fingerprints).toEqual(expect.arrayContaining(KEYS.map((one) => one.fingerprint)));
      },
    );
  });
});
