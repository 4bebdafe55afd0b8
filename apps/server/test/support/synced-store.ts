import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type TestProject } from 'vitest/node';

import { aptArchive, serveMirror } from '@pxe/local-mirror';

import { lacks } from './programs.js';
import { type Finished, runPxeboot } from './pxeboot-command.js';
import { TEST_STORE } from './test-store.js';

/** Packages that the host's apt has downloaded. */
const APT_CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * A mirror on loopback that holds one state of Debian's archive, whatever happens out there; none
     * on hosts without apt.
     */
    readonly debianMirror?: string;
  }
}

/**
 * Serves Debian's own files, as the host's apt brings them, and fills the store of the tests from
 * there, as a user would: once, before all files.
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
  const { stdout } = await fill(mirror.url);
  if (/: kept as (?:it was|they were)/.test(stdout)) {
    // It has seen a newer state of the archive, and rightly goes back to none.
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
