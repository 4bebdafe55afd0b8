import { cp, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

import { build } from 'tsup';

import { type IncludedPackage, readLicence } from './licences.js';

/** Package with native code, which is copied instead of bundled. */
const NATIVE_DATABASE = 'libsql';

/** Packages that stay imports; `pg-native` is optional, and not installed. */
const EXTERNAL = [NATIVE_DATABASE, 'pg-native'];

/** Texts that the program prints, which the build of the server made. */
const PRINTED = ['completion.bash', 'completion.zsh', 'completion.fish', 'pxeboot.8'];

/** File in which a build lists the licences of what it contains. */
const LICENCES = 'third-party-licences.txt';

const BANNER =
  "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);";

/** Program as it is installed. */
export interface Program {
  /** Folder with everything that runs: JavaScript, assets and the native modules of one architecture. */
  readonly directory: string;
  /** Packages whose code it contains. */
  readonly included: readonly IncludedPackage[];
  /** Licences of packages that were part of the builds of the server, dashboard and libraries already, as text. */
  readonly includedBefore: readonly string[];
}

/**
 * Makes the program from the built server: its modules and their dependencies as a few files, without source maps,
 * declarations, sources or native modules of other platforms. They are not minified, so what is distributed can
 * be read and changed.
 *
 * @param root - the repository, built
 * @param directory - empty folder for the result
 */
export async function makeProgram(root: string, directory: string): Promise<Program> {
  const server = join(root, 'apps/server');
  const netboot = join(root, 'packages/debian-netboot');
  const dist = join(directory, 'dist');
  const bundled = await bundle(
    {
      main: join(server, 'dist/main.js'),
      'sqlite-worker': join(server, 'dist/sqlite-worker.js'),
      'xz-worker': join(netboot, 'dist/xz-worker.js'),
    },
    dist,
  );
  await runWithDebiansNode(join(dist, 'main.js'));
  for (const text of PRINTED) {
    await cp(join(server, 'dist', text), join(dist, text));
  }
  const dashboard = join(server, 'dist/dashboard');
  await cp(dashboard, join(dist, 'dashboard'), {
    recursive: true,
    filter: (path) => !path.endsWith(LICENCES),
  });
  await cp(join(server, 'assets'), join(directory, 'assets'), { recursive: true });
  await writeManifest(server, directory);
  await copyXzWorker(netboot, directory);
  const platform = `linux-${process.arch}`;
  await copyFileInto(
    join(root, 'packages/udp-batch/prebuilds', platform, 'udp-batch.node'),
    join(directory, 'prebuilds', platform, 'udp-batch.node'),
  );
  const copied = await copyDatabase(server, directory, `@libsql/${platform}-gnu`);
  const included = await Promise.all([...bundled, ...copied].map(readLicence));
  const includedBefore = await Promise.all(
    [join(server, 'dist'), dashboard, join(netboot, 'dist')].map((built) =>
      readFile(join(built, LICENCES), 'utf8'),
    ),
  );
  return { directory, included, includedBefore };
}

/** Bundles entries, and returns the folders of the npm packages that they contain. */
async function bundle(
  entry: Readonly<Record<string, string>>,
  outDir: string,
): Promise<readonly string[]> {
  await build({
    config: false,
    silent: true,
    entry,
    outDir,
    format: ['esm'],
    platform: 'node',
    target: 'node20',
    splitting: true,
    sourcemap: false,
    dts: false,
    metafile: true,
    removeNodeProtocol: false,
    external: EXTERNAL,
    noExternal: [new RegExp(`^(?!(?:${EXTERNAL.join('|')})$)`)],
    banner: { js: BANNER },
    esbuildOptions: (options) => {
      options.legalComments = 'none';
      options.logOverride = { 'ignored-bare-import': 'silent' };
    },
  });
  const file = join(outDir, 'metafile-esm.json');
  const { inputs } = JSON.parse(await readFile(file, 'utf8')) as { inputs: object };
  await rm(file);
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(resolve(path))?.[0] ?? [],
  );
  return [...new Set(folders)];
}

/** Makes an entry run with the Node of Debian's package, whatever is first on the path. */
async function runWithDebiansNode(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^#!.*/, '#!/usr/bin/node'), { mode: 0o755 });
}

/** Writes the manifest that tells the program the place of its assets and its version. */
async function writeManifest(server: string, directory: string): Promise<void> {
  const text = await readFile(join(server, 'package.json'), 'utf8');
  const { name, version, type } = JSON.parse(text) as Record<string, string>;
  const manifest = { name, version, type, exports: { './package.json': './package.json' } };
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Puts the decoder's thread where the library looks for it: in a package of its name. */
async function copyXzWorker(netboot: string, directory: string): Promise<void> {
  const text = await readFile(join(netboot, 'package.json'), 'utf8');
  const { name = '', type } = JSON.parse(text) as Record<string, string>;
  const target = join(directory, 'node_modules', name);
  await mkdir(join(target, 'dist'), { recursive: true });
  const manifest = { name, type, exports: { './package.json': './package.json' } };
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(join(target, 'dist/xz-worker.js'), "import '../../../../dist/xz-worker.js';\n");
}

/** Copies the database's package, what it requires, and its native module. Returns their folders. */
async function copyDatabase(
  server: string,
  directory: string,
  native: string,
): Promise<readonly string[]> {
  const modules = join(directory, 'node_modules');
  const from = await realpath(join(server, 'node_modules', NATIVE_DATABASE));
  const required = createRequire(join(from, 'index.js'));
  const names = [NATIVE_DATABASE, '@neon-rs/load', 'detect-libc', native];
  const folders: string[] = [];
  for (const name of names) {
    const folder = name === NATIVE_DATABASE ? from : folderOf(name, required.resolve(name));
    await cp(folder, join(modules, name), {
      recursive: true,
      filter: (path) => !/\.(?:md|map|[cm]?ts)$|\/(?:LICENSE|bin|types)$/.test(path),
    });
    folders.push(folder);
  }
  return folders;
}

/** Returns the folder of a package by the path of its entry. */
function folderOf(name: string, entry: string): string {
  const end = entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}`.length;
  return entry.slice(0, end);
}

async function copyFileInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
}
