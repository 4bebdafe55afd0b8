import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { freeTcpPort, lacks } from '@pxe/test-host';

import { RunningDaemon } from '../support/daemon.js';
import { unpackedPrograms } from '../support/debian-packages.js';
import { copyTestStore } from '../support/test-store.js';
import { openPage, startBrowser } from './watched-page.js';

const FULL = 'the-full-token-of-the-admin';

/** Returns the lines for nginx in docs/dashboard.md, with another port for the daemon. */
async function documentedLocation(port: number): Promise<string> {
  const text = await readFile(new URL('../../../../docs/dashboard.md', import.meta.url), 'utf8');
  const [, lines = ''] = /```\n(location .*?)```/s.exec(text) ?? [];
  return lines.replace('127.0.0.1:9069', `127.0.0.1:${port}`);
}

/** Starts nginx in the foreground, with everything that it writes in its own folder. */
async function startNginx(
  directory: string,
  port: number,
  location: string,
): Promise<ChildProcess> {
  const config = `
daemon off;
pid ${directory}/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port};
    ${location}
  }
}
`;
  await writeFile(join(directory, 'nginx.conf'), config);
  const root = await unpackedPrograms(['nginx-light']);
  const nginx = spawn(
    join(root, 'usr/sbin/nginx'),
    ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr'],
    { stdio: 'ignore' },
  );
  await vi.waitFor(async () => {
    expect((await fetch(`http://127.0.0.1:${port}/pxeboot/`)).status).toBe(200);
  }, 60_000);
  return nginx;
}

describe.skipIf(lacks('chromium', 'apt-get'))('dashboard behind nginx, under a path prefix', () => {
  let directory: string;
  let daemon: RunningDaemon;
  let nginx: ChildProcess;
  let port: number;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-proxy-'));
    await copyTestStore(join(directory, 'data'));
    daemon = await RunningDaemon.start([
      ...['--data-dir', join(directory, 'data'), '--admin-token', FULL],
    ]);
    port = await freeTcpPort();
    nginx = await startNginx(directory, port, await documentedLocation(daemon.port('admin')));
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    const ended = once(nginx, 'close');
    nginx.kill();
    await ended;
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('asks for a token, follows events, and makes changes', async () => {
    await using watched = await openPage(browser, `http://127.0.0.1:${port}/pxeboot`, {
      // The first request has no token: the page does not know yet that it needs one.
      provoked: /status of 401/,
    });
    const { page, faults } = watched;
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!new URL(request.url()).pathname.startsWith('/pxeboot/')) {
        outside.push(request.url());
      }
    });
    await page.getByLabel('Token').fill(FULL);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/pxeboot/');
    await page.getByRole('link', { name: 'Hosts' }).click();
    await page.reload();
    await page.locator('.connection.live').waitFor();
    await page.getByRole('button', { name: 'Add a host …' }).click();
    await page.getByLabel('Name', { exact: true }).fill('behind');
    await page.getByRole('textbox', { name: 'MAC address' }).fill('52:54:00:00:00:01');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('list', { name: 'Hosts' }).getByText('behind').waitFor();
    await expect
      .poll(() => daemon.log.find(({ event }) => event === 'admin.change'))
      .toMatchObject({ token: 'full', forwardedFor: '127.0.0.1', status: 201 });
    expect(outside).toEqual([]);
    expect(faults).toEqual([]);
  });
});
