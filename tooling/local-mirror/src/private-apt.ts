import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Parts of Debian to fetch. */
export interface PrivateAptOptions {
  /** Codenames. */
  readonly suites: readonly string[];
  /** Architectures. An architecture is left out of suites that have no installer for it. */
  readonly arches: readonly string[];
  /** Directory of packages and lists, reused by the next call. Several processes may share it. */
  readonly cacheDirectory: string;
}

/** An entry of a list of packages. */
export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
}

/** Age in milliseconds up to which lists are reused: a run of many tests prepares them several times. */
const FRESH_MS = 60 * 60 * 1000;

/** Mirror used if the host's configuration names none. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/** Alternative name of a suite on a mirror. */
const ALIASES: Readonly<Record<string, string>> = { trixie: 'stable', bookworm: 'oldstable' };

/** Matches the entries of the packages that a mirror needs: one in ten thousand. */
const STANZA = /^Package: (pxelinux|syslinux-common|debian-installer-\d+-netboot-\S+)\n(?:.+\n)*/gm;

/** The host's apt with separate state. */
export class PrivateApt {
  readonly #options: PrivateAptOptions;
  readonly #lists: string;
  /**
   * Directory with apt's state for these suites and architectures. Other sets have their own: apt removes
   * lists that it is not configured for.
   */
  readonly #state: string;
  /** Name under which each suite is requested. */
  readonly #names: Map<string, string>;
  readonly #packages = new Map<string, readonly ListedPackage[]>();

  private constructor(options: PrivateAptOptions) {
    const { suites, arches, cacheDirectory } = options;
    this.#options = options;
    this.#state = join(cacheDirectory, `lists-${[...suites, ...arches].sort().join('-')}`);
    this.#lists = join(this.#state, 'state', 'lists');
    this.#names = new Map(suites.map((suite) => [suite, suite]));
  }

  /** Lets apt update the lists. */
  static async prepare(options: PrivateAptOptions): Promise<PrivateApt> {
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
    await apt.#update();
    return apt;
  }

  /**
   * Lets apt update the lists. A mirror that is being updated has a mixture of new and old lists, which
   * apt rejects. The fallbacks are the lists of an earlier run, or those under the suite's other name.
   */
  async #update(): Promise<void> {
    // apt gives the lists the mirror's times, so a separate file has the time of the last update.
    const updated = join(this.#state, 'updated');
    if (await this.#areFresh(updated)) {
      return;
    }
    try {
      await this.#fetchLists();
    } catch (error) {
      const incomplete = await this.#chooseNames();
      if (incomplete.length > 0) {
        await this.#fetchLists().catch(() => undefined);
        if ((await this.#chooseNames()).length > 0) {
          throw error;
        }
      }
      await this.#writeSources();
      const why = error instanceof Error ? error.message : String(error);
      const used = [...this.#names.values()].join(' and ');
      process.emitWarning(`the lists could not be updated, so those of ${used} are used: ${why}`);
    }
    await writeFile(updated, '');
  }

  /** Returns true if all lists are present and were updated recently; chooses their names. */
  async #areFresh(updated: string): Promise<boolean> {
    const updatedAt = existsSync(updated) ? (await stat(updated)).mtimeMs : 0;
    if (Date.now() - updatedAt > FRESH_MS || (await this.#chooseNames()).length > 0) {
      return false;
    }
    await this.#writeSources();
    return true;
  }

  async #fetchLists(): Promise<void> {
    await this.#writeSources();
    await this.#run(['update'], this.#state);
  }

  /**
   * Chooses, for each suite, the name under which apt has its lists; returns the suites without
   * lists.
   */
  async #chooseNames(): Promise<readonly string[]> {
    const incomplete: string[] = [];
    for (const suite of this.#options.suites) {
      const alias = ALIASES[suite] ?? suite;
      if (await this.#isComplete(suite, suite)) {
        this.#names.set(suite, suite);
      } else {
        this.#names.set(suite, alias);
      }
      if (!(await this.#isComplete(suite, this.#nameOf(suite)))) {
        incomplete.push(suite);
      }
    }
    return incomplete;
  }

  /** Returns true if apt has all lists of a suite under this name. */
  async #isComplete(suite: string, name: string): Promise<boolean> {
    const found = await this.#listsOf(name);
    const release = found.get('InRelease');
    if (release === undefined) {
      return false;
    }
    const text = await readFile(release, 'utf8');
    if (!text.includes(`\nCodename: ${suite}\n`)) {
      return false;
    }
    const ofInstallers = this.#options.arches
      .map((arch) => [sumsPath(arch), `main/debian-installer/binary-${arch}/Packages.gz`] as const)
      .filter(([sums]) => text.includes(` ${sums}\n`));
    const packages = ['all', 'amd64'].map((arch) => `main/binary-${arch}/Packages.gz`);
    const wanted = [...packages, ...ofInstallers.flat()];
    return wanted.every((path) => found.has(path));
  }

  /**
   * Returns the files of a suite that apt has downloaded, by their path below the suite's
   * directory.
   */
  lists(suite: string): Promise<ReadonlyMap<string, string>> {
    return this.#listsOf(this.#nameOf(suite));
  }

