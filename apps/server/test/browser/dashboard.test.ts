import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freeTcpPort, lacks } from '@pxe/test-host';

import { imageFolder } from '../support/boot-traffic.js';
import { RunningDaemon } from '../support/daemon.js';
import { runPxeboot } from '../support/pxeboot-command.js';
import { copyTestStore } from '../support/test-store.js';
import { tabTo } from './keyboard.js';
import { accessibilityProblems, openPage, startBrowser, type WatchedPage } from './watched-page.js';

const run = promisify(execFile);

const FULL = 'the-full-token-of-the-admin';
const READ = 'a-token-that-can-only-read';
const MAC = '52:54:00:12:34:56';

const CONFIG = `
access:
  allow: [127.0.0.0/8]
profiles:
  web:
    raw: [d-i passwd/root-login boolean false]
hosts:
  - name: web1
    match: { mac: ${MAC} }
    profile: web
`;

/** Requests that a wrong token provokes; the browser itself reports them. */
const UNAUTHORIZED = /^Failed to load resource: .* 401 /;

/** Returns the requests from a BIOS machine with the given number in its MAC address, one function for each step. */
function biosBoot(
  daemon: RunningDaemon,
  number: number,
): Record<'loader' | 'menu' | 'kernel' | 'initrd', () => Promise<void>> {
  const source = ['--interface', `127.0.0.${number}`];
  const cookie = `_Syslinux_BOOTIF=01-52-54-00-12-34-${number}`;
  const curl = async (...args: string[]): Promise<void> => {
    await run('curl', ['-sS', '-o', '/dev/null', ...source, ...args]);
  };
  const tftp = `tftp://127.0.0.1:${daemon.port('tftp')}`;
  const http = async (file: string): Promise<void> => {
    const folder = await imageFolder(daemon, 'trixie', 'text');
    await curl(
      '-H',
      `Cookie: ${cookie}`,
      `http://127.0.0.1:${daemon.port('http')}${folder}/${file}`,
    );
  };
  return {
    loader: () => curl('--tftp-blksize', '1432', `${tftp}/lpxelinux.0`),
    menu: () => curl(`${tftp}/pxelinux.cfg/default`),
    kernel: () => http('linux'),
    initrd: () => http('initrd.gz'),
  };
}

