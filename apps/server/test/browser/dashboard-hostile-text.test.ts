import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from '../support/daemon.js';
import { runPxeboot } from '../support/pxeboot-command.js';
import { rawHttp } from '../support/raw-http.js';
import { copyTestStore } from '../support/test-store.js';
import { openPage, startBrowser } from './watched-page.js';

const MAC = '52:54:00:00:00:01';
/** Markup that runs a script. */
const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
/** That markup, and characters that hide text or reverse it. */
const HOSTILE = `${MARKUP}\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\u{2028}\u{1F600}`;

/** Controls except line feeds and tabs, and marks that hide text or change its direction. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- these are looked for
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\u{2069}]/u;

/** Printable ASCII, which the titles of menus may contain. */
const CONFIG = JSON.stringify({
  menu: { title: MARKUP },
  profiles: { web: { raw: [`d-i x/y string ${MARKUP}`] } },
  hosts: [{ name: 'web1', match: { mac: MAC }, profile: 'web', title: MARKUP, kernelArgs: MARKUP }],
});

describe.skipIf(lacks('chromium', 'apt-get'))('text from hostile clients in the dashboard', () => {
  let directory: string;
  let daemon: RunningDaemon;
  let browser: Browser;

  const http = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`)).text();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-hostile-'));
    const file = join(directory, 'pxeboot.yaml');
    await copyTestStore(join(directory, 'data'));
    await writeFile(file, CONFIG, { mode: 0o600 });
    const flags = ['--data-dir', join(directory, 'data'), '--config', file];
    daemon = await RunningDaemon.start(flags);
    await runPxeboot(['hosts', 'install', 'web1', ...flags]);

    // Machines ask for hostile names, each from its own address.
    const names = [`/${HOSTILE}/lpxelinux.0`, `${'W'.repeat(200)}"lpxelinux.0"`];
    const sockets = names.map((name, index) => {
      const socket = createSocket('udp4').bind(0, `127.0.0.${index + 2}`);
      socket.send(Buffer.from(`\0\u{1}${name}\0octet\0`), daemon.port('tftp'), '127.0.0.1');
      return socket;
    });
    await rawHttp(
      daemon.port('http'),
      `GET /${encodeURIComponent(HOSTILE)}/lpxelinux.0 HTTP/1.1\r\nHost: x\r\nUser-Agent: ${MARKUP}\u{1b}\r\nCookie: _Syslinux_BOOTIF=${MARKUP}\r\n\r\n`,
    );
    // One machine is installed; its installer's log has a hostile name and long lines.
    const menu = await http(`/pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`);
    const [, kernel = ''] = /LINUX http:\/\/[^/]+(\/s\/\S+)/.exec(menu) ?? [];
    const [, preseed = ''] = /url=http:\/\/[^/]+(\/\S+)/.exec(menu) ?? [];
    const [, port = ''] = /log_host=127\.0\.0\.1 log_port=(\d+)/.exec(menu) ?? [];
    await http(kernel);
    const [, scripts = ''] = /(\/i\/[^/]+)\/late/.exec(await http(preseed)) ?? [];
    const installer = createSocket('udp4');
    for (const text of [
      `${HOSTILE}: program`,
      `dhclient[1]: bound as ${HOSTILE}`,
      `main-menu[1]: INFO: Menu item '${HOSTILE}' selected`,
      `main-menu[1]: ${'W'.repeat(60_000)}`,
      'main-menu[1]: the last line',
    ]) {
      installer.send(`<13>Nov 29 02:16:19 ${text}`, Number(port), '127.0.0.1');
    }
    await vi.waitFor(async () => {
      const { stdout } = await runPxeboot(['hosts', 'log', 'web1', ...flags]);
      expect(stdout).toContain('the last line');
    }, 60_000);
    installer.close();
    sockets.forEach((socket) => socket.close());
    const keys = encodeURIComponent(`${HOSTILE}.${'r'.repeat(43)},ED25519\n.${'e'.repeat(43)}`);
    await http(`${scripts}/done?keys=${keys}&hostname=${encodeURIComponent(HOSTILE)}`);
    await daemon.logged('install.installed');
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it.each([
    ['#/', /DHCP names/],
    ['#/boots', /DHCP names/],
    ['#/machines', /DHCP names/],
    ['#/machines/127.0.0.2', /DHCP names/],
    ['#/machines/127.0.0.3', /quotes or a semicolon/],
    [`#/machines/${MAC}`, /Settings and preseed of web1/],
    [`#/machines/${encodeURIComponent(HOSTILE)}`, /u\{202e\}/],
    ['#/hosts', /profile web/],
    ['#/hosts/web1', /the last line/],
    [`#/hosts/${encodeURIComponent(HOSTILE)}`, /no host with this name/],
    ['#/menu/web1', /recognised by its MAC address/],
    ['#/settings', /menu\.title/],
  ])('is text on %s', async (path, shown) => {
    await using watched = await openPage(
      browser,
      `http://127.0.0.1:${daemon.port('admin')}/${path}`,
      // Caused by pages of machines that do not exist.
      { provoked: /^Failed to load resource: .* 40[04] / },
    );
    const { page, faults } = watched;
    const main = page.getByRole('main');
    await main.getByText(shown).first().waitFor();
    const text = await main.innerText();
    expect(text).not.toMatch(UNSEEN);
    expect(await page.title()).not.toContain('owned');
    expect(await page.locator('main img, main script').count()).toBe(0);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    expect(faults).toEqual([]);
  });
});
