import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { aptFlags } from './support/apt-flags.js';
import { RunningDaemon } from './support/daemon.js';
import { ONLY_PROGRESS } from './support/only-progress.js';
import { runPxeboot, startPxeboot } from './support/pxeboot-command.js';

const IMAGES = ['--images', 'trixie:amd64:text'];

/** Kills a sync with SIGKILL as soon as a line of its progress matches. */
async function killSyncAt(store: string, pattern: RegExp): Promise<string | undefined> {
  const child = startPxeboot(['sync', ...aptFlags(), ...IMAGES, '--data-dir', store]);
  if (child.stdout === null) {
    throw new Error('the command has no standard output');
  }
  child.stderr?.resume();
  let reached: string | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (reached !== undefined || !pattern.test(line)) {
      return;
    }
    reached = line;
    child.kill('SIGKILL');
  });
  await once(child, 'close');
  return reached;
}

describe.skipIf(lacks('apt-get'))('a sync that is killed', { timeout: 300_000 }, () => {
  let store: string;

  beforeAll(async () => {
    store = join(await mkdtemp(join(tmpdir(), 'pxeboot-crash-')), 'store');
  });

  afterAll(async () => {
    await rm(join(store, '..'), { recursive: true, force: true });
  });

  it.each([
    ['while apt reads its lists', /package lists/],
    ['when the release is verified', /signature verified/],
    ['when the first file is in the store', /^verified /],
    ['when the kernel is in the store', /^verified .*\/linux /],
  ])('%s leaves a store without images', async (_when, pattern) => {
    expect(await killSyncAt(store, pattern)).toMatch(pattern);
    const listed = await runPxeboot(['images', 'list', '--data-dir', store]);
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/no images yet/) as string,
    });
    // There is no apt on this PATH, so the daemon has only the store.
    await using daemon = await RunningDaemon.start(['--data-dir', store, '--source-kind', 'apt'], {
      env: { PATH: '/nonexistent' },
    });
    expect((await daemon.logged('images.missing'))['msg']).toMatch(/has no images yet/);
    const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(
      /(there are no images yet|the images (are still being|could not be) fetched)/,
    );
  });

  it('is completed by the next sync, whose images are then served', async () => {
    const finished = await runPxeboot(['sync', ...aptFlags(), ...IMAGES, '--data-dir', store]);
    expect(finished).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
    await using daemon = await RunningDaemon.start(['--data-dir', store, ...IMAGES]);
    const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
    expect(answer.status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${daemon.port('admin')}/readyz`)).status).toBe(200);
  });

  it('leaves the served generation in place if there was nothing new', async () => {
    await killSyncAt(store, /signature verified/);
    const listed = await runPxeboot(['images', 'list', '--data-dir', store]);
    expect(listed.stdout).toMatch(/^\* \d{8}T\d{9}Z-/m);
  });
});
