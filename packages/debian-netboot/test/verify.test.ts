import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { biosKernel } from '@pxe/local-mirror';

import {
  type GenerationReport,
  type ImageStore,
  openStore,
  type StoredFile,
  verifyStore,
} from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  checksumListOf,
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

async function syncedStore(): Promise<{ archive: MadeUpMirror; store: ImageStore }> {
  const archive = await madeUpMirror(TRIXIE, BOOKWORM);
  const store = await temporaryStore();
  await archive.sync(store, { images: [TRIXIE_BOTH, BOOKWORM_TEXT] });
  return { archive, store };
}

/** Manifest that an attacker can edit. */
interface EditableManifest {
  targets: Record<string, unknown>[];
  efiLoaders: {
    suite: string;
    arch: string;
    build: string;
    hasHttp: boolean;
    files: Record<string, StoredFile>;
  }[];
  biosLoaders: { version: string };
}

/** Returns the report, which must be the only one. */
async function reportOf(
  { archive, store }: { archive: MadeUpMirror; store: ImageStore },
  repair = false,
): Promise<GenerationReport> {
  const reports = await verifyStore({ store, trust: { keyring: archive.keyring }, repair });
  expect(reports).toHaveLength(1);
  return reports[0]!;
}

/** Returns `<subject>: <code>` for each problem. */
function problemsOf({ problems }: GenerationReport): string[] {
  return problems.map(({ subject, error }) => `${subject}: ${error.code}`);
}

