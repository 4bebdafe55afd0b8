import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type TestProject } from 'vitest/node';

import { aptArchive, serveMirror } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { type Finished, runPxeboot } from './pxeboot-command.js';
import { TEST_STORE } from './test-store.js';

const run = promisify(execFile);

/** Packages downloaded by the host's apt. */
const APT_CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * Mirror on loopback with one fixed state of Debian's archive; undefined on hosts without apt.
     */
    readonly debianMirror?: string;
  }
}

/**
 * Serves Debian's own files, fetched by the host's apt, and fills the tests' store from there, as a user
 * would; once, before all test files.
 */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if (lacks('apt-get', 'dpkg-deb', 'flock')) {
    return undefined;
  }
  const suites = ['trixie', 'bookworm'];
  const tree = await aptArchive({ suites, arches: ['amd64'], cacheDirectory: APT_CACHE });
  const mirror = await serveMirror(tree);
  project.provide('debianMirror', mirror.url);
  // Delete the lists of earlier runs' mirrors, each on its own port: they take hundreds of megabytes a day.
  const work = join(TEST_STORE, 'work');
  if (existsSync(work)) {
    await run('find', [work, '-type', 'f', '-mmin', '+120', '-delete']);
  }
  const { stdout } = await fill(mirror.url);
  if (/: kept as (?:it was|they were)/.test(stdout)) {
    // The store has seen a newer state of the archive, and rightly refuses an older one.
    await rm(TEST_STORE, { recursive: true });
    await fill(mirror.url);
  }
  return () => mirror.close();
}

async function fill(mirror: string): Promise<Finished> {
  const source = ['--source-kind', 'apt', '--source-url', mirror];
  const finished = await runPxeboot(['sync', ...source, '--data-dir', TEST_STORE]);
  if (finished.code !== 0) {
    throw new Error(`pxeboot sync failed: ${finished.stderr}`);
  }
  return finished;
}
