import { createHash } from 'node:crypto';
import {
  cp,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';

const LINUX = '/debian/trixie/20250101+deb13u1/amd64/text/linux';
/** Port without a listener. */
const NO_MIRROR = 'http://127.0.0.1:1/debian';

/** File of the test archive, as the daemon serves it. */
interface ServedFile {
  readonly path: string;
  readonly sha256: string;
}

let directory: string;
let pristine: string;
let store: string;
let mirror: RunningMirror;
let linux: ServedFile;

const flags = (url: string): string[] => [
  ...['--data-dir', store, '--images', 'trixie', '--source-kind', 'mirror', '--source-url', url],
  ...['--source-keyring', join(directory, 'keyring.asc')],
];

describe('damage', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-damage-'));
    pristine = join(directory, 'pristine');
    const key = await createSigningKey();
    await writeFile(join(directory, 'keyring.asc'), key.publicKey);
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie' }, key);
    mirror = await serveMirror(tree);
    store = pristine;
    expect(await runPxeboot(['sync', ...flags(mirror.url)])).toMatchObject({ code: 0 });
    const [id = ''] = await readdir(join(pristine, 'generations'));
    const text = await readFile(join(pristine, 'generations', id, 'manifest.json'), 'utf8');
    const manifest = JSON.parse(text) as {
      targets: { build: string; files: { linux: { sha256: string } } }[];
    };
    linux = { path: LINUX, sha256: manifest.targets[0]!.files.linux.sha256 };
  }, 120_000);

  afterAll(async () => {
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  beforeEach(async () => {
    store = join(directory, 'store');
    await cp(pristine, store, { recursive: true });
  });

  afterEach(() => rm(store, { recursive: true }));

  function blobPath({ sha256 }: ServedFile): string {
    return join(store, 'blobs/sha256', sha256.slice(0, 2), sha256);
  }

  async function flipByte(path: string): Promise<void> {
    const file = await open(path, 'r+');
    const byte = Buffer.alloc(1);
    const at = Math.floor((await file.stat()).size / 2);
    await file.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, at);
    await file.close();
  }

  const DAMAGES: readonly [string, (path: string) => Promise<unknown>][] = [
    ['with one flipped bit', flipByte],
    ['cut short', (path) => truncate(path, 1000)],
    ['deleted', (path) => rm(path)],
  ];

  async function get(daemon: RunningDaemon, path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${daemon.port('http')}${path}`);
  }

  async function readiness(daemon: RunningDaemon): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${daemon.port('admin')}/readyz`);
    return { status: response.status, body: await response.text() };
  }

  describe('a stored file', { timeout: 120_000 }, () => {
    it.each(DAMAGES)(
      '%s is refused over HTTP and TFTP, and fails the readiness check',
      async (_what, damage) => {
        await damage(blobPath(linux));
        await using daemon = await RunningDaemon.start(flags(NO_MIRROR));
        expect((await get(daemon, linux.path)).status).toBe(503);
        await using port = await TftpPort.open(daemon.port('tftp'));
        port.ask(linux.path);
        expect(await port.next()).toMatchObject({ type: 'error' });
        expect(await daemon.logged('images.damaged')).toMatchObject({ sha256: linux.sha256 });
        const ready = await readiness(daemon);
        expect(ready.status).toBe(503);
        expect(ready.body).toContain('damaged files of');
        // Intact files are still served.
        const initrd = linux.path.replace(/linux$/, 'initrd.gz');
        expect((await get(daemon, initrd)).status).toBe(200);
        expect(daemon.log.filter(({ event }) => event === 'images.damaged')).toHaveLength(1);
      },
    );

    it.each(DAMAGES)('%s is fetched again automatically', async (_what, damage) => {
      await damage(blobPath(linux));
      await using daemon = await RunningDaemon.start(flags(mirror.url));
      expect(await daemon.logged('images.repaired')).toMatchObject({
        sha256: linux.sha256,
      });
      const content = Buffer.from(await (await get(daemon, linux.path)).arrayBuffer());
      expect(createHash('sha256').update(content).digest('hex')).toBe(linux.sha256);
      expect((await stat(blobPath(linux))).size).toBe(content.length);
      expect((await readiness(daemon)).status).toBe(200);
    });
  });

  describe('a daemon with a damaged store', { timeout: 120_000 }, () => {
    it.each(['current', 'manifest.json'])(
      'starts without an intact generation when %s is damaged, and repairs it by a sync',
      async (name) => {
        const [id = ''] = await readdir(join(store, 'generations'));
        const path = name === 'current' ? join(store, name) : join(store, 'generations', id, name);
        await flipByte(path);
        await using daemon = await RunningDaemon.start(flags(mirror.url));
        await daemon.logged('images.ready');
        expect((await get(daemon, linux.path)).status).toBe(200);
        expect((await readiness(daemon)).status).toBe(200);
      },
    );

    it('serves the generation before a damaged one, and logs it', async () => {
      const [id = ''] = await readdir(join(store, 'generations'));
      await writeFile(join(store, 'current'), '20300101T000000000Z-01234567\n');
      await using daemon = await RunningDaemon.start(flags(NO_MIRROR));
      expect(await daemon.logged('images.fallback')).toMatchObject({ generation: id });
      expect((await get(daemon, linux.path)).status).toBe(200);
    });
  });
});
