import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';

import { type Namespace, type Program } from '@pxe/lab-host';

import { LAB_NETWORK } from '../network/lab-network.js';

/** The daemon's admin interface, on its default port: on loopback, only preseeds need a token to be read. */
const ADMIN_URL = 'http://127.0.0.1:9069';

/** Time limit for each action of the browser, in milliseconds: the host may be busy. */
const PATIENCE_MS = 120_000;

/** Something that was seen for the first time. */
export interface Sight {
  readonly name: string;
  /** Time at which it was seen, in milliseconds since 1970. */
  readonly at: number;
}

/** Everything seen so far, in the order in which it was first seen. */
export interface Sights {
  /** Steps that the daemon's event stream has reported, by their names in the API. */
  readonly events: readonly Sight[];
  /** Descriptions of the step bar in the list of machines that are booting. */
  readonly bars: readonly Sight[];
  /** Steps in the table of the machine's page. */
  readonly steps: readonly Sight[];
}

/** Script for the pages: records the first appearance of everything that they show. */
const RECORDER = `
  const seen = { bars: [], steps: [] };
  globalThis.seenByLab = seen;
  const note = (list, name) => {
    if (name && !list.some((sight) => sight.name === name)) {
      list.push({ name, at: Date.now() });
    }
  };
  const look = () => {
    const bar = document.querySelector('ul[aria-label="Booting now"] [role=img]');
    note(seen.bars, bar?.getAttribute('aria-label'));
    for (const step of document.querySelectorAll('table.timeline tbody th')) {
      note(seen.steps, step.textContent);
    }
  };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(look).observe(document, all);
`;

const sightsSchema = z.object({
  bars: z.array(z.object({ name: z.string(), at: z.number() })),
  steps: z.array(z.object({ name: z.string(), at: z.number() })),
});

const bootEventSchema = z.object({ boot: z.object({ reached: z.string() }) });

/** The daemon's dashboard in Chromium, together with its event stream. */
export class WatchedDashboard {
  readonly #namespace: Namespace;
  readonly #directory: string;
  readonly #events: Sight[] = [];
  #stream: Program | undefined;
  #browser: Browser | undefined;
  #overview: Page | undefined;
  #machine: Page | undefined;

  /**
   * @param namespace - network namespace of the daemon
   * @param directory - directory for the browser's program and screenshots
   */
  constructor(namespace: Namespace, directory: string) {
    this.#namespace = namespace;
    this.#directory = directory;
  }

  /** Opens the overview and the page of the lab's machine, once the daemon is serving. */
  async open(): Promise<void> {
    const executablePath = join(this.#directory, 'chromium');
    const command = `exec ip netns exec ${this.#namespace.name} chromium "$@"`;
    await writeFile(executablePath, `#!/bin/sh\n${command}\n`);
    await chmod(executablePath, 0o755);
    this.#browser = await chromium.launch({
      executablePath,
      timeout: PATIENCE_MS,
      // Chromium's sandbox does not work as root, and /dev/shm is small in containers.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript(RECORDER);
    const open = async (path: string): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(`${ADMIN_URL}/${path}`);
      await page.locator('.connection.live').waitFor();
      return page;
    };
    this.#overview = await open('');
    this.#machine = await open(`#/machines/${LAB_NETWORK.clientMac}`);
    const url = `${ADMIN_URL}/api/v1/events`;
    this.#stream = await this.#namespace.start('curl', ['-sSN', '--fail', url], {
      name: 'event stream',
      onLine: (line) => {
        this.#note(line);
      },
    });
  }

  /** Returns what the event stream has reported and the pages have shown so far. */
  async sights(): Promise<Sights> {
    const read = async (page: Page | undefined): Promise<z.infer<typeof sightsSchema>> =>
      sightsSchema.parse(await page?.evaluate('globalThis.seenByLab'));
    const { bars } = await read(this.#overview);
    const { steps } = await read(this.#machine);
    return { events: [...this.#events], bars, steps };
  }

  /** Takes a screenshot of the machine's page; returns its path. */
  async photograph(name: string): Promise<string> {
    const path = join(this.#directory, `${name}.png`);
    await this.#machine?.screenshot({ path, fullPage: true });
    return path;
  }

  async close(): Promise<void> {
    await this.#stream?.stop();
    await this.#browser?.close();
  }

  /** Records a step when the event stream reports it for the first time. */
  #note(line: string): void {
    const data = /^data: (.*)$/.exec(line)?.[1];
    const event = bootEventSchema.safeParse(data === undefined ? undefined : JSON.parse(data));
    const name = event.data?.boot.reached;
    if (name !== undefined && !this.#events.some((sight) => sight.name === name)) {
      this.#events.push({ name, at: Date.now() });
    }
  }
}
