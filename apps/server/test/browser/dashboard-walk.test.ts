import { fileURLToPath } from 'node:url';

import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { lacks } from '@pxe/test-host';

import {
  type DashboardScene,
  SCENE_TOKEN,
  startDashboardScene,
} from '../support/dashboard-scene.js';
import { picturedAnswers, picturedText } from './pictured-answers.js';
import { accessibilityProblems, openPage, startBrowser } from './watched-page.js';

const IMAGES = fileURLToPath(new URL('../../../../docs/images/', import.meta.url));

/** Set by `npm run screenshots`, the only command that writes the pictures in the documentation. */
const WRITES_PICTURES = process.env['PXEBOOT_SCREENSHOTS'] === '1';

interface ShownPage {
  readonly name: string;
  readonly path: string;
  /** Texts that are shown once the page has read everything. */
  readonly ready: readonly (string | RegExp)[];
  /** Theme of the page's picture in the documentation, if there is one. */
  readonly picture?: 'light' | 'dark';
  /** True if the content follows from the configuration alone, and changes with each new key. */
  readonly isReference?: true;
}

const PAGES: readonly ShownPage[] = [
  {
    name: 'overview',
    path: '',
    ready: ['Debian 13 (trixie) amd64 text', 'web1', /option pxeboot-architecture/],
    picture: 'light',
  },
  { name: 'machines', path: 'machines', ready: [/^\d machines$/, 'web1'] },
  {
    name: 'machine',
    path: 'machines/52:54:00:12:34:56',
    ready: ['web1 boots the menu; its profile is web.', '/lpxelinux.0', 'History'],
    picture: 'dark',
  },
  {
    name: 'machine-failed',
    path: 'machines/127.0.0.58',
    ready: [/^Rule: /, 'Name this machine', 'History'],
    picture: 'light',
  },
  { name: 'boots', path: 'boots', ready: [/^\d boots$/, 'web1'] },
  { name: 'hosts', path: 'hosts', ready: ['2 hosts', '1 host'] },
  {
    name: 'host',
    path: 'hosts/web1',
    ready: [
      'web1 boots the menu; its profile is web.',
      'Boots of this machine',
      'Show the preseed',
    ],
  },
  {
    name: 'images',
    path: 'images',
    ready: [/Debian 12 \(bookworm\) amd64 text/],
    picture: 'light',
  },
  { name: 'menu', path: 'menu', ready: ['Selected: Boot from local disk'], picture: 'dark' },
  {
    name: 'metrics',
    path: 'metrics',
    ready: [/^\d boots, 2 reached the installer, \d failed\.$/],
  },
  { name: 'settings', path: 'settings', ready: ['admin.grafanaUrl'], isReference: true },
  { name: 'unknown', path: 'nothing', ready: ['No such page'] },
];

/** Response to `GET /api/v1/doctor`: the real one depends on the network and the disk of the host. */
const DOCTOR = {
  checkedAt: '2026-02-01T00:00:00.000Z',
  findings: [
    {
      rule: 'own-ports',
      severity: 'error',
      what: 'shown by another warning',
      why: 'Machines get no answer.',
      fix: 'Run it as root.',
      evidence: [],
    },
    {
      rule: 'disk-full',
      severity: 'warning',
      what: 'the disk of /var/lib/pxeboot has 700 MiB left',
      why: 'A refresh downloads new images before it removes old ones.',
      fix: 'Free some space, or run "pxeboot images prune".',
      evidence: [],
    },
  ],
};

/** Maximum cumulative layout shift of a stable page, as a fraction of the screen. */
const MAX_SHIFT = 0.1;

/** Screens on which each page has to be accessible and to fit. */
const SCREENS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'dark', width: 2560 },
] as const;

