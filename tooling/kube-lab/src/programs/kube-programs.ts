import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

import { isAccessible, LabError, runCommand, unpackPrograms } from '@pxe/lab-host';

import { formatRunName, isAbandoned } from '../run-name.js';
import { statementsOf } from './statements.js';

/** Programs of a cluster, as environment variables with which they are found. */
export interface KubePrograms {
  readonly environment: Readonly<Record<string, string>>;
  /** Program that is the first process of nodes and pods. */
  readonly pause: string;
}

/** The last release of Debian from whose packages Kubernetes' servers can be built. */
const SUITE = 'bookworm';

/** Package that is built from the same source as the servers, which Debian does not build. */
const KUBERNETES = 'kubernetes-client';
const GO = 'golang-1.19-go';
const REFLECT2 = 'golang-github-modern-go-reflect2-dev';

/** Folder of the script and of the sources, also for programs in `dist`. */
const SOURCES = join(
  dirname(createRequire(import.meta.url).resolve('@pxe/kube-lab/package.json')),
  'src/programs',
);

/** Programs that are unpacked from their packages: installing the packages would start them. */
const UNPACKED = ['etcd-server', 'containerd'];

/**
 * Returns the programs of a cluster. Those of Kubernetes are built from Debian's source package if the cache does not
 * have them, which takes several minutes and, until it is done, 3 GB. The cache is the directory in KUBE_LAB_CACHE.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` on another release of Debian; `ERR_LAB_PROGRAM` when the build fails
 */
export async function prepareKubePrograms(): Promise<KubePrograms> {
  const unpacked = await unpackPrograms(UNPACKED);
  const bin = await builtPrograms();
  const folders = [bin, join(unpacked.root, 'usr/bin'), join(unpacked.root, 'usr/sbin')];
  return {
    environment: {
      PATH: [...folders, process.env['PATH'] ?? ''].join(delimiter),
      ...(unpacked.libraryPath !== '' && { LD_LIBRARY_PATH: unpacked.libraryPath }),
    },
    pause: join(bin, 'pause'),
  };
}

/** Returns the directory of the built programs. */
async function builtPrograms(): Promise<string> {
  const cache = process.env['KUBE_LAB_CACHE'] ?? '/var/cache/pxeboot-kube-lab';
  const script = join(SOURCES, 'build-kubernetes.sh');
  const source = join(SOURCES, 'pause.c');
  // A rebuilt package, with a suffix such as +b1, has the same source as the version without the suffix.
  const kubernetes = (await candidate(KUBERNETES)).replace(/\+b\d+$/, '');
  const go = await candidate(GO);
  const reflect2 = await candidate(REFLECT2);
  const hash = createHash('sha256');
  for (const file of [script, source]) {
    hash.update(statementsOf(await readFile(file, 'utf8')));
  }
  hash.update(reflect2);
  const recipe = hash.digest('hex').slice(0, 16);
  const bin = join(cache, `${kubernetes}-go${go}-${recipe}`);
  if (await isAccessible(bin)) {
    return bin;
  }
  console.log('building Kubernetes (several minutes)');
  await mkdir(cache, { recursive: true });
  for (const name of await readdir(cache)) {
    if (await isAbandoned(name)) {
      await rm(join(cache, name), { recursive: true });
    }
  }
  const work = join(cache, await formatRunName());
  await mkdir(work);
  try {
    const sources = join(work, 'sources.list');
    await writeFile(sources, await aptSources());
    const build = join(work, 'build');
    await mkdir(build);
    await runCommand('sh', [script, build, sources, kubernetes, go, reflect2]);
    const pause = join(build, 'bin/pause');
    await runCommand('gcc', ['-O2', '-static', '-Wall', '-Werror', '-o', pause, source]);
    // A concurrent run may have finished first.
    await rename(join(build, 'bin'), bin).catch(async (error: unknown) => {
      if (!(await isAccessible(bin))) {
        throw error;
      }
    });
  } finally {
    await rm(work, { recursive: true });
  }
  return bin;
}

/** Returns the version of a package that this host would install. */
async function candidate(name: string): Promise<string> {
  const policy = await runCommand('apt-cache', ['policy', name], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const version = /^ {2}Candidate: (?!\(none\))(.+)$/m.exec(policy)?.[1];
  if (version === undefined) {
    const message = `apt has no ${name}: run apt-get update, on Debian 12 (${SUITE})`;
    throw new LabError('ERR_LAB_PREREQUISITE', message);
  }
  return version;
}

/** Returns a sources.list with the binary and source packages of this host's own archives of Debian. */
async function aptSources(): Promise<string> {
  const format = '$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)';
  const targets = await runCommand('apt-get', [
    'indextargets',
    `--format=${format}`,
    'Created-By: Packages',
  ]);
  const lines = targets.split('\n').flatMap((target) => {
    const [origin, release, component, uri] = target.split(' ');
    if (origin !== 'Debian' || component !== 'main') {
      return [];
    }
    const archive = `[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri ?? ''} ${release ?? ''} main`;
    return [`deb ${archive}\n`, `deb-src ${archive}\n`];
  });
  return [...new Set(lines)].join('');
}
