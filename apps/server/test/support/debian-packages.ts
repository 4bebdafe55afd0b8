import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Downloads are kept between runs; the files in them never change under their names. */
const CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-cache');

/**
 * Unpacks Debian packages of a suite with Debian's own tools, which know nothing of our code, and
 * returns the folder that holds their files.
 */
export async function unpackedPackages(suite: string, names: readonly string[]): Promise<string> {
  const folder = join(CACHE, `unpacked-${suite}`);
  if (await exists(folder)) return folder;
  const work = join(CACHE, `work-${suite}-${process.pid}`);
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  await mkdir(join(work, 'root'));
  await writeFile(join(work, 'status'), '');
  await writeFile(
    join(work, 'sources.list'),
    `deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await hostMirror()} ${suite} main\n`,
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
    if (!(await exists(folder))) throw error;
  });
  await rm(work, { recursive: true });
  return folder;
}

/**
 * Unpacks packages of the host's own release, with those of their dependencies that the host lacks,
 * and returns the folder that holds their files. Installing servers would start them.
 */
export async function unpackedPrograms(names: readonly string[]): Promise<string> {
  const folder = join(CACHE, `programs-${names.join('-')}`);
  if (await exists(folder)) return folder;
  const work = join(CACHE, `work-programs-${process.pid}`);
  await mkdir(join(work, 'archives/partial'), { recursive: true });
  await mkdir(join(work, 'root'));
  await run('apt-get', [
    ...['install', '-qq', '-y', '--download-only', '--no-install-recommends'],
    ...['-o', `Dir::Cache::archives=${work}/archives`, '-o', 'Debug::NoLocking=1'],
    ...['-o', 'APT::Sandbox::User=', ...names],
  ]);
  await run('sh', ['-c', 'for deb in archives/*.deb; do dpkg-deb -x "$deb" root; done'], {
    cwd: work,
  });
  await rename(join(work, 'root'), folder).catch(async (error: unknown) => {
    if (!(await exists(folder))) throw error;
  });
  await rm(work, { recursive: true });
  return folder;
}

/** The Debian mirror that this host's apt uses. */
async function hostMirror(): Promise<string> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Component: main'];
  const { stdout } = await run('apt-get', ['indextargets', ...format]);
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (mirror === undefined) throw new Error('this host has no Debian mirror in its apt sources');
  return mirror;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
