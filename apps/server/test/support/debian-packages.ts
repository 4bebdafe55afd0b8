import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { inject } from 'vitest';

import { isAccessible, unpackPrograms } from '@pxe/lab-host';

import { sha256 } from './boot-traffic.js';

const run = promisify(execFile);

/** Folder for downloads, which are kept between runs: a file never changes under its name. */
const CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-cache');

/**
 * Unpacks Debian packages of a suite with Debian's own tools, independently of our code, and returns the
 * folder with their files. They come from the same source as the tests' store.
 */
export async function unpackedPackages(suite: string, names: readonly string[]): Promise<string> {
  const mirror = inject('debianMirror') ?? '';
  // The release determines the version of each package.
  const release = await fetch(`${mirror}/dists/${suite}/InRelease`);
  const key = [await release.text(), ...names].join('\n');
  const folder = join(CACHE, `unpacked-${sha256(Buffer.from(key))}`);
  if (await isAccessible(folder)) {
    return folder;
  }
  const work = join(CACHE, `work-${suite}-${process.pid}`);
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  await mkdir(join(work, 'root'));
  await writeFile(join(work, 'status'), '');
  await writeFile(
    join(work, 'sources.list'),
    `deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${suite} main\n`,
  );
  const options = [
    ...['-o', `Dir::State=${work}/state`, '-o', `Dir::State::status=${work}/status`],
    ...['-o', `Dir::Cache=${work}/cache`, '-o', `Dir::Etc::sourcelist=${work}/sources.list`],
    ...['-o', 'Dir::Etc::sourceparts=/dev/null', '-o', 'APT::Architecture=amd64'],
    ...[
      '-o',
      'APT::Architectures=amd64',
      '-o',
      'Acquire::Languages=none',
      '-o',
      'APT::Sandbox::User=',
    ],
  ];
  await run('apt-get', [...options, '-qq', 'update']);
  await run('apt-get', [...options, '-qq', 'download', ...names], { cwd: work });
  await run('sh', ['-c', 'for deb in *.deb; do dpkg-deb -x "$deb" root; done'], { cwd: work });
  await rename(join(work, 'root'), folder).catch(async (error: unknown) => {
    // Another test file may have finished first.
    if (!(await isAccessible(folder))) {
      throw error;
    }
  });
  await rm(work, { recursive: true });
  return folder;
}

/** Unpacks packages of the host's release and their missing dependencies; returns the folder with their files. */
export async function unpackedPrograms(names: readonly string[]): Promise<string> {
  return (await unpackPrograms(names)).root;
}
