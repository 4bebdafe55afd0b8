import { join } from 'node:path';
import { Readable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  type CertificateOptions,
  contentOf,
  kernelImage,
  type MadeUpSuite,
  memoryFile,
  sha256Of,
  tlsFront,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import {
  type DailyBuildOptions,
  exportBundle,
  type ImageSelection,
  type ImageStore,
  importBundle,
  mirrorSource,
  parseImageSelection,
  type SyncResult,
  verifyStore,
} from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  type MirrorSync,
  recordEvents,
  requestsFor,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

const DAILY: ImageSelection = { suite: 'sid', arch: 'amd64', variants: ['text'], trust: 'tls' };
const SID = {
  codename: 'sid',
  suite: 'unstable',
  build: '20260628',
  kernel: '7.2.13',
  moduleKernels: ['7.2.13', '7.2.14'],
  syslinuxVersion: '3:6.05-1',
} satisfies MadeUpSuite;

/** The signed archive, with files that exist only to be served as a daily build. */
let archive: MadeUpMirror;
let daily: DailyBuildOptions;

describe.skipIf(lacks('openssl'))('daily builds', () => {
  beforeEach(async () => {
    archive = await madeUpMirror(TRIXIE, SID);
    await buildDaily('7.2.14');
    archive.mirror.lastModified = new Date('2026-11-27T02:21:00Z');
    daily = await dailyServer();
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** Adds a daily build to the tree: the files of unstable's installer, with its own kernel. */
  async function buildDaily(kernel: string, arch = 'amd64'): Promise<void> {
    const from = `dists/sid/main/installer-${arch}/current/images/`;
    const lines: string[] = [];
    for (const [path, file] of [...archive.tree]) {
      if (!path.startsWith(from) || path.endsWith('SUMS') || path.includes('by-hash')) {
        continue;
      }
      const name = path.slice(from.length);
      const own = name.endsWith('/linux')
        ? memoryFile(kernelImage(arch, `${kernel}-${arch}`, 40_000))
        : file;
      archive.tree.set(`${arch}/daily/${name}`, own);
      lines.push(`${await sha256Of(own)}  ./${name}\n`);
    }
    archive.tree.set(`${arch}/daily/SHA256SUMS`, memoryFile(lines.join('')));
  }

  async function dailyServer(certificate?: CertificateOptions): Promise<DailyBuildOptions> {
    const front = await tlsFront(archive.mirror.url, certificate);
    afterTest(() => front.close());
    const { port, ca } = front;
    return { url: `https://localhost:${port}/debian`, ca };
  }

  function sync(store: ImageStore, options: MirrorSync = {}): Promise<SyncResult> {
    return archive.sync(store, { images: [TRIXIE_TEXT, DAILY], daily, ...options });
  }

  /** Syncs only the daily build, so that only its faults are reported. */
  function syncAlone(store: ImageStore, options: MirrorSync = {}): Promise<SyncResult> {
    return sync(store, { images: [DAILY], ...options });
  }

  describe('a daily build', () => {
    it('is fetched over https and marked as trusted by TLS, with its evidence', async () => {
      const store = await temporaryStore();
      const { events, onEvent } = recordEvents();
      const { generation } = await sync(store, { onEvent });
      const target = generation.manifest.targets.find(({ suite }) => suite === 'sid');
      expect(target).toMatchObject({
        trust: 'tls',
        version: 'unstable',
        kernelVersion: '7.2.14-amd64',
        // According to the signed index of unstable's modules.
        abi: 'ok',
      });
      expect(target).not.toHaveProperty('proof');
      expect(target).not.toHaveProperty('releaseDate');
      const evidence = await store.evidence(generation.id);
      const [tls] = evidence.daily!;
      expect(tls).toMatchObject({
        suite: 'sid',
        arch: 'amd64',
        url: `${daily.url}/amd64/daily/SHA256SUMS`,
      });
      expect(target!.build).toBe(`daily-20261127-${tls!.checksumList.sha256.slice(0, 8)}`);
      expect(evidence.installers.map(({ suite }) => suite)).toEqual(['trixie']);
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'buildResolved', proof: 'tls' }),
      );
      expect((await sync(store)).outcome).toBe('unchanged');
    });

    it('of testing also takes its modules from unstable', async () => {
      const images: ImageSelection[] = [{ ...DAILY, suite: 'forky' }];
      const { generation } = await sync(await temporaryStore(), { images });
      expect(generation.manifest.targets).toMatchObject([
        { suite: 'forky', version: 'testing', trust: 'tls', abi: 'ok' },
      ]);
      expect(generation.manifest.biosLoaders?.suite).toBe('sid');
    });

    it('is served without any mirror, with the state of its modules unknown', async () => {
      const store = await temporaryStore();
      const source = mirrorSource({ mirrors: ['http://127.0.0.1:9/debian'], retries: 0 });
      const { generation } = await syncAlone(store, { source });
      expect(generation.manifest.targets).toMatchObject([{ trust: 'tls', abi: 'unknown' }]);
      expect(generation.manifest.biosLoaders).toBeUndefined();
    });

    it('is fetched again as a whole if it is replaced in the meantime', async () => {
      const path = 'amd64/daily/SHA256SUMS';
      const old = archive.tree.get(path)!;
      await buildDaily('7.2.15');
      const newer = archive.tree.get(path)!;
      archive.tree.set('old', old);
      archive.mirror.faults = [
        { path: /daily\/SHA256SUMS/, fault: { kind: 'otherFile', path: 'old' }, times: 1 },
      ];
      const { generation } = await syncAlone(await temporaryStore());
      expect(generation.manifest.targets).toMatchObject([
        { kernelVersion: '7.2.15-amd64', abi: 'stale' },
      ]);
      expect(newer).not.toBe(old);
    });

    it('is given up if it changes on every attempt', async () => {
      const lists = 'amd64/daily/SHA256SUMS';
      const list = (await contentOf(archive.tree.get(lists)!)).toString('utf8');
      let count = 0;
      // Each response contains another name, which is never requested.
      archive.tree.set(lists, {
        size: list.length + 79,
        open: () => {
          count += 1;
          const other = `${String(count).padStart(64, '0')}  ./other/${String(count).padStart(4, '0')}\n`;
          return Readable.from([Buffer.from(list + other)]);
        },
      });
      archive.mirror.faults = [{ path: /daily\/.*linux$/, fault: { kind: 'flip', atByte: 100 } }];
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
      expect(count).toBeLessThanOrEqual(6);
    });

    it('is refused if a file differs from its list', async () => {
      archive.mirror.faults = [{ path: /daily\/.*linux$/, fault: { kind: 'flip', atByte: 100 } }];
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
    });

    it.each([
      [{ name: 'elsewhere.example' }, 'use a host name that the certificate covers'],
      [{ days: -1 }, /clock/],
    ] as const)('is refused when the certificate is %j', async (certificate, hint) => {
      daily = await dailyServer(certificate);
      // The certificate is checked even if checks are disabled for other downloads.
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_CERTIFICATE',
        hint: typeof hint === 'string' ? hint : (expect.stringMatching(hint) as string),
      });
    });

    it('is refused when the certificate is from an unknown CA', async () => {
      const { ca: _unknown, ...rest } = daily;
      daily = rest;
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_CERTIFICATE',
      });
      expect(requestsFor(archive, /daily/)).toBe(0);
    });

    it('is refused when the server redirects to http', async () => {
      const location = archive.mirror.url;
      archive.mirror.faults = [
        { path: /daily\/SHA256SUMS/, fault: { kind: 'redirect', location } },
      ];
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
      });
    });

    it('is refused from a server without TLS', async () => {
      daily = { url: archive.mirror.url };
      await expect(syncAlone(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_INVALID_MIRROR',
      });
    });

    it.each(['https://somebody@d-i.example/', 'https://:hush@d-i.example/'])(
      'is refused from %s, whose credentials would be stored',
      async (url) => {
        daily = { url };
        const failed = syncAlone(await temporaryStore());
        await expect(failed).rejects.toMatchObject({ code: 'ERR_NETBOOT_INVALID_MIRROR' });
        await expect(failed).rejects.not.toThrow(/hush/);
      },
    );

    it('is kept if it cannot be refreshed', async () => {
      const store = await temporaryStore();
      await sync(store);
      archive.mirror.faults = [{ path: /daily/, fault: { kind: 'status', status: 404 } }];
      const { generation } = await sync(store);
      expect(generation.manifest.targets).toMatchObject([
        { suite: 'trixie', carriedOver: false },
        { suite: 'sid', trust: 'tls', carriedOver: true, abi: 'ok' },
      ]);
      expect((await store.evidence(generation.id)).daily).toHaveLength(1);
    });

    it('is not kept when signed images are selected', async () => {
      const store = await temporaryStore();
      await sync(store);
      archive.mirror.faults = [{ path: /dists\/sid/, fault: { kind: 'status', status: 404 } }];
      const { trust: _tls, ...signed } = DAILY;
      const { generation, missing } = await sync(store, { images: [TRIXIE_TEXT, signed] });
      expect(generation.manifest.targets.map(({ suite }) => suite)).toEqual(['trixie']);
      expect(missing.map(({ target }) => target.suite)).toEqual(['sid']);
    });

    it('is left out of bundles', async () => {
      const store = await temporaryStore();
      const { generation: whole } = await sync(store);
      expect(whole.manifest.biosLoaders?.suite).toBe('trixie');
      const path = join(await temporaryDirectory(), 'bundle.tar');
      const { images, leftOut } = await exportBundle({ store, path });
      expect(images.map(({ suite }) => suite)).toEqual(['trixie']);
      expect(leftOut).toEqual([
        { target: { suite: 'sid', arch: 'amd64', variant: 'text' }, reason: 'tls' },
      ]);
      const target = await temporaryStore();
      const trust = { keyring: archive.keyring };
      const { generation } = await importBundle({ store: target, path, trust });
      expect(generation.manifest.targets.map(({ suite }) => suite)).toEqual(['trixie']);
      expect(generation.manifest.biosLoaders?.suite).toBe('trixie');
      expect(generation.manifest.efiLoaders.map(({ suite }) => suite)).toEqual(['trixie']);
    });

    it('cannot be exported on its own', async () => {
      const store = await temporaryStore();
      await syncAlone(store);
      const path = join(await temporaryDirectory(), 'bundle.tar');
      await expect(exportBundle({ store, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNSIGNED',
        message: 'the image of sid is a daily build, trusted only by TLS, expected a signed image',
      });
    });

    it('is verified with its list if it was selected with trust tls', async () => {
      const store = await temporaryStore();
      await sync(store);
      const { keyring } = archive;
      const [report] = await verifyStore({ store, trust: { keyring }, acceptTls: [DAILY] });
      expect(report).toMatchObject({ problems: [], tls: ['sid amd64 text'], unsigned: [] });
      const [strict] = await verifyStore({ store, trust: { keyring } });
      expect(strict?.problems).toMatchObject([
        {
          subject: 'sid amd64 text',
          error: { code: 'ERR_NETBOOT_UNSIGNED', message: 'the image is trusted only by TLS' },
        },
      ]);
    });
  });

  describe('a selection of daily builds', () => {
    it.each(['trixie', 'bullseye', 'buster'])('is refused for %s', (suite) => {
      const selection = parseImageSelection({ suite, arch: 'amd64', trust: 'tls' });
      expect(selection).toMatchObject({
        ok: false,
        error: {
          code: 'ERR_NETBOOT_UNAVAILABLE_IMAGE',
          hint: 'choose forky or sid for trust tls, or leave trust out',
        },
      });
    });

    it.each([
      [[{ ...DAILY, suite: 'trixie' }], 'trixie has no daily builds'],
      [[{ ...DAILY, build: '20260628' }], 'sid with trust tls cannot be pinned to a build'],
      [
        [DAILY, { ...DAILY, trust: 'signed' }],
        'sid amd64 is selected both with and without trust: tls',
      ],
    ] as [ImageSelection[], string][])(
      'is refused before anything is requested: %j',
      async (images, message) => {
        await expect(sync(await temporaryStore(), { images })).rejects.toMatchObject({
          code: 'ERR_NETBOOT_INVALID_SELECTION',
          message,
        });
        expect(archive.mirror.requests).toEqual([]);
      },
    );
  });
});
