import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';

import { RunningDaemon } from './support/daemon.js';
import { TftpPort } from './support/raw-tftp.js';

const TOKEN = 'the-full-token-of-the-admin';

interface Images {
  readonly served?: string;
  readonly images: readonly { readonly confirmedAt: string; readonly ageSeconds: number }[];
  readonly generations: readonly { readonly id: string; readonly current: boolean }[];
  readonly refresh: { readonly running: boolean; readonly outcome?: string };
}

describe('image routes of the API', { timeout: 120_000 }, () => {
  let directory: string;
  let mirror: RunningMirror;
  let daemon: RunningDaemon;

  const url = (path: string): string => `http://127.0.0.1:${daemon.port('admin')}/api/v1${path}`;

  async function images(): Promise<Images> {
    return (await (await fetch(url('/images'))).json()) as Images;
  }

  async function post(path: string): Promise<unknown> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
    return (await fetch(url(path), { method: 'POST', headers, body: '{}' })).json();
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-api-images-'));
    const key = await createSigningKey();
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie' }, key);
    await addMadeUpSuite(tree, { codename: 'bookworm' }, key);
    mirror = await serveMirror(tree);
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, key.publicKey);
    const source = ['--source-kind', 'mirror', '--source-url', mirror.url];
    const settings = [
      ...['--data-dir', join(directory, 'store'), '--admin-token', TOKEN],
      ...[...source, '--source-keyring', keyring],
    ];
    {
      await using first = await RunningDaemon.start([...settings, '--images', 'trixie:amd64:text']);
      await first.logged('images.ready');
    }
    daemon = await RunningDaemon.start([
      ...[...settings, '--images', 'trixie:amd64:text,bookworm:amd64:text'],
      ...['--refresh-interval', '10d', '--drain-lame-duck', '0s'],
    ]);
    await vi.waitFor(async () => {
      expect((await images()).images).toHaveLength(2);
    }, 60_000);
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  it('refreshes the images immediately, and updates their dates', async () => {
    await expect.poll(async () => (await images()).refresh.outcome).toBe('complete');
    const before = (await images()).images[0]!.confirmedAt;
    expect(await post('/refresh')).toEqual({ status: 'started' });
    await expect.poll(async () => (await images()).images[0]!.confirmedAt).not.toBe(before);
    expect((await images()).images[0]!.ageSeconds).toBeLessThan(60);
  });

  it('serves the previous generation again after a rollback, at once', async () => {
    const { served, generations } = await images();
    const previous = generations.find(({ id }) => id !== served)!;
    expect(await post('/rollback')).toEqual({ served: previous.id });
    expect(await images()).toMatchObject({ served: previous.id, images: [{ suite: 'trixie' }] });
    const menu = await fetch(`http://127.0.0.1:${daemon.port('http')}/pxelinux.cfg/default`);
    expect(await menu.text()).not.toContain('bookworm');
  });

  // The last test, since it stops the daemon.
  it('refuses a refresh while the daemon waits for a transfer to stop', async () => {
    await using client = await TftpPort.open(daemon.port('tftp'));
    client.ask('pxelinux.cfg/default');
    expect((await client.next()).type).toBe('data');
    daemon.signal('SIGTERM');
    await daemon.logged('serve.draining');
    await expect
      .poll(() => post('/refresh'))
      .toEqual({
        error: 'this daemon is stopping, so it cannot start a refresh',
        hint: 'try again when it is running',
      });
  });
});
