import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Directory of the store, kept between runs so that nothing is downloaded while it is up to date. */
export const TEST_STORE = process.env['PXEBOOT_TEST_STORE'] ?? join(tmpdir(), 'pxeboot-test-store');

/**
 * Copies the images of the shared store as hard links, without the files of daemons that serve it: their
 * socket, database and locks, which would be shared as well, and temporary files, which vanish.
 *
 * @param to - directory that does not exist yet
 */
export async function copyTestStore(to: string): Promise<void> {
  await mkdir(to);
  const names = (await readdir(TEST_STORE)).filter(
    (name) => !/^(?:pxeboot\.sock|state\.|lease|partial$|tmp$|work$)/.test(name),
  );
  await run('cp', ['-al', ...names.map((name) => join(TEST_STORE, name)), to]);
}
