import { readFile } from 'node:fs/promises';

import xterm from '@xterm/headless';
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import {
  type DashboardScene,
  SCENE_TOKEN,
  startDashboardScene,
} from '../support/dashboard-scene.js';
import { accessibilityProblems, openPage, startBrowser, type WatchedPage } from './watched-page.js';

/** Recording of the real vesamenu.c32 with the same menu in QEMU; see `tooling/menu-captures`. */
const RECORDED = new URL(
  '../../../../packages/syslinux-menu/test/captures/dashboard/',
  import.meta.url,
);

/** Characters on the screen of vesamenu.c32 at 640x480. */
const SIZE = { cols: 78, rows: 29 } as const;

/** Keys of the browser by the names of a capture; Tab leaves the screen, so it has a button. */
const KEYS: Readonly<Record<string, string>> = {
  up: 'ArrowUp',
  end: 'End',
  enter: 'Enter',
  escape: 'Escape',
};

interface Screen {
  readonly text: string;
  /** Text of the selected entry; undefined if no entry is. */
  readonly selected: string | undefined;
}

/** Returns the screen after the real program has written this stream. */
async function realScreen(stream: string): Promise<Screen> {
  const terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(stream, resolve);
  });
  const lines = Array.from({ length: SIZE.rows }, (_, row) => terminal.buffer.active.getLine(row));
  const selected = lines.map((line) =>
    Array.from({ length: SIZE.cols }, (_, column) => line?.getCell(column))
      .map((cell) => (cell !== undefined && cell.isInverse() !== 0 ? cell.getChars() || ' ' : ''))
      .join('')
      // The mark of a submenu is at the end of the row.
      .trim()
      .replace(/[<>]$/, '')
      .trim(),
  );
  return {
    text: lines.map((line) => line?.translateToString(true).trimEnd()).join('\n'),
    selected: selected.find((text) => text !== ''),
  };
}

/** Returns the screen in the page. */
async function shownScreen(page: Page): Promise<Screen> {
  const status = (await page.locator('.menu-screen ~ [role=status]').textContent()) ?? '';
  return {
    text: (await page.locator('#menu-text').textContent()) ?? '',
    selected: /^Selected: (.*)$/.exec(status)?.[1],
  };
}