  async #listsOf(name: string): Promise<ReadonlyMap<string, string>> {
    const prefix = `_dists_${name}_`;
    const found = new Map<string, string>();
    for (const file of await readdir(this.#lists)) {
      const at = file.indexOf(prefix);
      // No name in a path has an underscore.
      const path = file.slice(at + prefix.length).replaceAll('_', '/');
      if (at !== -1) {
        found.set(path, join(this.#lists, file));
      }
    }
    return found;
  }

  /** Returns the last package in a suite's list whose name matches. */
  async find(suite: string, name: RegExp): Promise<ListedPackage> {
    let packages = this.#packages.get(suite);
    if (packages === undefined) {
      packages = await this.#readList(suite);
      this.#packages.set(suite, packages);
    }
    const found = packages.findLast((candidate) => name.test(candidate.name));
    if (found === undefined) {
      throw new Error(`${suite} has no package ${String(name)}`);
    }
    return found;
  }

  /** Downloads a package, and returns the path of its file. */
  async download({ name, version }: ListedPackage): Promise<string> {
    const file = `${name}_${version.replace(':', '%3a')}_all.deb`;
    const path = join(this.#options.cacheDirectory, 'debs', file);
    if (await exists(path)) {
      return path;
    }
    // apt writes a package under its final name, so it is moved into place only once it is
    // complete.
    const draft = await mkdtemp(join(this.#options.cacheDirectory, 'debs', 'download-'));
    await this.#run(['download', `${name}=${version}`], draft);
    await rename(join(draft, file), path);
    await rm(draft, { recursive: true });
    return path;
  }

  /** Downloads and unpacks a package, and returns the path of the directory. */
  async extract(listed: ListedPackage): Promise<string> {
    const name = `${listed.name}_${listed.version}`;
    const directory = join(this.#options.cacheDirectory, 'extracted', name);
    if (await exists(directory)) {
      return directory;
    }
    const draft = `${directory}.${randomUUID()}`;
    await run('dpkg-deb', ['-x', await this.download(listed), draft]);
    await rename(draft, directory).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      // Another process has just done the same.
      if (!(await exists(directory))) {
        throw error;
      }
    });
    return directory;
  }

  #nameOf(suite: string): string {
    return this.#names.get(suite) ?? suite;
  }

  async #readList(suite: string): Promise<ListedPackage[]> {
    const path = (await this.lists(suite)).get('main/binary-amd64/Packages.gz');
    if (path === undefined) {
      throw new Error(`apt got no list of the packages of ${suite}`);
    }
    const { stdout } = await run('gzip', ['-dc', path], { maxBuffer: 1e9 });
    return Array.from(stdout.matchAll(STANZA), ([stanza, name = '']) => {
      const field = (key: string): string =>
        new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
      return { name, version: field('Version'), filename: field('Filename') };
    });
  }

  async #writeSources(): Promise<void> {
    const mirror = await hostMirror();
    const stanza = (arches: readonly string[], targets: string): string =>
      [
        'Types: deb',
        `URIs: ${mirror}`,
        `Suites: ${[...this.#names.values()].join(' ')}`,
        'Components: main',
        `Architectures: ${arches.join(' ')}`,
        `Targets: ${targets}`,
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
        '',
      ].join('\n');
    const stanzas = [
      // AllPackages comes before Packages, which would otherwise claim this list and then skip it.
      stanza(['all'], 'AllPackages'),
      stanza(['amd64'], 'Packages'),
      stanza(this.#options.arches, 'Modules Sums'),
    ];
    await writeFile(join(this.#state, 'debian.sources'), stanzas.join('\n'));
  }

  async #run(args: readonly string[], cwd: string): Promise<void> {
    // One run at a time, across all processes that share the directory: apt's own locks would make a second
    // one fail.
    const lock = join(this.#options.cacheDirectory, 'lock');
    const apt = ['apt-get', '-q', '-c', join(this.#state, 'apt.conf'), ...args];
    await run('flock', [lock, ...apt], { cwd, maxBuffer: 1e8 });
  }
}

/** Returns the path of the hashes of an installer's current build, below a suite's directory. */
export function sumsPath(arch: string): string {
  return `main/installer-${arch}/current/images/SHA256SUMS`;
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
    // The lists as they are on the mirror: the signed hashes are those of the compressed files.
    ...target('Packages', 'binary-$(ARCHITECTURE)/Packages', true),
    ...target('AllPackages', 'binary-all/Packages', true),
    ...target('Modules', 'debian-installer/binary-$(ARCHITECTURE)/Packages', true),
    ...target('Sums', 'installer-$(ARCHITECTURE)/current/images/SHA256SUMS', false),
    // The compression that a sync requests first.
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

/** Returns the host's own Debian mirror. */
async function hostMirror(): Promise<string> {
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(LABEL) $(REPO_URI)',
  ]).catch(() => ({ stdout: '' }));
  return /^Debian (\S+)$/m.exec(stdout)?.[1] ?? DEFAULT_MIRROR;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
