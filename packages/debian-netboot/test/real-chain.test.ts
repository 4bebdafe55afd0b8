import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { aptArchive, contentOf, memoryFile, type MirrorTree, serveMirror } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import {
  aptSource,
  DEBIAN_ARCHIVE_KEYRING,
  exportBundle,
  type GenerationManifest,
  type ImageSelection,
  importBundle,
  mirrorSource,
  syncImages,
  verifyStore,
} from '../src/index.js';
import { trustRelease } from '../src/trust/release-trust.js';
import { IS_LONG_RUN } from './support/long-run.js';
import { afterTest, QUICK, temporaryDirectory, temporaryStore } from './support/made-up-mirror.js';

/**
 * Directory of Debian's own files, with Debian's own signatures, as apt downloads them today. The first run
 * downloads about 300 MB (a long one 600 MB); later runs only check whether anything has changed.
 */
const CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');

const SUITES = ['trixie', 'bookworm'] as const;
const ARCHES = IS_LONG_RUN ? (['amd64', 'arm64'] as const) : (['amd64'] as const);
const VARIANTS = IS_LONG_RUN ? (['text', 'gtk'] as const) : (['text'] as const);
const IMAGES: readonly ImageSelection[] = SUITES.flatMap((suite) =>
  ARCHES.map((arch) => ({ suite, arch, variants: VARIANTS })),
);
const TRIXIE_TEXT: ImageSelection = { suite: 'trixie', arch: 'amd64', variants: ['text'] };

let tree: MirrorTree;