/** Changes a generation's manifest or evidence as text, and its checksum with it. */
async function edit(
  store: ImageStore,
  name: 'manifest' | 'evidence',
  change: (text: string) => string,
): Promise<void> {
  const { id } = (await store.current())!;
  const path = join(store.directory, 'generations', id, `${name}.json`);
  const text = await readFile(path, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(path, change(text));
  const sums = join(store.directory, 'generations', id, 'SHA256SUMS');
  const sha256 = createHash('sha256').update(change(text)).digest('hex');
  const line = new RegExp(`^[0-9a-f]{64}(?=  ${name}\\.json$)`, 'm');
  await writeFile(sums, (await readFile(sums, 'utf8')).replace(line, sha256));
}

describe('verify', () => {
  it('reads an intact store completely and reports no problems', async () => {
    const setting = await syncedStore();
    const progress: number[] = [];
    const [report] = await verifyStore({
      store: setting.store,
      trust: { keyring: setting.archive.keyring },
      onProgress: (checked, total) => progress.push(checked / total),
    });
    expect(report).toMatchObject({ problems: [], unsigned: [] });
    expect(report!.files).toBeGreaterThan(30);
    expect(progress.at(-1)).toBe(1);
  });

  describe('firmware', () => {
    const images = [{ ...TRIXIE_BOTH, firmware: ['firmware-bnx2', 'firmware-realtek'] }];

    async function withFirmware(): Promise<{ archive: MadeUpMirror; store: ImageStore }> {
      const archive = await madeUpMirror({
        ...TRIXIE,
        firmware: ['firmware-bnx2', 'firmware-realtek'],
      });
      const store = await temporaryStore();
      await archive.sync(store, { images });
      expect(problemsOf(await reportOf({ archive, store }))).toEqual([]);
      return { archive, store };
    }

    it('that does not consist of the signed packages is reported', async () => {
      const setting = await withFirmware();
      const [target] = (await setting.store.current())!.manifest.targets;
      const { file } = target!.firmware!;
      const { linux } = target!.files;
      await edit(setting.store, 'manifest', (text) =>
        text
          .replaceAll(file.sha256, linux.sha256)
          .replaceAll(`"size": ${file.size}`, `"size": ${linux.size}`),
      );
      expect((await reportOf(setting)).problems.map(({ error }) => error.message)).toEqual([
        'trixie amd64 text: the firmware differs from the files in its packages',
      ]);
    });

    it.each([
      [
        'packages of another version',
        'manifest',
        /"version": "20250101-1"/,
        '"version": "2"',
        'expected the firmware packages',
      ],
      [
        'packages with another path',
        'evidence',
        /pool\/non-free-firmware\/f/,
        'pool/main/f',
        'the index of trixie does not vouch for pool/main/f',
      ],
      [
        'no proof',
        'evidence',
        /,\s*"firmware": \{[\s\S]*?\]\s*\}(?=\s*\})/,
        '',
        'nothing vouches for the firmware',
      ],
    ] as const)('with %s is reported', async (_what, name, from, to, message) => {
      const setting = await withFirmware();
      await edit(setting.store, name, (text) => text.replace(from, to));
      const { problems } = await reportOf(setting);
      expect(problems.map(({ error }) => error.message).join()).toContain(message);
    });
  });

  describe('extra entries', () => {
    async function withEntries(): Promise<{ archive: MadeUpMirror; store: ImageStore }> {
      const archive = await madeUpMirror({ ...TRIXIE, memtestVersion: '7.20-1' });
      const store = await temporaryStore();
      const path = join(await temporaryDirectory(), 'kernel');
      await writeFile(path, biosKernel('own'));
      const entries = [
        { id: 'memtest', package: 'memtest86+' },
        { id: 'own', kernel: { path } },
      ] as const;
      await archive.sync(store, { entries });
      expect(problemsOf(await reportOf({ archive, store }))).toEqual([]);
      return { archive, store };
    }

    it.each([
      ['a format that its file lacks', 'manifest', /"efi-i386"/, '"efi-amd64"', 'expected formats'],
      [
        'a signature that its file lacks',
        'manifest',
        /"isSigned": false/,
        '"isSigned": true',
        'expected signature',
      ],
      [
        'files in other roles',
        'manifest',
        /"role": "loader"/,
        '"role": "kernel"',
        'differs from the files in its package',
      ],
      [
        'a package with another path',
        'evidence',
        /pool\/main\/m\/memtest/,
        'pool/main/x/memtest',
        'does not vouch for pool/main/x/memtest',
      ],
      [
        'files that only its evidence names',
        'evidence',
        /"role": "kernel"/,
        '"role": "initrd"',
        'the entry own differs from its evidence',
      ],
      [
        'no evidence',
        'evidence',
        /"id": "own"/,
        '"id": "other"',
        'nothing vouches for the extra entry',
      ],
      [
        'the id of another entry',
        'manifest',
        /"id": "own"/,
        '"id": "memtest"',
        'expected one entry, got more',
      ],
    ] as const)('with %s are reported', async (_what, name, from, to, message) => {
      const setting = await withEntries();
      await edit(setting.store, name, (text) => text.replace(from, to));
      const { problems } = await reportOf(setting);
      expect(problems.map(({ error }) => error.message).join()).toContain(message);
    });
  });

  describe('a file that has changed on disk', () => {
    it('is reported, and fetched again by the next sync after a repair', async () => {
      const setting = await syncedStore();
      const { archive, store } = setting;
      const { linux } = (await store.current())!.manifest.targets[0]!.files;
      const content = await readFile(store.blobPath(linux.sha256));
      content.writeUInt8(content.readUInt8(30_000) ^ 1, 30_000);
      await writeFile(store.blobPath(linux.sha256), content);
      expect(problemsOf(await reportOf(setting))).toEqual([
        'trixie amd64 text linux: ERR_NETBOOT_HASH_MISMATCH',
      ]);
      await reportOf(setting, true);
      expect(problemsOf(await reportOf(setting))).toEqual([
        'trixie amd64 text linux: ERR_NETBOOT_FILE_NOT_FOUND',
      ]);
      await archive.sync(store, { images: [TRIXIE_BOTH, BOOKWORM_TEXT] });
      expect(problemsOf(await reportOf(setting))).toEqual([]);
    });

    it.each(['initrd.gz', 'linux'] as const)(
      'is reported when it is truncated: %s',
      async (name) => {
        const setting = await syncedStore();
        const file = (await setting.store.current())!.manifest.targets[0]!.files[name];
        await writeFile(setting.store.blobPath(file.sha256), 'short');
        expect(problemsOf(await reportOf(setting))).toEqual([
          `trixie amd64 text ${name}: ERR_NETBOOT_SIZE_MISMATCH`,
        ]);
      },
    );

    it.each(['inRelease', 'checksumList', 'packages'])(
      'is reported when it is part of the evidence: %s',
      async (what) => {
        const setting = await syncedStore();
        const { id } = (await setting.store.current())!;
        const evidence = await setting.store.evidence(id);
        const files = {
          inRelease: evidence.installers[0]!.inRelease,
          checksumList: checksumListOf(evidence.installers[0]!).file,
          packages: evidence.biosLoaders!.packages[0]!.file,
        };
        const file = files[what as keyof typeof files];
        await rm(setting.store.blobPath(file.sha256));
        expect(problemsOf(await reportOf(setting))).toEqual([
          `evidence ${file.sha256}: ERR_NETBOOT_FILE_NOT_FOUND`,
        ]);
      },
    );
  });

  describe('detects a store that was changed together with its hashes:', () => {
    it('another kernel in the manifest', async () => {
      const setting = await syncedStore();
      const { store } = setting;
      const update = await store.beginUpdate();
      const evil = await update.add([Buffer.from('evil')], { label: 'evil', maxSize: 10 });
      await update.close();
      const { linux } = (await store.current())!.manifest.targets[0]!.files;
      await edit(store, 'manifest', (text) =>
        text.replaceAll(linux.sha256, evil.sha256).replaceAll(String(linux.size), '4'),
      );
      expect(problemsOf(await reportOf(setting))).toContain(
        'trixie amd64: ERR_NETBOOT_HASH_MISMATCH',
      );
    });

    it('another boot loader in the manifest', async () => {
      const setting = await syncedStore();
      const { manifest } = (await setting.store.current())!;
      const { files } = manifest.biosLoaders!;
      await edit(setting.store, 'manifest', (text) =>
        text.replace(files['lpxelinux.0'].sha256, files['menu.c32'].sha256),
      );
      expect(problemsOf(await reportOf(setting))).toEqual(['PXELINUX: ERR_NETBOOT_HASH_MISMATCH']);
    });

    it('another build in the evidence', async () => {
      const setting = await syncedStore();
      await edit(setting.store, 'evidence', (text) =>
        text.replace('"build": "2025', '"build": "2024'),
      );
      expect(problemsOf(await reportOf(setting))).toContain(
        'trixie amd64: ERR_NETBOOT_HASH_MISMATCH',
      );
    });

    it('the evidence of another suite', async () => {
      const setting = await syncedStore();
      const { id } = (await setting.store.current())!;
      const { installers } = await setting.store.evidence(id);
      await edit(setting.store, 'evidence', (text) =>
        text.replaceAll(installers[0]!.inRelease.sha256, installers[1]!.inRelease.sha256),
      );
      expect(problemsOf(await reportOf(setting))).toContain(
        'trixie amd64: ERR_NETBOOT_WRONG_SUITE',
      );
    });

    it('a package that is not in the index', async () => {
      const setting = await syncedStore();
      await edit(setting.store, 'evidence', (text) =>
        text.replace('/pxelinux_6.04', '/pxelinux_6.05'),
      );
      expect(problemsOf(await reportOf(setting))).toEqual(['PXELINUX: ERR_NETBOOT_HASH_MISMATCH']);
    });

    const evilFile = async (store: ImageStore): Promise<StoredFile> => {
      const update = await store.beginUpdate();
      try {
        return await update.add([Buffer.from('evil')], { label: 'evil', maxSize: 10 });
      } finally {
        await update.close();
      }
    };

    it.each<[string, string, (manifest: EditableManifest, evil: StoredFile) => unknown]>([
      [
        'boot loaders of an architecture without an image',
        'trixie arm64 UEFI: ERR_NETBOOT_UNSIGNED',
        ({ efiLoaders }, evil) =>
          efiLoaders.push({ ...efiLoaders[0]!, arch: 'arm64', files: { 'grubaa64.efi': evil } }),
      ],
      [
        'boot loaders of a suite without an image, listed first',
        'forky amd64 UEFI: ERR_NETBOOT_UNSIGNED',
        ({ efiLoaders }, evil) =>
          efiLoaders.unshift({ ...efiLoaders[0]!, suite: 'forky', files: { 'grubx64.efi': evil } }),
      ],
      [
        'a second set of boot loaders for an image',
        'trixie amd64 UEFI: ERR_NETBOOT_STORE_DAMAGED',
        ({ efiLoaders }, evil) =>
          efiLoaders.push({ ...efiLoaders[0]!, files: { 'grubx64.efi': evil } }),
      ],
      [
        'a repeated image',
        'trixie amd64 text: ERR_NETBOOT_STORE_DAMAGED',
        ({ targets }) => targets.push(targets[0]!),
      ],
      [
        'boot loaders whose image is gone',
        'trixie amd64: ERR_NETBOOT_HASH_MISMATCH',
        (manifest, evil) => {
          manifest.targets = [];
          manifest.efiLoaders[0]!.files['grubx64.efi'] = evil;
        },
      ],
      [
        'an image that is declared unsigned',
        'trixie amd64 text: ERR_NETBOOT_UNSIGNED',
        ({ targets }) => (targets[0]!['unsigned'] = true),
      ],
      ...(['build', 'version', 'releaseDate'] as const).map(
        (label): [string, string, (manifest: EditableManifest) => unknown] => [
          `another ${label} of an image`,
          'trixie amd64: ERR_NETBOOT_HASH_MISMATCH',
          ({ targets }) =>
            (targets[0]![label] = label === 'releaseDate' ? '2020-01-01T00:00:00.000Z' : '13.99'),
        ],
      ),
      ...(['kernelVersion', 'abi'] as const).map(
        (label): [string, string, (manifest: EditableManifest) => unknown] => [
          `another ${label} of an image`,
          'trixie amd64 text: ERR_NETBOOT_STORE_DAMAGED',
          ({ targets }) => (targets[0]![label] = label === 'abi' ? 'stale' : '6.99.0'),
        ],
      ),
      [
        'a GRUB that is declared to load over HTTP but cannot',
        'bookworm amd64 UEFI: ERR_NETBOOT_STORE_DAMAGED',
        ({ efiLoaders }) => (efiLoaders[1]!.hasHttp = true),
      ],
      [
        'an image that is declared to be trusted by TLS',
        'trixie amd64 text: ERR_NETBOOT_UNSIGNED',
        ({ targets }) => (targets[0]!['trust'] = 'tls'),
      ],
      [
        'another build of the boot loaders',
        'trixie amd64: ERR_NETBOOT_HASH_MISMATCH',
        ({ efiLoaders }) => (efiLoaders[0]!.build = '20990101'),
      ],
      [
        'another version of the BIOS loaders',
        'PXELINUX: ERR_NETBOOT_HASH_MISMATCH',
        ({ biosLoaders }) => (biosLoaders.version = '3:9.99-1'),
      ],
    ])('%s', async (_what, problem, change) => {
      const setting = await syncedStore();
      const evil = await evilFile(setting.store);
      await edit(setting.store, 'manifest', (text) => {
        const manifest = JSON.parse(text) as EditableManifest;
        change(manifest, evil);
        return JSON.stringify(manifest);
      });
      expect(problemsOf(await reportOf(setting))).toContain(problem);
    });

    it('a boot loader, with all images and evidence gone', async () => {
      const setting = await syncedStore();
      const evil = await evilFile(setting.store);
      await edit(setting.store, 'evidence', () => '{"installers": []}');
      await edit(setting.store, 'manifest', (text) => {
        const { biosLoaders: _removed, ...manifest } = JSON.parse(text) as EditableManifest;
        manifest.targets = [];
        manifest.efiLoaders[0]!.files['grubx64.efi'] = evil;
        return JSON.stringify(manifest);
      });
      expect(problemsOf(await reportOf(setting))).toContain(
        'trixie amd64 UEFI: ERR_NETBOOT_UNSIGNED',
      );
    });

    it('no evidence at all', async () => {
      const setting = await syncedStore();
      await edit(setting.store, 'evidence', () => '{"installers": []}');
      expect(problemsOf(await reportOf(setting))).toEqual([
        'trixie amd64 text: ERR_NETBOOT_UNSIGNED',
        'trixie amd64 gtk: ERR_NETBOOT_UNSIGNED',
        'bookworm amd64 text: ERR_NETBOOT_UNSIGNED',
        'PXELINUX: ERR_NETBOOT_UNSIGNED',
      ]);
      await edit(setting.store, 'evidence', () => '{');
      expect(problemsOf(await reportOf(setting))).toEqual([
        expect.stringMatching(/ERR_NETBOOT_STORE_DAMAGED$/) as string,
      ]);
    });

    it('signatures by keys that are not trusted', async () => {
      const { store } = await syncedStore();
      const [report] = await verifyStore({ store });
      expect(problemsOf(report!)).toEqual([
        'trixie amd64: ERR_NETBOOT_UNTRUSTED_SIGNATURE',
        'bookworm amd64: ERR_NETBOOT_UNTRUSTED_SIGNATURE',
        'PXELINUX: ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      ]);
    });
  });

  it('leaves out a generation that is pruned in the meantime', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    await archive.publish(TRIXIE_2);
    const { generation } = await archive.sync(store);
    const generations = await store.generations();
    await (await openStore(store.directory)).prune({ keep: 0, graceMs: 0 });
    const reports = await verifyStore({ store, generations, trust: { keyring: archive.keyring } });
    expect(generations).toHaveLength(2);
    expect(reports.map(({ id, problems }) => ({ id, problems }))).toEqual([
      { id: generation.id, problems: [] },
    ]);
  });

  it('checks only the requested generations', async () => {
    const { archive, store } = await syncedStore();
    expect(await verifyStore({ store, generations: [] })).toEqual([]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      verifyStore({ store, trust: { keyring: archive.keyring }, signal }),
    ).rejects.toThrow('enough');
  });
});
