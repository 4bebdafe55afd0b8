import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { RunningDaemon } from '../support/daemon.js';
import { openPage, startBrowser } from './watched-page.js';

const TOKEN = 'the-full-token-of-the-admin';

describe.skipIf(lacks('chromium'))('images in the dashboard', () => {
  let directory: string;
  let mirror: RunningMirror;
  let daemon: RunningDaemon;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-images-'));
    const key = await createSigningKey();
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie' }, key);
    await addMadeUpSuite(tree, { codename: 'bookworm' }, key);
    mirror = await serveMirror(tree);
    await writeFile(join(directory, 'keyring.asc'), key.publicKey);
    const settings = [
      ...['--data-dir', join(directory, 'store'), '--admin-token', TOKEN],
      ...['--source-kind', 'mirror', '--source-url', mirror.url],
      ...['--source-keyring', join(directory, 'keyring.asc'), '--refresh-interval', '10d'],
    ];
    {
      await using first = await RunningDaemon.start([...settings, '--images', 'trixie:amd64:text']);
      await first.logged('images.ready');
    }
    daemon = await RunningDaemon.start([
      ...settings,
      ...['--images', 'trixie:amd64:text,bookworm:amd64:text'],
    ]);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  it('show their proof, are refreshed, and can be replaced by an earlier generation', async () => {
    const api = `http://127.0.0.1:${daemon.port('admin')}`;
    await using watched = await openPage(browser, `${api}/#/images`);
    const { page, faults } = watched;
    const served = page.getByRole('region', { name: 'Served' });
    // Appears without a reload, once the second image has been fetched.
    await served.getByText('Debian 12 (bookworm) amd64 text', { exact: true }).waitFor();
    await served.getByText('signed by Debian through SHA256SUMS').first().waitFor();

    const requests = mirror.requests.length;
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByLabel('Value of admin.token').fill(TOKEN);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => mirror.requests.length).toBeGreaterThan(requests);
    // The store has one writer at a time: a rollback is refused until the refresh has ended.
    const images = async (): Promise<unknown> => (await fetch(`${api}/api/v1/images`)).json();
    await expect.poll(images).toMatchObject({ refresh: { running: false } });

    await page.getByRole('button', { name: 'Serve again …' }).click();
    await page.getByRole('button', { name: 'Serve these images' }).click();
    await served
      .getByText('Debian 12 (bookworm) amd64 text', { exact: true })
      .waitFor({ state: 'detached' });
    await served.getByText(/rolled back to an earlier generation/).waitFor();
    expect(await images()).toMatchObject({ images: [{ suite: 'trixie' }] });
    expect(faults).toEqual([]);
  });
});