describe('real chain', () => {
  beforeAll(async () => {
    tree = await aptArchive({ suites: SUITES, arches: ARCHES, cacheDirectory: CACHE });
  }, 600_000);

  /** Syncs a new store from a mirror of these files, some of them changed. */
  async function syncFrom(
    files: MirrorTree,
    images: readonly ImageSelection[],
  ): Promise<{ manifest: GenerationManifest; verified: boolean; requests: number }> {
    const mirror = await serveMirror(files);
    afterTest(() => mirror.close());
    const store = await temporaryStore();
    const source = mirrorSource({ ...QUICK, mirrors: [mirror.url] });
    const { generation } = await syncImages({ store, source, images });
    const [report] = await verifyStore({ store });
    return {
      manifest: generation.manifest,
      verified: report?.problems.length === 0,
      // This mirror has no indexes by hash, which are requested first.
      requests: mirror.requests.filter(({ status }) => status === 200).length,
    };
  }

  describe("Debian's own archive", () => {
    it.skipIf(lacks('apt-get'))(
      'is synced, and verified again offline, for both releases',
      async () => {
        const { manifest, verified } = await syncFrom(tree, IMAGES);
        expect(verified).toBe(true);
        expect(
          manifest.targets.map(({ suite, arch, variant }) => `${suite} ${arch} ${variant}`),
        ).toEqual(
          SUITES.flatMap((suite) =>
            ARCHES.flatMap((arch) => VARIANTS.map((variant) => `${suite} ${arch} ${variant}`)),
          ),
        );
        for (const target of manifest.targets) {
          expect(target.kernelVersion).toMatch(new RegExp(`^6\\..*-${target.arch}$`));
          expect(['ok', 'last']).toContain(target.abi);
        }
        // Debian 13's signed GRUB has HTTP built in; Debian 12's does not.
        expect(
          manifest.efiLoaders.map(({ suite, arch, hasHttp }) => [suite, arch, hasHttp]),
        ).toEqual(
          SUITES.flatMap((suite) => ARCHES.map((arch) => [suite, arch, suite === 'trixie'])),
        );
        expect(manifest.biosLoaders?.suite).toBe('trixie');
        expect(manifest.biosLoaders?.version).toMatch(/6\.04/);
      },
      300_000,
    );

    it.skipIf(lacks('apt-get'))(
      'yields the same images from apt packages',
      async () => {
        const store = await temporaryStore();
        // The mirror serves the same files: the host's own may be in the middle of an update.
        const mirror = await serveMirror(tree);
        afterTest(() => mirror.close());
        const source = aptSource({ mirror: mirror.url });
        const { generation } = await syncImages({ store, source, images: [TRIXIE_TEXT] });
        const { manifest, requests } = await syncFrom(tree, [TRIXIE_TEXT]);
        const files =
          Object.keys(manifest.targets[0]!.files).length +
          Object.keys(manifest.efiLoaders[0]!.files).length +
          Object.keys(manifest.biosLoaders!.packages).length;
        expect(requests, 'requests of a cold sync').toBeLessThanOrEqual(files + 4);
        expect(generation.manifest.targets).toEqual(
          manifest.targets.map((target) => ({ ...target, proof: 'package' })),
        );
        expect(generation.manifest.efiLoaders).toEqual(manifest.efiLoaders);
        expect(generation.manifest.biosLoaders).toEqual(manifest.biosLoaders);
      },
      300_000,
    );

    it.skipIf(lacks('apt-get'))(
      'is exported to a bundle that can be verified',
      async () => {
        const mirror = await serveMirror(tree);
        afterTest(() => mirror.close());
        const store = await temporaryStore();
        const source = mirrorSource({ mirrors: [mirror.url] });
        await syncImages({ store, source, images: [TRIXIE_TEXT] });
        const path = join(await temporaryDirectory(), 'trixie.tar');
        await exportBundle({ store, path });
        const { generation } = await importBundle({ store: await temporaryStore(), path });
        expect(generation.manifest.targets[0]?.suite).toBe('trixie');
      },
      300_000,
    );
  });

  describe('refuses a flipped bit with a specific error:', () => {
    it.skipIf(lacks('apt-get')).each<[string, RegExp, string]>([
      ['InRelease', /^dists\/trixie\/InRelease$/, 'BAD_SIGNATURE'],
      ['SHA256SUMS', /^dists\/trixie\/main\/installer-amd64\/.*SHA256SUMS$/, 'HASH_MISMATCH'],
      [
        'the kernel',
        /installer-amd64\/.*\/netboot\/debian-installer\/amd64\/linux$/,
        'HASH_MISMATCH',
      ],
      [
        'the initrd',
        /installer-amd64\/.*\/netboot\/debian-installer\/amd64\/initrd\.gz$/,
        'HASH_MISMATCH',
      ],
      [
        'shim',
        /installer-amd64\/.*\/netboot\/debian-installer\/amd64\/bootnetx64\.efi$/,
        'HASH_MISMATCH',
      ],
      [
        'GRUB',
        /installer-amd64\/.*\/netboot\/debian-installer\/amd64\/grubx64\.efi$/,
        'HASH_MISMATCH',
      ],
    ])(
      '%s',
      async (_what, path, code) => {
        const changed: MirrorTree = new Map(tree);
        let count = 0;
        for (const [name, file] of tree) {
          if (!path.test(name)) {
            continue;
          }
          const content = Buffer.from(await contentOf(file));
          const position = Math.floor(content.length * 0.37);
          content.writeUInt8(content.readUInt8(position) ^ 1, position);
          changed.set(name, memoryFile(content));
          count += 1;
        }
        expect(count).toBeGreaterThan(0);
        await expect(syncFrom(changed, [TRIXIE_TEXT])).rejects.toMatchObject({
          code: `ERR_NETBOOT_${code}`,
        });
      },
      120_000,
    );
  });

  it.skipIf(lacks('apt-get'))('ships the keys that currently sign both releases', async () => {
    for (const suite of SUITES) {
      const content = await contentOf(tree.get(`dists/${suite}/InRelease`)!);
      const policy = {
        keyring: DEBIAN_ARCHIVE_KEYRING,
        requireReleaseKey: true,
        acceptExpiredRelease: false,
        now: Date.now(),
      };
      const { signers } = await trustRelease(suite, content, policy, undefined);
      expect(signers.length).toBeGreaterThanOrEqual(2);
    }
  });
});