describe.skipIf(lacks('chromium', 'curl'))('each page of the dashboard', () => {
  let scene: DashboardScene;
  let browser: Browser;

  beforeAll(async () => {
    scene = await startDashboardScene();
    const boots = `http://127.0.0.1:${scene.daemon.port('admin')}/api/v1/boots`;
    const ended = { failed: [{}], installer: [{}, {}] };
    for (const [outcome, expected] of Object.entries(ended)) {
      await vi.waitFor(async () => {
        const answer = await fetch(`${boots}?outcome=${outcome}`);
        expect(await answer.json()).toMatchObject({ boots: expected });
      }, 120_000);
    }
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await scene[Symbol.asyncDispose]();
  });

  it.each(PAGES)(
    'is accessible, fits each screen, and works with the keyboard: $name',
    async (shown) => {
      const { name, path, ready, picture, isReference } = shown;
      const origin = `http://127.0.0.1:${scene.daemon.port('admin')}`;
      await using watched = await openPage(browser, `${origin}/#/${path}`, {
        colorScheme: 'light',
        locale: 'en-GB',
        timezoneId: 'UTC',
        token: SCENE_TOKEN,
        answers: { '/api/v1/doctor': DOCTOR },
      });
      const { page, faults } = watched;
      await shows(page, ready);
      expect(await layoutShift(page)).toBeLessThan(MAX_SHIFT);
      if (isReference !== true) {
        await expect(await ariaOf(page)).toMatchFileSnapshot(`pages/${name}.aria.txt`);
      }
      for (const { colorScheme, width } of SCREENS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await accessibilityProblems(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          width,
        );
      }
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(await missedByTab(page)).toEqual([]);
      for (const button of await page.getByRole('button', { name: /…$/ }).all()) {
        await button.press('Enter');
        const dialog = page.getByRole('dialog');
        await dialog.waitFor();
        expect(await accessibilityProblems(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        await expect
          .poll(() => button.evaluate((element) => element === document.activeElement))
          .toBe(true);
      }
      if (WRITES_PICTURES && picture !== undefined) {
        await page.emulateMedia({ colorScheme: picture });
        await picturedAnswers(page);
        await page.goto(`${origin}/#/${picturedText(path)}`);
        await page.reload();
        await shows(page, ready);
        await page.screenshot({ path: `${IMAGES}dashboard-${name}.png`, animations: 'disabled' });
        // eslint-disable-next-line prose/banned-turns -- the name is Playwright's
        await page.unrouteAll({ behavior: 'ignoreErrors' });
      }
      expect(faults).toEqual([]);
    },
  );
});

/** Waits until the page is connected and has read everything. */
async function shows(page: Page, texts: ShownPage['ready']): Promise<void> {
  await page.locator('.connection.live').waitFor();
  for (const text of texts) {
    await page.getByText(text).first().waitFor();
  }
  await expect.poll(() => page.getByText('Loading …').count()).toBe(0);
}

/** Texts that differ from run to run, each with its replacement. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b127\.0\.0\.1:\d+/g, '127.0.0.1:8069'],
  [/(?<=\blistens on )\d+/g, '10069'],
  [/\b\d{8}T\d{9}Z-[\da-f]{8}\b/g, '20260201T000000000Z-0123abcd'],
  [/(?:\d{1,2} \w{3,4} )?(?<![\da-f:])\d{2}:\d{2}:\d{2}(?![\da-f:])/g, '12:00:00'],
  [/\bjust now\b|\b\d+ (?:s|min|h|days) ago\b|\bin \d+ (?:h|days)\b/g, '5 min ago'],
  [/\b\d+(?:\.\d+)? m?s\b/g, '0.5 s'],
];

/** Returns the content of a page as assistive technology reads it, with fixed texts in place of those that vary. */
async function ariaOf(page: Page): Promise<string> {
  const text = await page.locator('main').ariaSnapshot();
  return `${VARYING.reduce((changed, [pattern, fixed]) => changed.replaceAll(pattern, fixed), text)}\n`;
}

/** Returns the page's cumulative layout shift since it was loaded: 0 if nothing moved. */
async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            sum += (entry as PerformanceEntry & { readonly value: number }).value;
          }
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        // The observer has received all previous entries once a frame has been drawn.
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            observer.disconnect();
            resolve(sum);
          });
        });
      }),
  );
}

/**
 * Presses Tab through the whole page; returns the elements that should have visibly received the focus, but
 * did not.
 */
async function missedByTab(page: Page): Promise<readonly string[]> {
  const wanted = await page.evaluate(() => {
    const elements = document.querySelectorAll<HTMLElement>(
      'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"]',
    );
    const visible = [...elements].filter((element) => element.checkVisibility());
    const texts = visible.map((element) => element.outerHTML.slice(0, 200));
    Object.assign(globalThis, {
      missed: new Map(visible.map((one, index) => [one, texts[index]])),
    });
    (document.activeElement as HTMLElement | null)?.blur();
    return texts.length;
  });
  for (let presses = 0; presses < wanted + 5; presses++) {
    await page.keyboard.press('Tab');
    await page.evaluate(() => {
      const { missed } = globalThis as unknown as { missed: Map<Element, string> };
      const element = document.activeElement;
      if (element !== null && getComputedStyle(element).outlineStyle !== 'none') {
        missed.delete(element);
      }
    });
  }
  return page.evaluate(() => {
    const { missed } = globalThis as unknown as { missed: Map<Element, string> };
    return [...missed.values()];
  });
}
