import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { configSchema } from '../../src/config/schema.js';
import { writeBoots } from '../../src/state/boot-table.js';
import { insertHost } from '../../src/state/install-table.js';
import { migrate } from '../../src/state/migrate.js';
import { RunningDaemon } from '../support/daemon.js';
import { aBoot, sqliteEngine } from '../support/state-engines.js';
import { copyTestStore } from '../support/test-store.js';
import { openPage, startBrowser } from './watched-page.js';

const BOOTS = 10_000;
const MACHINES = 500;

function macOf(machine: number): string {
  const octets = [machine >> 8, machine & 255];
  return `52:54:00:00:${octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`;
}

/** Fills the database of a daemon that is not running yet. */
async function fill(database: string): Promise<void> {
  const engine = sqliteEngine({ database });
  await engine.open();
  await migrate(engine.db);
  const now = Date.now();
  const boots = Array.from({ length: BOOTS }, (_, index) => {
    const machine = index % MACHINES;
    const startedAt = now - (BOOTS - index) * 60_000;
    return aBoot({
      id: index + 1,
      address: `10.0.${machine >> 8}.${machine & 255}`,
      mac: macOf(machine),
      ...{ firmware: 'bios', arch: 'amd64', startedAt, lastSeenAt: startedAt + 30_000 },
      outcome: index % 7 === 0 ? 'failed' : 'installer',
    });
  });
  await writeBoots(engine, boots);
  const { hosts = [] } = configSchema.parse({
    hosts: Array.from({ length: MACHINES }, (_, machine) => ({
      name: `node${machine}`,
      match: { mac: macOf(machine) },
    })),
  });
  for (const host of hosts) {
    await insertHost(engine.db, host, now);
  }
  await engine.close();
}

/** Returns the milliseconds from the start of the page to its first contentful paint. */
function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
}

/** Returns the milliseconds from an input to the next frame that was drawn after it. */
function untilDrawn(page: Page, label: string, text: string): Promise<number> {
  return page.evaluate(
    async ([name, value]) => {
      const input = [...document.querySelectorAll('label')]
        .find((one) => one.textContent.startsWith(name))
        ?.querySelector('input');
      if (!input) {
        throw new Error(`no field ${name}`);
      }
      const start = performance.now();
      input.value = value;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      // The second frame begins once the first one has been drawn.
      await new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      });
      return performance.now() - start;
    },
    [label, text] as const,
  );
}

describe.skipIf(lacks('chromium', 'apt-get'))(`dashboard with ${BOOTS} boots`, () => {
  let directory: string;
  let daemon: RunningDaemon;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-dashboard-many-'));
    await copyTestStore(join(directory, 'data'));
    await fill(join(directory, 'data', 'state.db'));
    daemon = await RunningDaemon.start(['--data-dir', join(directory, 'data')]);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it.each([
    { path: 'boots', label: 'Boots', search: 'bios 00:00:07', found: /^20 boots$/ },
    { path: 'machines', label: 'Machines', search: 'node77', found: /^1 machine$/ },
    { path: 'hosts', label: 'Hosts', search: 'node77', found: /^1 host$/ },
  ])('draws a screenful of $path, and filters all of them', async ({ path, label, ...rest }) => {
    const url = `http://127.0.0.1:${daemon.port('admin')}/#/${path}`;
    await using watched = await openPage(browser, url);
    const { page, faults } = watched;
    const list = page.getByRole('list', { name: label });
    await list.getByRole('listitem').first().waitFor();
    const paint = await firstPaint(page);
    const rows = await page.evaluate(() => performance.now());
    await expect.poll(() => page.getByRole('status').getByText(/^500 /).count()).toBe(1);
    expect(await list.getByRole('listitem').count()).toBeLessThan(100);
    const drawn = await untilDrawn(page, 'Search', rest.search);
    await page.getByRole('status').getByText(rest.found).waitFor();
    const shown = `${path}: first paint ${paint.toFixed()} ms, rows by ${rows.toFixed()} ms, search drawn in ${drawn.toFixed()} ms`;
    process.stdout.write(`${shown}\n`);
    expect(faults).toEqual([]);
  });

  it('loads older boots as the user scrolls, down to the oldest one, and keeps only a screenful in the page', async () => {
    const url = `http://127.0.0.1:${daemon.port('admin')}/#/boots`;
    await using watched = await openPage(browser, url);
    const { page, faults } = watched;
    const list = page.getByRole('list', { name: 'Boots' });
    await list.getByRole('listitem').first().waitFor();
    const start = performance.now();
    await expect
      .poll(async () => {
        await page.evaluate(() => {
          scrollTo(0, document.documentElement.scrollHeight);
        });
        // Boots that arrive after the jump make the page higher, so it must be repeated.
        return list.locator('[aria-posinset="10000"]').count();
      })
      .toBe(1);
    const scrolled = performance.now() - start;
    await page
      .getByRole('status')
      .getByText(/^10000 boots$/)
      .waitFor();
    expect(await list.getByRole('listitem').count()).toBeLessThan(100);
    const drawn = await untilDrawn(page, 'Search', 'bios 00:00:07');
    process.stdout.write(
      `scrolled through ${BOOTS} boots in ${scrolled.toFixed()} ms, search drawn in ${drawn.toFixed()} ms\n`,
    );
    await page.getByRole('status').getByText('20 boots').waitFor();

    // The oldest boot is only in the database; its machine has others in memory.
    const oldest = list.locator('[aria-posinset="20"]').getByRole('link');
    await oldest.click();
    await page.getByRole('heading', { name: 'node7' }).waitFor();
    const history = page.getByRole('region', { name: 'History' }).getByRole('button');
    await expect.poll(() => history.count()).toBe(20);
    await history.last().click();
    await page.getByRole('heading', { name: 'Earlier boot' }).waitFor();
    expect(faults).toEqual([]);
  });
});
