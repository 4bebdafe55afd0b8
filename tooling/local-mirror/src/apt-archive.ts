import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { diskFile, type MirrorTree } from './mirror-tree.js';

const run = promisify(execFile);

/** What of Debian to copy. */
export interface AptArchiveOptions {
  readonly suites: readonly string[];
  readonly arches: readonly string[];
  /**
   * Where packages and lists are kept; used again by the next call. Several processes may use one
   * at the same time.
   */
  readonly cacheDirectory: string;
}

/** The mirror that is asked where the host names none. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/**
 * Builds a mirror with Debian's own files, byte for byte, as far as the installer goes: the signed
 * InRelease of each suite, SHA256SUMS, the lists of packages and of installer modules, PXELINUX's
 * packages, the packages `debian-installer-*-netboot-*`, and the files of the installer, which come out
 * of them. Everything is brought by the host's apt, in a private state
 * directory.
 */
export async function aptArchive(options: AptArchiveOptions): Promise<MirrorTree> {
  const apt = await PrivateApt.prepare(options);
  const tree: MirrorTree = new Map();
  for (const suite of options.suites) {
    await addLists(tree, apt.lists, suite);
    for (const arch of options.arches) await addInstaller(tree, apt, suite, arch);
    for (const name of ['pxelinux', 'syslinux-common']) await addPoolFile(tree, apt, suite, name);
  }
  return tree;
}

/** An entry of a list of packages. */
interface ListedPackage {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
}

/** The host's apt with a state of its own. */
class PrivateApt {
  readonly lists: string;
  /** What all share: the packages. */
  readonly #directory: string;
  /** What belongs to these suites and architectures: apt removes the lists of all others. */
  readonly #state: string;
  readonly #packages = new Map<string, readonly ListedPackage[]>();

