import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { biosKernel, efiProgram, noise } from '@pxe/local-mirror';

import {
  type EntrySelection,
  exportBundle,
  importBundle,
  MAX_ENTRY_FILE_BYTES,
  readBundleIndex,
  type SyncEvent,
  verifyStore,
} from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  recordEvents,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
} from './support/made-up-mirror.js';

const KERNEL = biosKernel('own');
const INITRD = noise('initrd', 3000);

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Starts a web server on loopback, and returns the URL of its root. */
async function webServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function localFile(content: Uint8Array, name = 'file'): Promise<string> {
  const path = join(await temporaryDirectory(), name);
  await writeFile(path, content);
  return path;
}

type Missing = Extract<SyncEvent, { type: 'entryMissing' }>;

function missingOf(events: readonly SyncEvent[]): readonly string[] {
  return events
    .filter((event): event is Missing => event.type === 'entryMissing')
    .map(({ id, isKept, error }) => `${id} ${isKept ? 'kept' : 'missing'} ${error.code}`);
}

describe('extra entries', () => {
  it('come from URLs and local files, with their facts, and are verified', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const requests: string[] = [];
    const root = await webServer((request, response) => {
      requests.push(request.url ?? '');
      response.end(KERNEL);
    });
    const program = efiProgram('amd64', 'shell', true);
    const entries: EntrySelection[] = [
      {
        id: 'rescue',
        kernel: { url: `${root}/vmlinuz?x=1`, sha256: sha256(KERNEL) },
        initrds: [{ path: await localFile(INITRD) }],
      },
      { id: 'shell', loader: { path: await localFile(program), sha256: sha256(program) } },
    ];
    const { generation } = await archive.sync(store, { entries });
    expect(generation.manifest.entries).toEqual([
      {
        id: 'rescue',
        files: [
          {
            role: 'kernel',
            file: { sha256: sha256(KERNEL), size: KERNEL.length },
            formats: ['bios-kernel'],
            isSigned: false,
          },
          { role: 'initrd', file: { sha256: sha256(INITRD), size: INITRD.length } },
        ],
      },
      {
        id: 'shell',
        files: [
          {
            role: 'loader',
            file: { sha256: sha256(program), size: program.length },
            formats: ['efi-amd64'],
            isSigned: true,
          },
        ],
      },
    ]);
    expect(await readFile(store.blobPath(sha256(KERNEL)))).toEqual(KERNEL);
    const trust = { keyring: archive.keyring };
    const [report] = await verifyStore({ store, trust, entries });
    expect(report?.problems).toEqual([]);
    expect(report?.entries).toEqual([
      { id: 'rescue', proof: 'recorded' },
      { id: 'shell', proof: 'pinned' },
    ]);
    expect((await archive.sync(store, { entries })).outcome).toBe('unchanged');
    expect(requests).toEqual(['/vmlinuz?x=1']);
  });

  it('follow a local file, roll back with the images, and are pruned', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const path = await localFile(KERNEL);
    const entries: EntrySelection[] = [{ id: 'own', kernel: { path } }];
    const first = await archive.sync(store, { entries });
    const other = biosKernel('other');
    await writeFile(path, other);
    const second = await archive.sync(store, { entries });
    expect(second.outcome).toBe('changed');
    expect(second.generation.manifest.entries?.[0]?.files[0]?.file.sha256).toBe(sha256(other));
    const back = await store.rollback(undefined);
    expect(back.id).toBe(first.generation.id);
    expect((await archive.sync(store, { entries })).outcome).toBe('rejected');
    await archive.sync(store);
    await store.prune({ keep: 0, graceMs: 0 });
    await expect(readFile(store.blobPath(sha256(KERNEL)))).rejects.toThrow('ENOENT');
  });

  it('that fail never affect an image, and keep their earlier files', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const path = await localFile(KERNEL);
    const entries: EntrySelection[] = [{ id: 'own', kernel: { path } }];
    await archive.sync(store, { entries });
    await rm(path);
    await archive.publish(TRIXIE_2);
    const { events, onEvent } = recordEvents();
    const { generation, missing } = await archive.sync(store, { entries, onEvent });
    expect(missingOf(events)).toEqual(['own kept ERR_NETBOOT_FILE_NOT_FOUND']);
    expect(missing).toEqual([]);
    expect(generation.manifest.targets[0]).toMatchObject({ version: '13.2', carriedOver: false });
    expect(generation.manifest.entries).toHaveLength(1);
    // A hash that is no longer selected must not be started.
    const pinned: EntrySelection[] = [{ id: 'own', kernel: { path, sha256: sha256(INITRD) } }];
    const after = await archive.sync(store, { entries: pinned });
    expect(after.generation.manifest.entries).toBeUndefined();
  });

  it('refuse hostile local files', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const directory = await temporaryDirectory();
    const at = (name: string): string => join(directory, name);
    await writeFile(at('kernel'), KERNEL);
    await writeFile(at('empty'), '');
    await writeFile(at('text'), 'not a kernel\n');
    await writeFile(at('huge'), '');
    await truncate(at('huge'), MAX_ENTRY_FILE_BYTES + 1);
    await mkdir(at('directory'));
    await symlink(at('nowhere'), at('dangling'));
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    const names = ['empty', 'text', 'huge', 'directory', 'dangling', 'pipe'];
    const entries: EntrySelection[] = [
      ...names.map((id) => ({ id, kernel: { path: at(id) } })),
      { id: 'device', kernel: { path: '/dev/zero' } },
      { id: 'wrong', kernel: { path: at('kernel'), sha256: sha256(INITRD) } },
      { id: 'page', loader: { path: at('text') } },
      { id: 'good', kernel: { path: at('kernel') } },
    ];
    const { events, onEvent } = recordEvents();
    const { generation, outcome } = await archive.sync(store, { entries, onEvent });
    expect(outcome).toBe('changed');
    expect(missingOf(events)).toEqual([
      'empty missing ERR_NETBOOT_SIZE_MISMATCH',
      'text missing ERR_NETBOOT_MALFORMED_IMAGE',
      'huge missing ERR_NETBOOT_SIZE_MISMATCH',
      'directory missing ERR_NETBOOT_MALFORMED_IMAGE',
      'dangling missing ERR_NETBOOT_FILE_NOT_FOUND',
      'pipe missing ERR_NETBOOT_MALFORMED_IMAGE',
      'device missing ERR_NETBOOT_MALFORMED_IMAGE',
      'wrong missing ERR_NETBOOT_HASH_MISMATCH',
      'page missing ERR_NETBOOT_MALFORMED_IMAGE',
    ]);
    expect(generation.manifest.entries?.map(({ id }) => id)).toEqual(['good']);
  });

  it('refuse hostile servers', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const root = await webServer(({ url }, response) => {
      switch (url) {
        case '/huge':
          response.writeHead(200, { 'content-length': MAX_ENTRY_FILE_BYTES + 1 }).write('x');
          break;
        case '/away':
          response.writeHead(302, { location: 'file:///etc/passwd' }).end();
          break;
        case '/loop':
          response.writeHead(302, { location: '/loop' }).end();
          break;
        case '/moved':
          response.writeHead(302, { location: '/kernel' }).end();
          break;
        case '/kernel':
          response.end(KERNEL);
          break;
        default:
          response.writeHead(404).end();
      }
    });
    const entries = ['huge', 'away', 'loop', 'gone', 'moved'].map((id) => ({
      id,
      kernel: { url: `${root}/${id}`, sha256: sha256(KERNEL) },
    }));
    const wrong = { id: 'wrong', kernel: { url: `${root}/kernel`, sha256: sha256(INITRD) } };
    const { events, onEvent } = recordEvents();
    const selected = [wrong, ...entries];
    const { generation } = await archive.sync(store, { entries: selected, onEvent });
    expect(missingOf(events)).toEqual([
      'wrong missing ERR_NETBOOT_HASH_MISMATCH',
      'huge missing ERR_NETBOOT_SIZE_MISMATCH',
      'away missing ERR_NETBOOT_FORBIDDEN_REDIRECT',
      'loop missing ERR_NETBOOT_NETWORK',
      'gone missing ERR_NETBOOT_FILE_NOT_FOUND',
    ]);
    expect(generation.manifest.entries?.map(({ id }) => id)).toEqual(['moved']);
    await expect(archive.sync(store, { entries: [{ id: '../x' }] })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_INVALID_SELECTION',
    });
  });

  it('take memtest86+ from the signed index', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, memtestVersion: '7.20-1' });
    const store = await temporaryStore();
    const entries: EntrySelection[] = [{ id: 'memtest', package: 'memtest86+' }];
    const { generation } = await archive.sync(store, { entries });
    expect(generation.manifest.entries).toMatchObject([
      {
        id: 'memtest',
        package: 'memtest86+',
        files: [
          { role: 'kernel', formats: ['bios-kernel'] },
          { role: 'loader', formats: ['efi-i386'], isSigned: false },
          { role: 'loader', formats: ['efi-amd64'], isSigned: false },
        ],
      },
    ]);
    const trust = { keyring: archive.keyring };
    const [report] = await verifyStore({ store, trust });
    expect(report?.problems).toEqual([]);
    expect(report?.entries).toEqual([{ id: 'memtest', proof: 'signed' }]);
    await archive.publish({ ...TRIXIE_2, memtestVersion: '7.21-1' });
    const newer = await archive.sync(store, { entries });
    expect(newer.generation.manifest.entries).not.toEqual(generation.manifest.entries);
    await archive.publish({ ...TRIXIE_2, date: new Date('2026-03-01T00:00:00Z') });
    const { events, onEvent } = recordEvents();
    await archive.sync(store, { entries, onEvent });
    expect(missingOf(events)).toEqual(['memtest kept ERR_NETBOOT_PACKAGE_NOT_FOUND']);
  });

  it('are included in bundles, and imported by the hashes that are selected for the import', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, memtestVersion: '7.20-1' });
    const store = await temporaryStore();
    const path = await localFile(KERNEL);
    const memtest: EntrySelection = { id: 'memtest', package: 'memtest86+' };
    const entries: EntrySelection[] = [memtest, { id: 'own', kernel: { path } }];
    const first = await archive.sync(store, { entries });
    const bundle = join(await temporaryDirectory(), 'bundle.tar');
    await exportBundle({ store, path: bundle });
    expect((await readBundleIndex(bundle)).entries).toEqual(['memtest', 'own']);
    await rm(path);
    const trust = { keyring: archive.keyring };
    const other = await temporaryStore();
    const elsewhere = { url: 'http://192.0.2.1/kernel', sha256: sha256(KERNEL) };
    const { events, onEvent } = recordEvents();
    const { generation } = await importBundle({
      store: other,
      path: bundle,
      trust,
      entries: [
        memtest,
        { id: 'own', kernel: elsewhere },
        { id: 'absent', kernel: { ...elsewhere, sha256: sha256(INITRD) } },
        { id: 'local', kernel: { path } },
      ],
      onEvent,
    });
    expect(generation.manifest.entries).toEqual(first.generation.manifest.entries);
    expect(missingOf(events)).toEqual([
      'absent missing ERR_NETBOOT_FILE_NOT_FOUND',
      'local missing ERR_NETBOOT_FILE_NOT_FOUND',
    ]);
    const [report] = await verifyStore({ store: other, trust });
    expect(report?.problems).toEqual([]);
    const without = await importBundle({ store: await temporaryStore(), path: bundle, trust });
    expect(without.generation.manifest.entries).toBeUndefined();
  });
});
