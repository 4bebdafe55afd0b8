import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from '../support/daemon.js';
import { TftpPort } from '../support/raw-tftp.js';
import { copyTestStore } from '../support/test-store.js';
import { choose, tabTo } from './keyboard.js';
import { accessibilityProblems, openPage, startBrowser, type WatchedPage } from './watched-page.js';

const FULL = 'the-full-token-of-the-admin';
const READ = 'a-token-that-can-only-read';
const MAC = '52:54:00:00:00:01';

const CONFIG = `
profiles:
  web:
    raw:
      - d-i passwd/root-login boolean false
      - d-i passwd/root-password password secret-of-root
      - d-i preseed/late_command string echo {{role}} > /target/role
  crypto:
    disk: { device: first, method: crypto }
    user:
      name: ada
      passwordHash: $6$saltsaltsalt$Cy2drr8kDRji6smvDcT28wkqtq0R0VzVL5CkrjPQCITc5d/31j94knt9rGTcVSyjLXfjsiIsBh5ee8qR/3QDx1
hosts:
  - name: web1
    match: { mac: ${MAC} }
    profile: web
    variables: { role: nginx }
  - name: vault
    match: { ip: 192.0.2.9 }
    profile: crypto
`;

describe.skipIf(lacks('chromium', 'apt-get'))('hosts in the dashboard', () => {
  let directory: string;
  let daemon: RunningDaemon;
  let browser: Browser;

  const open = (path: string, token?: string): Promise<WatchedPage> =>
    openPage(browser, `http://127.0.0.1:${daemon.port('admin')}/${path}`, {
      ...(token !== undefined && { token }),
    });

  async function ask(method: string, path: string, body: object = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${daemon.port('admin')}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${FULL}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  const http = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`)).text();

  /** Waits until a text is visible. */
  const shows = (page: Page, text: string | RegExp): Promise<void> =>
    page.getByText(text).first().waitFor();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-hosts-'));
    await copyTestStore(join(directory, 'data'));
    await writeFile(join(directory, 'pxeboot.yaml'), CONFIG, { mode: 0o600 });
    daemon = await RunningDaemon.start([
      ...['--data-dir', join(directory, 'data'), '--config', join(directory, 'pxeboot.yaml')],
      ...['--admin-token', FULL, '--admin-read-token', READ],
    ]);
    const added = await ask('POST', '/hosts', { name: 'first', match: { ip: '192.0.2.1' } });
    expect(added.status).toBe(201);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('are added, changed and removed with the keyboard only', async () => {
    await using watched = await open('#/hosts');
    const { page, faults } = watched;
    const list = page.getByRole('list', { name: 'Hosts' });
    await list.getByText('web1').waitFor();
    await tabTo(page, 'Add a host …');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Name');
    await page.keyboard.type('lab7');
    await tabTo(page, 'MAC address');
    await page.keyboard.type('52:54:00:00:00:0');
    await tabTo(page, 'Profile');
    await choose(page, 'web');
    await tabTo(page, 'Variable role');
    await page.keyboard.type('db');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByLabel('Value of admin.token').waitFor();
    await page.keyboard.type(FULL);
    await page.keyboard.press('Enter');
    await shows(page, /expected a MAC address such as 52:54:00:12:34:56/);
    await tabTo(page, 'MAC address');
    await page.keyboard.press('End');
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    await list.getByText('52:54:00:00:00:07').waitFor();
    await page.getByLabel('Search').fill('lab7');
    await page.getByRole('status').getByText('1 host', { exact: true }).waitFor();
    await tabTo(page, /^lab7/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'lab7', level: 1 }).waitFor();
    expect(await (await fetch(apiOf('/hosts/lab7'))).json()).toMatchObject({
      ...{ match: { mac: '52:54:00:00:00:07' }, profile: 'web', variables: ['role'] },
    });

    await tabTo(page, 'Change …');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Boots');
    await choose(page, 'its local');
    await tabTo(page, 'Remove role');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Profile');
    await choose(page, 'none');
    await tabTo(page, 'Save');
    await page.keyboard.press('Enter');
    await shows(page, 'lab7 boots its local disk.');
    const changed: unknown = await (await fetch(apiOf('/hosts/lab7'))).json();
    expect(changed).toMatchObject({ boot: 'local' });
    expect(changed).not.toHaveProperty('profile');
    expect(changed).not.toHaveProperty('variables');
    await tabTo(page, 'Boot the menu');
    await page.keyboard.press('Enter');
    await shows(page, 'lab7 boots the menu.');

    await tabTo(page, 'Remove …');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Type lab7 to confirm');
    await page.keyboard.type('lab7');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Hosts', level: 1 }).waitFor();
    await list.getByText('web1').waitFor();
    await list.getByText('lab7').waitFor({ state: 'detached' });
    expect(faults.filter((text) => !text.includes('status of 400'))).toEqual([]);
  });

  it('appear when someone else adds them', async () => {
    await using watched = await open('#/hosts');
    const { page, faults } = watched;
    await page.locator('.connection.live').waitFor();
    const list = page.getByRole('list', { name: 'Hosts' });
    await list.getByText('web1').waitFor();
    await ask('POST', '/hosts', { name: 'elsewhere', match: { ip: '192.0.2.77' } });
    await list.getByText('elsewhere').waitFor();
    await ask('DELETE', '/hosts/elsewhere');
    await list.getByText('elsewhere').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('are marked if they are in the file, and show their preseed with findings to the full token only', async () => {
    await using watched = await open('#/hosts/web1');
    const { page, faults } = watched;
    await shows(page, 'This host is in pxeboot.yaml');
    expect(await page.getByRole('button', { name: 'Change …' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Boot its local disk' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show the preseed' }).click();
    await page.getByLabel('Value of admin.token').fill(FULL);
    await page.getByRole('button', { name: 'Continue' }).click();
    const table = page.getByRole('table', { name: 'Preseed with findings' });
    await table.waitFor();
    const line = table.getByRole('row', { name: /^2 / });
    expect(await line.textContent()).toMatch(
      /passwd\/root-password password \(hidden\).*warning: /,
    );
    expect(await table.textContent()).toContain('echo nginx > /target/role');
    expect(await page.content()).not.toContain('secret-of-root');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults).toEqual([]);

    await using reading = await open('#/hosts/web1', READ);
    await shows(reading.page, 'This host is in pxeboot.yaml');
    expect(await reading.page.getByRole('heading', { name: 'Preseed' }).count()).toBe(0);
    expect(reading.faults).toEqual([]);
  });

  it('show the passphrase of an encrypted disk once, after an installation was armed', async () => {
    await using watched = await open('#/hosts/vault');
    const { page, faults } = watched;
    await page.getByRole('button', { name: 'Install at next boot …' }).click();
    await page.getByLabel('Type vault to confirm').fill('vault');
    await page.getByRole('button', { name: 'Erase and install' }).click();
    await page.getByLabel('Value of admin.token').fill(FULL);
    await page.getByRole('button', { name: 'Continue' }).click();
    const passphrase = page.getByRole('region', { name: 'Passphrase of the disk' });
    await passphrase.waitFor();
    expect(await passphrase.textContent()).toMatch(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();
    await shows(page, 'armed: its next boot erases and installs it');
    await page.getByRole('button', { name: 'Cancel the installation' }).click();
    await shows(page, 'cancelled');
    expect(faults).toEqual([]);
  });

  it('show the log of a running installer, and ask for the name before they cancel it', async () => {
    await ask('POST', '/hosts/web1/install');
    await using loader = await TftpPort.open(daemon.port('tftp'));
    loader.ask('lpxelinux.0');
    const menu = await http(`/pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`);
    const [, kernel = ''] = /LINUX http:\/\/[^/]+(\/s\/\S+)/.exec(menu) ?? [];
    const [, url = ''] = /url=(\S+)/.exec(menu) ?? [];
    await http(kernel);
    await http(new URL(url).pathname);
    await using watched = await open(`#/machines/${MAC}`, FULL);
    const { page, faults } = watched;
    await shows(page, 'started: the installer is running');
    await shows(page, 'No message has arrived yet.');
    const socket = createSocket('udp4');
    for (const message of [
      "<13>main-menu[1]: INFO: Menu item 'netcfg' selected",
      '<11>anna[1]: cannot read \u{1b}[31mthe modules',
    ]) {
      await new Promise((resolve) => {
        socket.send(message, daemon.port('syslog'), '127.0.0.1', resolve);
      });
    }
    const log = page.getByRole('list', { name: 'Installer messages' });
    await log.getByText(/main-menu INFO: Menu item 'netcfg' selected/).waitFor();
    await log.getByText(/anna error: cannot read \\u\{1b\}\[31mthe modules/).waitFor();
    socket.close();
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.getByRole('button', { name: 'Cancel the installation …' }).click();
    const cancel = page
      .getByRole('dialog')
      .getByRole('button', { name: 'Cancel the installation' });
    expect(await cancel.isDisabled()).toBe(true);
    await page.getByLabel('Type web1 to confirm').fill('web1');
    await cancel.click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await shows(page, /^cancelled/);
    expect(faults).toEqual([]);
  });

  it('are listed with the settings, with the place where each was set', async () => {
    await using watched = await open('#/settings');
    const { page, faults } = watched;
    const table = page.getByRole('table', { name: 'Configuration in force' });
    const hosts = table.getByRole('row', { name: /^hosts/ });
    await hosts.waitFor();
    expect(await hosts.textContent()).toMatch(/"role": "\(hidden\)".*pxeboot\.yaml:\d+$/s);
    await page.getByLabel('Search').fill('token');
    await page.getByLabel('Without defaults').check();
    await page.getByRole('status').getByText('2 keys', { exact: true }).waitFor();
    const token = table.getByRole('row', { name: /^admin\.token / });
    expect(await token.textContent()).toMatch(/\(hidden\)--admin-token$/);
    expect(await page.content()).not.toContain(FULL);
    expect(faults).toEqual([]);
  });

  it('have a preseed that is accessible, and fits a narrow screen', async () => {
    await using watched = await open('#/hosts/web1', FULL);
    const { page, faults } = watched;
    await page.setViewportSize({ width: 320, height: 900 });
    await page.getByRole('button', { name: 'Show the preseed' }).click();
    await page.getByRole('table', { name: 'Preseed with findings' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      320,
    );
    expect(faults).toEqual([]);
  });

  function apiOf(path: string): string {
    return `http://127.0.0.1:${daemon.port('admin')}/api/v1${path}`;
  }
});