  private constructor({ suites, arches, cacheDirectory }: AptArchiveOptions) {
    this.#directory = cacheDirectory;
    this.#state = join(cacheDirectory, `lists-${[...suites, ...arches].sort().join('-')}`);
    this.lists = join(this.#state, 'state', 'lists');
  }

  static async prepare(options: AptArchiveOptions): Promise<PrivateApt> {
    const apt = new PrivateApt(options);
    const state = apt.#state;
    for (const path of ['state/lists/partial', 'cache/archives/partial']) {
      await mkdir(join(state, path), { recursive: true });
    }
    for (const path of ['debs', 'extracted']) {
      await mkdir(join(options.cacheDirectory, path), { recursive: true });
    }
    await writeFile(join(state, 'status'), '');
    await writeFile(join(state, 'apt.conf'), aptConfig(state));
    const sources = sourcesText(await hostMirror(), options.suites, options.arches);
    await writeFile(join(state, 'debian.sources'), sources);
    try {
      await apt.#run(['update'], state);
    } catch (error) {
      // A mirror that is just being updated is a bad moment, and apt keeps the lists of before.
      if (!(await apt.#hasLists(options))) throw error;
      const why = error instanceof Error ? error.message : String(error);
      process.emitWarning(`the archive is copied with the lists of an earlier run: ${why}`);
    }
    return apt;
  }

  /** Whether an earlier run has brought all that is needed. */
  async #hasLists({ suites, arches }: AptArchiveOptions): Promise<boolean> {
    const names = await readdir(this.lists);
    const endings = suites.flatMap((suite) => [
      `_dists_${suite}_InRelease`,
      ...arches.map((arch) => `_${suite}_main_installer-${arch}_current_images_SHA256SUMS`),
    ]);
    return endings.every((ending) => names.some((name) => name.endsWith(ending)));
  }

  /** The newest package of a name in a suite's list; the name may be a pattern. */
  async find(suite: string, name: RegExp): Promise<ListedPackage> {
    let packages = this.#packages.get(suite);
    if (packages === undefined) {
      packages = await this.#readList(suite);
      this.#packages.set(suite, packages);
    }
    const found = packages.findLast((candidate) => name.test(candidate.name));
    if (found === undefined) throw new Error(`${suite} has no package ${String(name)}`);
    return found;
  }

  /** Downloads a package, and gives the path of its file. */
  async download({ name, version }: ListedPackage): Promise<string> {
    const file = `${name}_${version.replace(':', '%3a')}_all.deb`;
    const path = join(this.#directory, 'debs', file);
    if (await exists(path)) return path;
    // apt writes a package under its own name: it gets into view when it is whole.
    const draft = await mkdtemp(join(this.#directory, 'debs', 'download-'));
    await this.#run(['download', `${name}=${version}`], draft);
    await rename(join(draft, file), path);
    await rm(draft, { recursive: true });
    return path;
  }

  /** Downloads and extracts a package, and gives the path of the directory. */
  async extract(listed: ListedPackage): Promise<string> {
    const directory = join(this.#directory, 'extracted', `${listed.name}_${listed.version}`);
    if (await exists(directory)) return directory;
    const draft = `${directory}.${randomUUID()}`;
    await run('dpkg-deb', ['-x', await this.download(listed), draft]);
    await rename(draft, directory).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      // Another process has just done the same.
      if (!(await exists(directory))) throw error;
    });
    return directory;
  }

  async #readList(suite: string): Promise<ListedPackage[]> {
    const path = await findList(this.lists, suite, 'main_binary-amd64_Packages.gz');
    const { stdout } = await run('gzip', ['-dc', path], { maxBuffer: 1e9 });
    return stdout.split('\n\n').flatMap((stanza) => {
      const field = (name: string): string =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
      const name = field('Package');
      return /^(?:pxelinux|syslinux-common|debian-installer-\d+-netboot-.*)$/.test(name)
        ? [{ name, version: field('Version'), filename: field('Filename') }]
        : [];
    });
  }

  async #run(args: readonly string[], cwd: string): Promise<void> {
    // One at a time, whichever processes share the directory: apt's own locks make the second fail.
    const lock = join(this.#directory, 'lock');
    const apt = ['apt-get', '-q', '-c', join(this.#state, 'apt.conf'), ...args];
    await run('flock', [lock, ...apt], {
      cwd,
      maxBuffer: 1e8,
    });
  }
}

/** What apt has brought of a suite: the signed files, at the paths that they have on a mirror. */
async function addLists(tree: MirrorTree, lists: string, suite: string): Promise<void> {
  const prefix = `_dists_${suite}_`;
  for (const name of await readdir(lists)) {
    const at = name.indexOf(prefix);
    if (at === -1) continue;
    const path = listPath(name.slice(at + prefix.length));
    const file = await diskFile(join(lists, name));
    tree.set(`dists/${suite}/${path}`, file);
  }
}

/** `main_installer-amd64_current_images_SHA256SUMS` as a path; no name in it has an underscore. */
function listPath(name: string): string {
  return name.replaceAll('_', '/');
}

async function addInstaller(
  tree: MirrorTree,
  apt: PrivateApt,
  suite: string,
  arch: string,
): Promise<void> {
  const listed = await apt.find(suite, new RegExp(`^debian-installer-\\d+-netboot-${arch}$`));
  tree.set(listed.filename, await diskFile(await apt.download(listed)));
  const root = join(await apt.extract(listed), 'usr/lib/debian-installer/images');
  const [release = ''] = await readdir(root);
  const installer = `dists/${suite}/main/installer-${arch}`;
  const sums = tree.get(`${installer}/current/images/SHA256SUMS`);
  if (sums === undefined) throw new Error(`apt got no SHA256SUMS of ${suite} ${arch}`);
  tree.set(`${installer}/${listed.version}/images/SHA256SUMS`, sums);
  for (const [variant, folder] of [
    ['text', 'netboot'],
    ['gtk', 'netboot/gtk'],
  ] as const) {
    const directory = join(root, release, arch, variant);
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const file = await diskFile(path);
      const name = `images/${folder}/${path.slice(directory.length + 1)}`;
      tree.set(`${installer}/${listed.version}/${name}`, file);
      tree.set(`${installer}/current/${name}`, file);
    }
  }
}

async function addPoolFile(
  tree: MirrorTree,
  apt: PrivateApt,
  suite: string,
  name: string,
): Promise<void> {
  const listed = await apt.find(suite, new RegExp(`^${name}$`));
  tree.set(listed.filename, await diskFile(await apt.download(listed)));
}

function aptConfig(directory: string): string {
  return [
    `Dir::State "${directory}/state";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    `Dir::Etc::sourcelist "${directory}/debian.sources";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'APT::Architecture "amd64";',
    '#clear APT::Architectures;',
    'APT::Architectures { "amd64"; "arm64"; "i386"; };',
    '#clear Acquire::IndexTargets;',
    // As they are on the mirror: the signed hashes are those of the compressed files.
    ...target('Packages', 'binary-$(ARCHITECTURE)/Packages', true),
    ...target('Modules', 'debian-installer/binary-$(ARCHITECTURE)/Packages', true),
    ...target('Sums', 'installer-$(ARCHITECTURE)/current/images/SHA256SUMS', false),
    // The form that a sync asks for first.
    '#clear Acquire::CompressionTypes::Order;',
    'Acquire::CompressionTypes::Order { "gz"; };',
    'Acquire::Languages "none";',
    'Acquire::PDiffs "false";',
    '#clear APT::Update;',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
    '',
  ].join('\n');
}

function target(name: string, path: string, isCompressed: boolean): string[] {
  return [
    `Acquire::IndexTargets::deb::${name} {`,
    `  MetaKey "$(COMPONENT)/${path}";`,
    `  ShortDescription "${name}";`,
    `  Description "$(RELEASE) $(ARCHITECTURE) ${name}";`,
    '  Optional "true";',
    `  KeepCompressed "${String(isCompressed)}";`,
    ...(isCompressed ? ['  KeepCompressedAs "gz";'] : []),
    '};',
  ];
}

function sourcesText(mirror: string, suites: readonly string[], arches: readonly string[]): string {
  const stanza = (wanted: readonly string[], targets: string): string =>
    [
      'Types: deb',
      `URIs: ${mirror}`,
      `Suites: ${suites.join(' ')}`,
      'Components: main',
      `Architectures: ${wanted.join(' ')}`,
      `Targets: ${targets}`,
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
    ].join('\n');
  return [stanza(['amd64'], 'Packages'), stanza(arches, 'Modules Sums')].join('\n');
}

/** The host's own mirror of Debian. */
async function hostMirror(): Promise<string> {
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(LABEL) $(REPO_URI)',
  ]).catch(() => ({ stdout: '' }));
  return /^Debian (\S+)$/m.exec(stdout)?.[1] ?? DEFAULT_MIRROR;
}

async function findList(lists: string, suite: string, ending: string): Promise<string> {
  const names = await readdir(lists);
  const name = names.find((candidate) => candidate.endsWith(`_dists_${suite}_${ending}`));
  if (name === undefined) throw new Error(`apt got no ${ending} of ${suite}`);
  return join(lists, name);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
