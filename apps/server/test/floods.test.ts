import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addMadeUpSuite, createSigningKey, type MirrorTree, serveMirror } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { imageFolder } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { curlFrom, Flood, residentBytes } from './support/flood.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TEST_STORE } from './support/test-store.js';

const STORE = ['--data-dir', TEST_STORE];
/** Address of a machine outside the flood. */
const CLIENT = '127.0.99.1';
const MIB = 1024 * 1024;

function urlOf(daemon: RunningDaemon, plane: 'http' | 'admin', path: string): string {
  return `http://127.0.0.1:${daemon.port(plane)}${path}`;
}

describe.skipIf(lacks('curl', 'prlimit'))('a daemon with few descriptors', () => {
  it.each([256, 1024])('serves boots while idle connections use up %i', async (limit) => {
    const prefix = ['prlimit', `--nofile=${limit}`];
    await using daemon = await RunningDaemon.start(STORE, { prefix });
    const linux = `${await imageFolder(daemon, 'trixie', 'text')}/linux`;
    const flood = { connections: limit + 100, addresses: 8 };
    await using _http = await Flood.open({ port: daemon.port('http'), ...flood });
    await using _admin = await Flood.open({ port: daemon.port('admin'), ...flood });
    for (let boot = 0; boot < 5; boot++) {
      const { status, bytes } = await curlFrom(CLIENT, urlOf(daemon, 'http', linux));
      expect(status).toBe(200);
      expect(bytes).toBeGreaterThan(MIB);
    }
    expect((await curlFrom(CLIENT, urlOf(daemon, 'admin', '/readyz'))).status).toBe(200);
    const warnings = daemon.log.filter(({ event }) => event === 'limit.reached');
    const planes = warnings.map(({ plane, limit: what }) => `${String(plane)} ${String(what)}`);
    expect(new Set(planes).size).toBe(planes.length);
    expect(planes).toContainEqual(expect.stringMatching(/^http (idle|new) connection closed$/));
    expect(planes).toContainEqual(expect.stringMatching(/^admin (idle|new) connection closed$/));
  });

  it('explains why it cannot serve at all', async () => {
    const prefix = ['prlimit', '--nofile=128'];
    await expect(RunningDaemon.start(STORE, { prefix })).rejects.toThrow(
      /too few file descriptors: expected a limit of at least \d+, got 128/,
    );
  });
});

describe.skipIf(lacks('curl', 'slowhttptest'))('a daemon under attack', () => {
  let daemon: RunningDaemon;
  let folder: string;

  beforeAll(async () => {
    daemon = await RunningDaemon.start(STORE);
    folder = await imageFolder(daemon, 'trixie', 'gtk');
  });

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  async function bootsStill(): Promise<void> {
    const { status, bytes } = await curlFrom(CLIENT, urlOf(daemon, 'http', `${folder}/linux`));
    expect(status).toBe(200);
    expect(bytes).toBeGreaterThan(MIB);
  }

  it('serves boots while five addresses hold more idle connections than its limit', async () => {
    const port = daemon.port('http');
    await using _flood = await Flood.open({ port, connections: 5000, addresses: 5 });
    await bootsStill();
  }, 120_000);

  it.each([
    ['slow heads', ['-H', '-i', '1']],
    ['slow readers', ['-X', '-w', '1', '-y', '8', '-n', '1', '-z', '8', '-k', '3']],
    ['range headers', ['-R', '-a', '10', '-b', '3000']],
  ])(
    'serves boots during slowhttptest with %s',
    async (_what, mode) => {
      const url = urlOf(daemon, 'http', `${folder}/initrd.gz`);
      const bounds = ['-c', '600', '-r', '300', '-l', '6', '-u', url];
      const attack = spawn('slowhttptest', [...mode, ...bounds], { stdio: 'ignore' });
      const ended = once(attack, 'exit');
      for (let boot = 0; boot < 5; boot++) {
        await bootsStill();
      }
      await ended;
      await bootsStill();
    },
    120_000,
  );
});

describe.skipIf(lacks('curl'))('a daemon with more files than its cache holds', () => {
  const INITRD_BYTES = 80_000_000;
  const SUITES = ['trixie', 'bookworm'] as const;
  const initrds = SUITES.flatMap((suite) =>
    ['text', 'gtk'].map((image) => `/debian/${suite}/20250101+deb13u1/amd64/${image}/initrd.gz`),
  );
  let directory: string;
  let flags: readonly string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-floods-'));
    const keyring = join(directory, 'keyring.asc');
    const key = await createSigningKey();
    await writeFile(keyring, key.publicKey);
    const tree: MirrorTree = new Map();
    for (const codename of SUITES) {
      await addMadeUpSuite(tree, { codename, initrdLength: INITRD_BYTES }, key);
    }
    const mirror = await serveMirror(tree);
    flags = [
      ...['--data-dir', join(directory, 'store'), '--source-kind', 'mirror'],
      ...['--source-url', mirror.url, '--source-keyring', keyring],
      ...['--images', SUITES.map((suite) => `${suite}:amd64:text+gtk`).join(',')],
    ];
    expect(await runPxeboot(['sync', ...flags])).toMatchObject({ code: 0 });
    await mirror.close();
  }, 300_000);

  afterAll(() => rm(directory, { recursive: true }));

  /** Readers that each request another megabyte and leave it unread. */
  async function openReaders(daemon: RunningDaemon): Promise<Flood> {
    return Flood.open({
      port: daemon.port('http'),
      connections: 1500,
      addresses: 8,
      request: (index) => {
        const path = initrds[index % initrds.length] ?? '';
        const from = (Math.floor(index / initrds.length) * MIB) % (INITRD_BYTES - MIB);
        return `GET ${path} HTTP/1.1\r\nHost: x\r\nRange: bytes=${from}-\r\n\r\n`;
      },
    });
  }

  it('keeps the file bytes of stalled readers within its budget', async () => {
    await using daemon = await RunningDaemon.start(flags);
    for (let round = 0; round < 2; round++) {
      await using flood = await openReaders(daemon);
      const { status, bytes } = await curlFrom(CLIENT, urlOf(daemon, 'http', initrds[0] ?? ''));
      expect({ status, bytes }).toEqual({ status: 200, bytes: INITRD_BYTES });
      expect(await residentBytes(daemon.pid)).toBeLessThan(400 * MIB);
      expect(flood.sockets.filter(({ closed }) => closed)).toEqual([]);
    }
    // The system sends SIGPIPE for clients that have disconnected.
    expect(daemon.log.filter(({ event }) => event === 'serve.signal')).toEqual([]);
  }, 120_000);
});
