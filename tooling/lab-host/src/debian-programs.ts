import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from './command.js';
import { isAccessible } from './prerequisites.js';

/** Programs that are unpacked from Debian packages. */
export interface UnpackedPrograms {
  /** Folder with the files of the packages, as in `usr/sbin`. */
  readonly root: string;
  /** Value of `LD_LIBRARY_PATH` with which the programs find the libraries of the packages. */
  readonly libraryPath: string;
}

/**
 * Unpacks packages of the host's release and their missing dependencies: installing servers would start them.
 * The folder is kept between runs in `PXEBOOT_TEST_CACHE`, by default in the temporary directory.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` when apt or dpkg fails
 */
export async function unpackPrograms(packages: readonly string[]): Promise<UnpackedPrograms> {
  const cache = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-cache');
  const root = join(cache, `programs-${packages.join('-')}`);
  if (!(await isAccessible(root))) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(cache, 'work-programs-'));
    await unpackInto(work, packages);
    await rename(join(work, 'root'), root).catch(async (error: unknown) => {
      // A concurrent run may have finished first.
      if (!(await isAccessible(root))) {
        throw error;
      }
    });
    await rm(work, { recursive: true });
  }
  const libraries = join(root, 'usr/lib');
  const folders = (await isAccessible(libraries)) ? await readdir(libraries) : [];
  const folder = folders.find((name) => name.includes('-linux-gnu'));
  return { root, libraryPath: folder === undefined ? '' : join(libraries, folder) };
}

async function unpackInto(work: string, packages: readonly string[]): Promise<void> {
  await mkdir(join(work, 'archives/partial'), { recursive: true });
  await mkdir(join(work, 'root'));
  await runCommand('apt-get', [
    ...['install', '-qq', '-y', '--download-only', '--no-install-recommends'],
    ...['-o', `Dir::Cache::archives=${work}/archives`, '-o', 'Debug::NoLocking=1'],
    ...['-o', 'APT::Sandbox::User=', ...packages],
  ]);
  const unpackAll = 'for deb in archives/*.deb; do dpkg-deb -x "$deb" root; done';
  await runCommand('sh', ['-c', unpackAll], { cwd: work });
}
