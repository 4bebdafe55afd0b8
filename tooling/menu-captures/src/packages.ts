import { execFile } from 'node:child_process';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Finds files of Debian packages: installed ones, otherwise in packages that apt downloads and that
 * are only unpacked.
 *
 * @returns directory below which the files are
 */
export async function filesOfPackages(
  files: readonly string[],
  packages: readonly string[],
  workDirectory: string,
): Promise<string> {
  if (await hasAll('/', files)) {
    return '/';
  }
  const root = join(workDirectory, packages.join('+'));
  await mkdir(root, { recursive: true });
  if (await hasAll(root, files)) {
    return root;
  }
  await run('apt-get', ['download', ...packages], { cwd: root });
  for (const name of await readdir(root)) {
    if (name.endsWith('.deb')) {
      await run('dpkg', ['-x', name, '.'], { cwd: root });
    }
  }
  return root;
}

async function hasAll(root: string, files: readonly string[]): Promise<boolean> {
  const found = await Promise.allSettled(files.map((file) => stat(join(root, file))));
  return found.every(({ status }) => status === 'fulfilled');
}
