import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, vi } from 'vitest';

import { addMadeUpSuite, createSigningKey, type MirrorTree, serveMirror } from '@pxe/local-mirror';

import { RunningDaemon } from './daemon.js';

const run = promisify(execFile);

export const SCENE_TOKEN = 'the-full-token-of-the-admin';

/** Machines of the scene by the last number of their MAC and IP addresses. */
export const SCENE_MACHINES = { web1: 56, db1: 57, failed: 58 } as const;

/** Configuration of the daemon; its menu has no timeout, so that the recorded screen shows no seconds. */
const CONFIG = `
menu: { timeout: 0 }
profiles:
  web:
    raw: [d-i passwd/root-login boolean false]
hosts:
  - name: web1
    match: { mac: 52:54:00:12:34:56 }
    profile: web
  - name: db1
    match: { mac: 52:54:00:12:34:57 }
    boot: local
`;

const SUITES = [
  {
    codename: 'trixie',
    build: '20260101+deb13u3',
    version: '13.3',
    kernel: '6.12.63+deb13',
    firmware: ['firmware-realtek', 'firmware-bnx2'],
    firmwareVersion: '20250410-2',
  },
  { codename: 'bookworm', build: '20251201+deb12u13', version: '12.13', kernel: '6.1.0-42' },
] as const;

/** Daemon with two generations of images, two hosts and three boots: the same every time, apart from times. */
export interface DashboardScene extends AsyncDisposable {
  readonly daemon: RunningDaemon;
}

/** Starts the daemon of the scene on its own mirror, and replays the boots. */
export async function startDashboardScene(): Promise<DashboardScene> {
  const directory = await mkdtemp(join(tmpdir(), 'pxeboot-scene-'));
  const key = await createSigningKey();
  const tree: MirrorTree = new Map();
  const [trixie, bookworm] = SUITES;
  const earlier = { build: '20250803+deb13u1', version: '13.1', kernel: '6.12.41+deb13' };
  await addMadeUpSuite(tree, { ...trixie, ...earlier, firmwareVersion: '20250410-1' }, key);
  await addMadeUpSuite(tree, bookworm, key);
  const mirror = await serveMirror(tree);
  const keyring = join(directory, 'keyring.asc');
  await writeFile(keyring, key.publicKey);
  const config = join(directory, 'pxeboot.yaml');
  await writeFile(config, CONFIG, { mode: 0o600 });
  const settings = [
    ...['--data-dir', join(directory, 'store'), '--config', config, '--admin-token', SCENE_TOKEN],
    ...['--source-kind', 'mirror', '--source-url', mirror.url, '--source-keyring', keyring],
    ...[
      '--images',
      'trixie:amd64:text,bookworm:amd64:text',
      '--firmware',
      'firmware-bnx2,firmware-realtek',
    ],
    // The recorded machine saw this address.
    ...['--refresh-interval', '10d', '--advertise', 'http://10.0.2.2:8069'],
  ];
  {
    await using first = await RunningDaemon.start(settings);
    await first.logged('images.ready');
  }
  await addMadeUpSuite(tree, { ...trixie, date: new Date('2026-02-01T00:00:00Z') }, key);
  const daemon = await RunningDaemon.start(settings);
  await refresh(daemon);
  for (const number of [SCENE_MACHINES.web1, SCENE_MACHINES.db1]) {
    await replayBoot(daemon, number);
  }
  await curl(SCENE_MACHINES.failed, '--tftp-no-options', `${tftpOf(daemon)}/undionly.kpxe`);
  return {
    daemon,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await mirror.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Refreshes the images, and waits until the new ones are served. */
async function refresh(daemon: RunningDaemon): Promise<void> {
  const api = `http://127.0.0.1:${daemon.port('admin')}/api/v1`;
  const headers = { Authorization: `Bearer ${SCENE_TOKEN}`, 'Content-Type': 'application/json' };
  await fetch(`${api}/refresh`, { method: 'POST', headers, body: '{}' });
  await vi.waitFor(async () => {
    expect(await (await fetch(`${api}/images`)).json()).toMatchObject({
      refresh: { running: false },
      generations: [{ current: true }, {}],
    });
  }, 120_000);
}

/** Sends the requests from a BIOS machine that starts the installer of trixie. */
async function replayBoot(daemon: RunningDaemon, number: number): Promise<void> {
  const tftp = tftpOf(daemon);
  await curl(number, '--tftp-blksize', '1432', `${tftp}/lpxelinux.0`);
  // The menu is requested from the same address: a different one would count as a different machine.
  const { stdout: menu } = await run('curl', [
    ...['-sS', '--interface', `127.0.0.${number}`, `${tftp}/pxelinux.cfg/default`],
  ]);
  const [, folder] = /(\/debian\/trixie\/\S+\/text)\/linux/.exec(menu) ?? [];
  for (const file of ['linux', 'initrd.gz']) {
    const url = `http://127.0.0.1:${daemon.port('http')}${folder}/${file}`;
    await curl(number, '-H', `Cookie: _Syslinux_BOOTIF=01-52-54-00-12-34-${number}`, url);
  }
}

function tftpOf(daemon: RunningDaemon): string {
  return `tftp://127.0.0.1:${daemon.port('tftp')}`;
}

async function curl(number: number, ...args: string[]): Promise<void> {
  const source = ['--interface', `127.0.0.${number}`];
  // A file may be missing on purpose.
  await run('curl', ['-sS', '-o', '/dev/null', ...source, ...args]).catch(() => undefined);
}
