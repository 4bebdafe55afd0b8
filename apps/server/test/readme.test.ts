/** Runs the README's example unchanged, except for its settings. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { TEST_STORE } from './support/test-store.js';

const PACKAGE = join(import.meta.dirname, '..');

/**
 * Settings of the example, and their replacement in the test: free ports on loopback, and no
 * refresh.
 */
const SETTINGS = "{ dataDir: '/srv/pxeboot', tftp: { listen: ['auto'] } }";
const LOOPBACK = { listen: ['127.0.0.1:0'] };
const TEST_SETTINGS = JSON.stringify({
  dataDir: TEST_STORE,
  tftp: LOOPBACK,
  http: LOOPBACK,
  admin: LOOPBACK,
  refresh: { interval: '10d' },
  drain: { lameDuck: '0s' },
});

let directory: string;

/** Compiles an example, which then imports the built package, and returns the path of the program. */
async function compiled(name: string): Promise<string> {
  const text = await readFile(join(PACKAGE, 'examples', name), 'utf8');
  expect(text).toContain(SETTINGS);
  const { code } = await transform(
    text
      .replace(SETTINGS, TEST_SETTINGS)
      .replace("'@pxe/server'", `'${pathToFileURL(join(PACKAGE, 'dist/index.js')).href}'`),
    { loader: 'ts', format: 'esm', target: 'es2022' },
  );
  const path = join(directory, name.replace(/\.ts$/, '.mjs'));
  await writeFile(path, code);
  return path;
}

describe('the README', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-examples-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('shows every example verbatim', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
    const examples = await readdir(join(PACKAGE, 'examples'));
    expect(examples.length).toBeGreaterThan(0);
    for (const name of examples) {
      const text = await readFile(join(PACKAGE, 'examples', name), 'utf8');
      expect(readme).toContain(`<!-- examples/${name} -->\n\n\`\`\`ts\n${text}\`\`\`\n`);
    }
  });

  it.skipIf(lacks('apt-get'))(
    'has an example that serves boot files until SIGTERM',
    { timeout: 300_000 },
    async () => {
      const child = spawn(process.execPath, [await compiled('start-daemon.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      try {
        let address: string | undefined;
        for await (const line of createInterface({ input: child.stdout })) {
          address = /^\[ '(127\.0\.0\.1:\d+)' \]$/.exec(line)?.[1];
          if (address !== undefined) {
            break;
          }
        }
        child.stdout.resume();
        const answer = await fetch(`http://${address}/lpxelinux.0`);
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
        child.kill('SIGTERM');
        await closed;
        expect(child.exitCode).toBe(0);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
