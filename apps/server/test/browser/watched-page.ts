import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type Axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Time limit for everything that a page does, in milliseconds; long, since the host may be busy. */
const PATIENCE_MS = 120_000;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Starts Debian's Chromium.
 *
 * @param inside - network namespace to start it in, and a directory for the command that does so
 */
export async function startBrowser(inside?: {
  readonly namespace: string;
  readonly directory: string;
}): Promise<Browser> {
  const { stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
  let executablePath = stdout.trim();
  if (inside !== undefined) {
    const command = `exec ip netns exec ${inside.namespace} ${executablePath} "$@"`;
    executablePath = join(inside.directory, 'chromium');
    writeFileSync(executablePath, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }
  return chromium.launch({
    executablePath,
    timeout: PATIENCE_MS,
    // Root has no sandbox, and /dev/shm is small in containers.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** Browser page that collects the errors and warnings in its console. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings so far, with violations of the content security policy. */
  readonly faults: readonly string[];
}

/**
 * Opens a page in a new browser context: without a token, and with nothing stored.
 *
 * @param provoked - faults that the test provokes
 * @param answers - responses from the API by path, in place of those that depend on the host of the test
 * @param token - token to sign in with; stored as the page stores it
 */
export async function openPage(
  browser: Browser,
  url: string,
  {
    provoked,
    token,
    answers = {},
    ...options
  }: BrowserContextOptions & {
    readonly provoked?: RegExp;
    readonly token?: string;
    readonly answers?: Readonly<Record<string, object>>;
  } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const report = (text: string): void => {
    if (provoked?.test(text) !== true) {
      faults.push(text);
    }
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      report(message.text());
    }
  });
  page.on('pageerror', (error) => {
    report(String(error));
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) {
      report(`request to another server: ${request.url()}`);
    }
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error('content security policy: ' + violatedDirective + ' ' + blockedURI);
    });`,
  );
  if (token !== undefined) {
    await page.addInitScript(`sessionStorage.setItem('pxeboot.token', '${token}');`);
  }
  for (const [path, json] of Object.entries(answers)) {
    await page.route(`**${path}`, (route) => route.fulfill({ json }));
  }
  await page.goto(url);
  return {
    page,
    faults,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Returns the violations of accessibility rules that axe finds on a page, one line each. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Injected through the debugger's protocol, since the content security policy of the page refuses a script
  // element.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