describe.skipIf(lacks('chromium', 'curl', 'apt-get'))('dashboard', () => {
  let directory: string;
  let daemon: RunningDaemon;
  let browser: Browser;

  const open = (
    path: string,
    options?: BrowserContextOptions & { provoked?: RegExp },
  ): Promise<WatchedPage> =>
    openPage(browser, `http://127.0.0.1:${daemon.port('admin')}/${path}`, options);

  /** Waits until a text is visible. */
  const shows = (page: Page, text: string | RegExp): Promise<void> =>
    page.getByText(text).first().waitFor();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-'));
    await copyTestStore(join(directory, 'data'));
    await writeFile(join(directory, 'pxeboot.yaml'), CONFIG, { mode: 0o600 });
    daemon = await RunningDaemon.start([
      ...['--data-dir', join(directory, 'data'), '--config', join(directory, 'pxeboot.yaml')],
      ...['--admin-token', FULL, '--admin-read-token', READ],
    ]);
    const boot = biosBoot(daemon, 56);
    for (const step of Object.values(boot)) {
      await step();
    }
    await daemon.logged('boot.ended');
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--interface', '127.0.0.5', '--tftp-no-options'],
      `tftp://127.0.0.1:${daemon.port('tftp')}/undionly.kpxe`,
    ]).catch(() => undefined);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('shows what is served, what needs attention, and the lines for a DHCP server', async () => {
    await using watched = await open('');
    const { page, faults } = watched;
    await shows(page, 'Debian 13 (trixie) amd64 text');
    await shows(page, `127.0.0.1:${daemon.port('tftp')}`);
    await shows(page, /DHCP names undionly\.kpxe/);
    await page.getByLabel('Lines for').selectOption('dnsmasq');
    const shown = page.getByRole('region', { name: 'Configuration of the DHCP server' });
    await expect.poll(() => shown.textContent()).toContain('dhcp-boot');
    const { stdout } = await runPxeboot([
      ...['dhcp', 'dnsmasq', '--data-dir', join(directory, 'data'), '--address', '127.0.0.1'],
      ...['--http-listen', `127.0.0.1:${daemon.port('http')}`],
    ]);
    expect(await shown.textContent()).toBe(stdout.trimEnd());
    expect(faults).toEqual([]);
  });

  it('shows what pxeboot doctor finds on the host of the server', async () => {
    const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/api/v1/doctor`);
    const { findings } = (await answer.json()) as {
      findings: readonly { readonly rule: string; readonly fix: string }[];
    };
    const shown = findings.filter(({ rule }) => rule !== 'own-ports');
    // There is always a finding: the network of this host is outside access.allow, or the host has no network.
    expect(shown).not.toEqual([]);
    await using watched = await open('');
    const { page, faults } = watched;
    const attention = page.getByRole('region', { name: 'Needs attention' });
    for (const { fix } of shown) {
      await attention.getByRole('listitem').filter({ hasText: fix }).waitFor();
    }
    expect(faults).toEqual([]);
  });

  it('follows a boot from step to step', async () => {
    await using watched = await open('');
    const { page, faults } = watched;
    await page.locator('.connection.live').waitFor();
    const boot = biosBoot(daemon, 57);
    const row = page.getByRole('list', { name: 'Booting now' }).getByRole('listitem');
    await boot.loader();
    await row.getByRole('img', { name: 'reached: boot loader' }).waitFor();
    await boot.menu();
    await row.getByRole('img', { name: 'reached: menu' }).waitFor();
    await boot.kernel();
    await row.getByText('52:54:00:12:34:57', { exact: true }).waitFor();
    await row.getByRole('img', { name: 'reached: kernel' }).waitFor();
    await boot.initrd();
    const recent = page.getByRole('list', { name: 'Recent boots' });
    await recent.getByText('52:54:00:12:34:57', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  it('finds boots by outcome and by words', async () => {
    await using watched = await open('#/boots');
    const { page, faults } = watched;
    const list = page.getByRole('list', { name: 'Boots' });
    await list.getByText(MAC).waitFor();
    await page.getByLabel('Outcome').selectOption('failed');
    await page.getByRole('status').getByText('1 boot', { exact: true }).waitFor();
    await list.getByText('127.0.0.5', { exact: true }).waitFor();
    await page.getByLabel('Search').fill('nothing like this');
    await shows(page, 'No matching boots');
    await page.getByLabel('Outcome').selectOption('');
    await page.getByLabel('Search').fill('bios installer');
    await list.getByText(MAC).waitFor();
    expect(faults).toEqual([]);
  });

  it('shows the steps of a boot with their bytes, and why a boot failed', async () => {
    await using watched = await open('#/machines');
    const { page, faults } = watched;
    await page.getByLabel('Search').fill('web1');
    await page.getByRole('link', { name: /web1/ }).click();
    await page.getByRole('heading', { name: 'web1', level: 1 }).waitFor();
    const table = page.getByRole('table', { name: 'Steps of the boot' });
    await table.waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual([
      'Boot loader',
      'Menu',
      'Kernel',
      'Initrd',
    ]);
    const kernel = table.getByRole('row', { name: /Kernel/ });
    expect(await kernel.textContent()).toMatch(/\/debian\/trixie\/.*\/linux/);
    expect(await kernel.textContent()).toMatch(/\d MB/);
    await page.goto(`${new URL(page.url()).origin}/#/machines/127.0.0.5`);
    await shows(page, /Change the boot file in your DHCP server/);
    await page.getByText('Requests that show this').click();
    await shows(page, /TFTP \/undionly\.kpxe: not found/);
    await page.goto(`${new URL(page.url()).origin}/#/machines/52:54:00:00:00:99`);
    await shows(page, 'This machine has not booted here.');
    // The browser itself reports the 404 response.
    expect(faults.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('arms an installation and cancels it, with the keyboard only', async () => {
    await using watched = await open(`#/machines/${MAC}`, { provoked: UNAUTHORIZED });
    const { page, faults } = watched;
    const install = page.getByRole('button', { name: 'Install at next boot …' });
    await install.waitFor();
    await tabTo(page, 'Install at next boot …');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Install web1' }).waitFor();
    const erase = page.getByRole('button', { name: 'Erase and install' });
    await tabTo(page, 'Type web1 to confirm');
    await page.keyboard.type('web');
    expect(await erase.isDisabled()).toBe(true);
    await page.keyboard.type('1');
    await expect.poll(() => erase.isEnabled()).toBe(true);
    await page.keyboard.press('Enter');

    const token = page.getByRole('dialog', { name: 'This needs the full token' });
    await token.waitFor();
    await page.keyboard.type('not-the-token-of-this-server');
    await page.keyboard.press('Enter');
    await shows(page, 'The server does not know this token.');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(READ);
    await page.keyboard.press('Enter');
    await shows(page, 'This token is read-only.');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(FULL);
    await page.keyboard.press('Enter');

    await shows(page, 'armed: its next boot erases and installs it');
    const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/api/v1/hosts/web1`);
    expect(await answer.json()).toMatchObject({
      install: { state: 'armed', profile: 'web', steps: [{ by: 'the dashboard' }] },
    });
    await tabTo(page, 'Cancel the installation');
    await page.keyboard.press('Enter');
    await install.waitFor();
    await shows(page, 'cancelled');
    expect(
      await page.evaluate(() =>
        [location.href, document.cookie, ...Object.values<string>(localStorage)].join(' '),
      ),
    ).not.toContain(FULL);
    expect(faults).toEqual([]);
  });

  it('finds a host, however many there are', async () => {
    const change = async (method: string, path: string, body?: object): Promise<void> => {
      const headers = { Authorization: `Bearer ${FULL}`, 'Content-Type': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/api/v1/hosts${path}`, {
        ...{ method, headers },
        body: JSON.stringify(body ?? {}),
      });
      expect(await answer.text()).not.toContain('error');
    };
    const hosts = Array.from({ length: 501 }, (_, index) => `many${index}`);
    for (const [index, name] of hosts.entries()) {
      const ip = index === 500 ? '127.0.0.5' : `198.51.${index >> 8}.${index & 255}`;
      await change('POST', '', { name, match: { ip } });
    }
    await using watched = await open('#/machines/127.0.0.5');
    const { page, faults } = watched;
    await page.getByRole('heading', { name: 'many500', level: 1 }).waitFor();
    for (const name of hosts) {
      await change('DELETE', `/${name}`);
    }
    await page.getByRole('heading', { name: '127.0.0.5', level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  it('gives a machine a name', async () => {
    await using watched = await open('#/machines/127.0.0.5');
    const { page, faults } = watched;
    await page.getByLabel('Name', { exact: true }).fill('lab7');
    await page.getByRole('button', { name: 'Name this machine' }).click();
    await page.getByLabel('Value of admin.token').fill(FULL);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'lab7', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Install at next boot …' }).click();
    await page.getByLabel('Type lab7 to confirm').fill('lab7');
    await page.getByRole('button', { name: 'Erase and install' }).click();
    // The daemon refuses a host without a profile, and the dialog shows its sentence.
    await page.getByRole('dialog').getByText('Lab7 has no profile.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(faults.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });

  it('asks for a token that the server knows, and offers no changes with the read token', async () => {
    await using watched = await open('', { provoked: UNAUTHORIZED });
    const { page, faults } = watched;
    await page.locator('.connection.live').waitFor();
    await page.evaluate(() => {
      sessionStorage.setItem('pxeboot.token', 'from-an-earlier-configuration');
    });
    await page.reload();
    await shows(page, 'The server does not know this token.');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel('Token').fill(READ);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goto(`${new URL(page.url()).origin}/#/machines/${MAC}`);
    await page.getByRole('heading', { name: 'Next boot' }).waitFor();
    await page.getByText('web1 boots').waitFor();
    expect(await page.getByRole('button', { name: /Install/ }).count()).toBe(0);
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(faults).toEqual([]);
  });

  it('says when the connection is lost, and resumes when the daemon is back', async () => {
    const data = join(directory, 'second');
    await copyTestStore(data);
    const args = ['--data-dir', data, '--admin-listen', `127.0.0.1:${await freeTcpPort()}`];
    const first = await RunningDaemon.start(args);
    await using watched = await openPage(
      browser,
      `http://127.0.0.1:${first.port('admin')}/#/boots`,
      {
        provoked:
          /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/,
      },
    );
    const { page, faults } = watched;
    await shows(page, 'No machine has booted yet');
    await page.locator('.connection.live').waitFor();
    await first[Symbol.asyncDispose]();
    await page.locator('.connection.lost').waitFor();
    await using second = await RunningDaemon.start(args);
    await page.locator('.connection.live').waitFor();
    await biosBoot(second, 58).loader();
    await page.getByText('127.0.0.58').waitFor();
    expect(faults).toEqual([]);
  });
});
