import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { copyrightFile, makeProgram } from '@pxe/program';

const run = promisify(execFile);

const NAME = 'pxeboot';

/** Paths of installed completion scripts, by shell. */
const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/pxeboot',
  zsh: 'usr/share/zsh/vendor-completions/_pxeboot',
  fish: 'usr/share/fish/vendor_completions.d/pxeboot.fish',
} as const;

/** Settings of a build. */
export interface PackageOptions {
  /** The repository, built. */
  readonly root: string;
  /** Folder for the packages. */
  readonly output: string;
  /** Versions to build; the packages differ in nothing else. @default that of the server */
  readonly versions?: readonly string[];
}

/**
 * Builds the Debian package for this machine's architecture with debhelper.
 *
 * @returns paths of the `.deb` files, one for each version
 */
export async function buildPackages(options: PackageOptions): Promise<string[]> {
  const { root, output } = options;
  const versions = options.versions ?? [await ownVersion(root)];
  const date = await changeDate(root);
  const work = await mkdtemp(join(tmpdir(), 'pxeboot-deb-'));
  try {
    const source = join(work, NAME);
    await makeSource(root, source);
    const files: string[] = [];
    for (const version of versions) {
      await writeFile(join(source, 'debian/changelog'), changelog(version, date));
      files.push(await runDebhelper(source, output, version));
    }
    return files;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Makes the folder that debhelper packs: `debian/`, and what is installed in `tree/`. */
async function makeSource(root: string, source: string): Promise<void> {
  const tree = join(source, 'tree');
  const directory = join(tree, 'usr/lib', NAME);
  await mkdir(directory, { recursive: true });
  const program = await makeProgram({ root, directory, node: '/usr/bin/node' });
  const debian = join(source, 'debian');
  await cp(join(root, 'tooling/debian-package/debian'), debian, { recursive: true });
  await mkdir(join(tree, 'etc', NAME), { recursive: true });
  await rename(join(debian, 'pxeboot.yaml'), join(tree, 'etc', NAME, 'pxeboot.yaml'));
  const own = await readFile(join(root, 'LICENSE'), 'utf8');
  const copyright = copyrightFile({ own, ...program, hasCommonLicences: true });
  await writeFile(join(debian, 'copyright'), copyright);
  await writeGenerated(source, tree, join(directory, 'dist/main.cjs'));
}

/** Writes what the program itself prints: its manual page and completions. */
async function writeGenerated(source: string, tree: string, main: string): Promise<void> {
  const print = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [main, ...args])).stdout;
  await writeFile(join(source, 'pxeboot.8'), await print('man'));
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    await mkdir(join(tree, path, '..'), { recursive: true });
    await writeFile(join(tree, path), await print('completion', shell));
  }
}

async function ownVersion(root: string): Promise<string> {
  const text = await readFile(join(root, 'apps/server/package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Returns the date of the last commit, so that the same sources give the same package. */
async function changeDate(root: string): Promise<string> {
  const { stdout } = await run('git', ['-C', root, 'log', '-1', '--format=%cD']);
  return stdout.trim();
}

function changelog(version: string, date: string): string {
  return [
    `${NAME} (${version}) unstable; urgency=medium`,
    '',
    `  * Release ${version}. The changes are listed at`,
    '    https://github.com/pxeboot/pxeboot/releases.',
    '',
    ` -- pxeboot maintainers <pxeboot@users.noreply.github.com>  ${date}`,
    '',
  ].join('\n');
}

async function runDebhelper(source: string, output: string, version: string): Promise<string> {
  // Neither debhelper nor the compiler wrappers may depend on the caller's environment.
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
  await run('dpkg-buildpackage', ['--build=binary', '--no-sign', '--jobs=1'], {
    cwd: source,
    env,
    maxBuffer: 16 * 1024 * 1024,
  });
  const { stdout } = await run('dpkg', ['--print-architecture'], { env });
  const name = `${NAME}_${version}_${stdout.trim()}.deb`;
  await mkdir(output, { recursive: true });
  await cp(join(source, '..', name), join(output, name));
  return join(output, name);
}