describe.skipIf(lacks('chromium', 'curl'))('pages of the dashboard', () => {
  let scene: DashboardScene;
  let browser: Browser;

  const api = (path: string): string =>
    `http://127.0.0.1:${scene.daemon.port('admin')}/api/v1${path}`;
  const open = (path: string): Promise<WatchedPage> =>
    openPage(browser, `http://127.0.0.1:${scene.daemon.port('admin')}/${path}`);

  beforeAll(async () => {
    scene = await startDashboardScene();
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await scene[Symbol.asyncDispose]();
  });

  it('show a menu as a real machine does, key by key', async () => {
    const { text } = (await (await fetch(api('/menu'))).json()) as { text: string };
    // If this differs, the menu has changed: update the snapshot, and capture the screen again.
    await expect(`SERIAL 0 115200\n${text}`).toMatchFileSnapshot(
      new URL('tftp/pxelinux.cfg/default', RECORDED).pathname,
    );
    const { moments } = JSON.parse(await readFile(new URL('capture.json', RECORDED), 'utf8')) as {
      moments: readonly { keys: readonly string[]; bytes: number }[];
    };
    const stream = await readFile(new URL('stream.serial', RECORDED), 'latin1');
    await using watched = await open('#/menu/web1');
    const { page, faults } = watched;
    // The MAC address of the host is that of the recorded machine.
    await page.locator('datalist option[value=web1]').waitFor({ state: 'attached' });
    await page.getByRole('application', { name: 'Boot menu' }).focus();
    for (const { keys, bytes } of moments) {
      for (const key of keys) {
        if (key === 'tab') {
          await page.getByRole('button', { name: 'Tab', exact: true }).click();
        } else {
          await page.keyboard.press(KEYS[key] ?? key);
        }
      }
      const real = await realScreen(stream.slice(0, bytes));
      await expect.poll(() => shownScreen(page), { message: `after ${keys.join()}` }).toEqual(real);
    }
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('show the menu of a machine and its firmware, which starts nothing', async () => {
    const headers = { Authorization: `Bearer ${SCENE_TOKEN}`, 'Content-Type': 'application/json' };
    await fetch(api('/hosts/web1/install'), { method: 'POST', headers, body: '{}' });
    await using watched = await open('#/menu');
    const { page, faults } = watched;
    await page.getByText('A machine that no host matches gets this menu now.').waitFor();
    await page.getByLabel('Machine').fill('web1');
    await page.keyboard.press('Enter');
    await page.getByText(/^web1, recognised by its MAC address, installs itself/).waitFor();
    const screen = page.locator('#menu-text');
    await expect.poll(() => screen.textContent()).toContain('Install web1: trixie-amd64-text-auto');
    const file = page.getByRole('region', { name: 'PXELINUX configuration' }).last();
    await expect.poll(() => file.textContent()).toContain('/p/TOKEN/preseed.cfg');
    expect(await file.textContent()).toContain('LINUX http://10.0.2.2:8069/s/START/debian/');
    expect(await (await fetch(api('/hosts/web1'))).json()).toMatchObject({
      install: { state: 'armed' },
    });

    await page.getByLabel('Firmware').selectOption('UEFI amd64: GRUB');
    const script = page.getByRole('region', { name: 'GRUB script' }).last();
    await expect.poll(() => script.textContent()).toContain("menuentry 'Install web1");
    const entries = page.getByRole('region', { name: 'Entries' });
    await entries.getByText(/^Install web1/).click();
    await entries.getByText(/^linux .*\/s\/START\//).waitFor();
    await page.getByLabel('Firmware').selectOption('iPXE for BIOS');
    await page.getByText(/^#!ipxe/).waitFor();
    await page.getByLabel('Machine').fill('db1');
    // Leaving the field is enough: the firmware is chosen next, for the menu of db1.
    await page.getByLabel('Firmware').focus();
    await page.getByText(/boots its local disk at once, without a menu/).waitFor();
    await fetch(api('/hosts/web1/cancel'), { method: 'POST', headers, body: '{}' });
    expect(faults).toEqual([]);
  });

  it('say why there is no menu', async () => {
    await using watched = await open('#/menu/nobody');
    const { page, faults } = watched;
    await page.getByText('Nobody is not a host, a MAC address, a UUID or an IP address.').waitFor();
    await page.getByLabel('Machine').fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('application', { name: 'Boot menu' }).waitFor();
    await page.getByLabel('Firmware').selectOption('U-Boot arm64');
    await page.getByText('The store has no u-boot for arm64.').waitFor();
    // The browser itself reports 404 responses.
    expect(faults.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('draw the boots on record, and show their figures as text', async () => {
    await using watched = await open('#/metrics');
    const { page, faults } = watched;
    await page.getByText(/^\d boots, 2 reached the installer, \d failed\.$/).waitFor();
    await page.getByRole('img', { name: /^Boots over time: \d boots, 2 reached/ }).waitFor();
    await page.getByText('The figures cover the boots in the database').waitFor();
    const summary = page.getByText('Figures as a table');
    await summary.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'Slowest' }).waitFor();
    await page.getByRole('combobox').selectOption('month');
    await page.getByText(/^\d boots, 2 reached the installer, \d failed\.$/).waitFor();
    // With the table open.
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('explain why an image is trusted, and what a generation changed', async () => {
    await using watched = await open('#/images');
    const { page, faults } = watched;
    await page.getByText('Evidence for Debian 13 (trixie) amd64 text').focus();
    await page.keyboard.press('Enter');
    await page.getByText('SHA256SUMS names the SHA-256 of each file.').first().waitFor();
    await page
      .getByText(/^The archive has the modules of this kernel: /)
      .first()
      .waitFor();
    await page.getByText(/^Changes since/).focus();
    await page.keyboard.press('Enter');
    await page.getByText('kernel 6.12.41+deb13-amd64 → 6.12.63+deb13-amd64').waitFor();
    await page.getByText('firmware-realtek: version 20250410-1 → 20250410-2').waitFor();
    // With the details open.
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
