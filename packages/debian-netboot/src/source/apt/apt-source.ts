import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { findPackages, type PackageFile } from '../../archive/package-index.js';
import { packageIndexPath } from '../../archive/installer-layout.js';
import { type ListedFile } from '../../archive/release-file.js';
import { suiteFacts, type Suite } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { fileContent } from '../../file-content.js';
import { readDebFiles } from '../../formats/deb.js';
import { compressionOf } from '../../formats/decompress.js';
import { withIoErrors } from '../../store/io-error.js';
import { FILE_MODE, makeDirectory } from '../../store/store-directory.js';
import {
  type ImageSource,
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SourceRequest,
  type SourceSession,
} from '../image-source.js';
import {
  aptConfig,
  aptDirectories,
  aptSources,
  aptSourcesFile,
  INSTALLER_LIST_OPTION,
  onlySuite,
  PACKAGE_LIST_ARCH,
  type AptDirectories,
} from './apt-config.js';
import { findList, HOST_APT_DIRECTORY, hostSourceFor, readHostSources } from './apt-lists.js';
import { runAptGet } from './apt-process.js';

/** How the host's apt is used. */
export interface AptSourceOptions {
  /**
   * The program to run.
   *
   * @default 'apt-get', found on the PATH
   */
  readonly aptGet?: string;
  /**
   * The mirror to use for every suite.
   *
   * @default the host's own mirror of Debian, and `http://ftp.debian.org/debian` if it has none
   */
  readonly mirror?: string;
  /**
   * Where apt keeps its lists and the packages that it downloads. Packages in a directory given here
   * are kept; those in the store's own are removed once their content is in the store.
   *
   * @default a directory of the store
   */
  readonly cacheDirectory?: string;
}

/** A list that cannot be had is an error in apt's own words, not a warning beside exit code 0. */
const UPDATE: readonly string[] = ['update', '-o', 'APT::Update::Error-Mode=any'];

/** The mirror that is used where the host names none. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/**
 * Gets installer images with the host's own apt, in a private state directory: mirrors, proxies,
 * passwords and options are those that the host is set up with, and its packages are not touched.
 * The files come out of the packages `debian-installer-<release>-netboot-<arch>`.
 */
export function aptSource(options: AptSourceOptions = {}): ImageSource {
  return { name: 'apt', kind: 'apt', open: (request) => AptSession.open(options, request) };
}

/** One sync's use of a private apt. */
class AptSession implements SourceSession {
  readonly #options: AptSourceOptions;
  readonly #request: SourceRequest;
  readonly #directories: AptDirectories;
  /** Suites whose lists cannot be had. */
  readonly #failures = new Map<Suite, NetbootError>();
  /** One apt at a time: they share their directories. */
  readonly #limit: LimitFunction = pLimit(1);

  private constructor(options: AptSourceOptions, request: SourceRequest) {
    this.#options = options;
    this.#request = request;
    this.#directories = aptDirectories(options.cacheDirectory ?? request.workDirectory);
  }

  /** Sets up a private apt, and has it get the lists. */
  static async open(options: AptSourceOptions, request: SourceRequest): Promise<AptSession> {
    const session = new AptSession(options, request);
    await withIoErrors(session.#directories.root, () => session.#prepare());
    try {
      for (const { suite } of request.suites) await session.#update(suite);
      const [failure] = session.#failures.values();
      if (failure !== undefined && session.#failures.size === request.suites.length) throw failure;
      return session;
    } catch (error) {
      await session.close('failed');
      throw error;
    }
  }

  /**
   * Gets a suite's InRelease and its list of packages. Each suite is asked for by itself: what is wrong
   * with one is told when that one is wanted. The lists of an earlier run, which apt then keeps, must
   * not pass for those of today.
   */
  async #update(suite: Suite): Promise<void> {
    try {
      const args = [...UPDATE, ...onlySuite(this.#directories, suite)];
      await this.#run(args, `apt: package lists of ${suite}`, undefined);
    } catch (error) {
      const isItsOwn = error instanceof NetbootError && error.code === 'ERR_NETBOOT_APT_FAILED';
      if (!isItsOwn) throw error;
      this.#failures.set(suite, error);
    }
  }

  async release<T>(suite: Suite, accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const failure = this.#failures.get(suite);
    if (failure !== undefined) throw failure;
    const path = await findList(this.#directories.lists, suite, 'InRelease');
    if (path !== undefined) return accept(await readFile(path));
    throw new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `apt got no InRelease of ${suite}`, {
      hint: "use another mirror in the host's apt sources, or the mirror source",
    });
  }

  async index<T>(
    suite: Suite,
    choices: readonly ListedFile[],
    _byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const path = await findList(this.#directories.lists, suite, file.path);
      if (path !== undefined) return receive(file, fileContent(path));
    }
    return this.#installerList(
      suite,
      choices.filter(({ path }) => compressionOf(path) === 'none'),
      receive,
    );
  }

  /**
   * Has apt get an installer's SHA256SUMS, or the list of its modules. Each is asked for by itself, so
   * that a mirror which is being updated, and has a new InRelease beside an old list, costs one suite
   * and not all of them.
   */
  async #installerList<T>(
    suite: Suite,
    choices: readonly ListedFile[],
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    const failures: unknown[] = [];
    for (const file of choices) {
      const option = `${INSTALLER_LIST_OPTION}=${file.path}`;
      const args = [...UPDATE, ...onlySuite(this.#directories, suite), '-o', option];
      try {
        await this.#run(args, `apt: lists of ${suite}`, file.size);
      } catch (error) {
        this.#request.signal.throwIfAborted();
        failures.push(error);
        continue;
      }
      const path = await findList(this.#directories.lists, suite, file.path);
      if (path !== undefined) return receive(file, fileContent(path));
    }
    if (failures.length > 0) throw failures[0];
    return undefined;
  }

  async installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const found = await this.#netbootPackage(build);
    const path = await this.#download(found);
    const wanted = new Map(files.map((file) => [file.path, file]));
    for await (const entry of readDebFiles(fileContent(path))) {
      const file = wanted.get(installerPath(entry.path, build) ?? '');
      if (file === undefined) continue;
      await receive(file, entry.content, 0);
      wanted.delete(file.path);
      if (wanted.size === 0) return;
    }
    const [missing] = wanted.keys();
    throw new NetbootError(
      'ERR_NETBOOT_FILE_NOT_FOUND',
      `the package ${found.name} ${found.version} has no ${missing ?? ''}`,
      { hint: 'use the mirror source' },
    );
  }

  async package<T>(
    _suite: Suite,
    file: PackageFile,
    receive: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    return receive(fileContent(await this.#download(file)));
  }

  async close(outcome: 'complete' | 'failed'): Promise<void> {
    // Passwords are not left behind; the next session writes the file anew.
    await rm(this.#directories.sources, { recursive: true, force: true });
    if (outcome === 'failed') return;
    await this.#removeOldLists();
    if (this.#options.cacheDirectory !== undefined) return;
    await rm(this.#directories.archives, { recursive: true, force: true });
  }

  /**
   * apt removes no lists, since it is asked for one suite at a time. What goes are the lists of suites
   * that are not wanted any more, and those of installers, which are in the store by now.
   */
  async #removeOldLists(): Promise<void> {
    const { lists } = this.#directories;
    const prefixes = this.#request.suites.map(({ suite }) => `_dists_${suite}_`);
    for (const name of await readdir(lists)) {
      const isOfSuite = prefixes.some((prefix) => name.includes(prefix));
      const isKept = isOfSuite && !/_installer-|_debian-installer_/.test(name);
      if (name.includes('_dists_') && !isKept) await rm(join(lists, name), { force: true });
    }
  }

  async #prepare(): Promise<void> {
    const directories = this.#directories;
    const { lists, cache, archives, sources, trusted } = directories;
    await rm(trusted, { recursive: true, force: true });
    // The host's mirrors may have passwords in their URLs, which are for nobody else to read.
    await rm(sources, { recursive: true, force: true });
    for (const path of [
      join(lists, 'partial'),
      join(cache, 'archives', 'partial'),
      archives,
      sources,
      trusted,
    ]) {
      await makeDirectory(path);
    }
    const hostSources = await readHostSources(HOST_APT_DIRECTORY);
    const suites = this.#request.suites.map(({ suite }) => {
      const host = hostSourceFor(suite, hostSources);
      return { suite, host, uri: this.#options.mirror ?? host?.uri ?? DEFAULT_MIRROR };
    });
    await writeFile(directories.configFile, aptConfig(directories, process.getuid?.() === 0), {
      mode: FILE_MODE,
    });
    for (const wanted of suites) {
      const file = aptSourcesFile(directories, wanted.suite);
      await writeFile(file, aptSources(wanted), { mode: 0o600 });
    }
    await writeFile(directories.statusFile, '', { mode: FILE_MODE });
    for (const key of this.#request.keyring.keys) {
      await writeFile(join(trusted, `${key.fingerprint}.asc`), key.armored, { mode: FILE_MODE });
    }
    for (const keyring of new Set(suites.flatMap(({ host }) => host?.signedBy ?? []))) {
      // A keyring that the host names and does not have is the host's matter: ours are there.
      await copyFile(keyring, join(trusted, basename(keyring))).catch(() => undefined);
    }
  }

  /** The package that holds an installer build, as apt's list of the suite has it. */
  async #netbootPackage({ suite, arch, build }: InstallerBuild): Promise<PackageFile> {
    const list = await findList(
      this.#directories.lists,
      suite,
      packageIndexPath(PACKAGE_LIST_ARCH),
    );
    const name = new RegExp(`^debian-installer-[0-9]+-netboot-${arch}$`);
    const candidates =
      list === undefined
        ? []
        : await findPackages(fileContent(list), ['debian-installer-'], (candidate) =>
            name.test(candidate),
          );
    const found = candidates.find((candidate) => candidate.version === build);
    if (found !== undefined) return found;
    const [other] = candidates;
    if (other === undefined) {
      throw new NetbootError(
        'ERR_NETBOOT_PACKAGE_NOT_FOUND',
        `${suiteFacts(suite).title} has no package debian-installer-*-netboot-${arch}`,
        { hint: 'use the mirror source, or another suite or architecture' },
      );
    }
    throw new NetbootError(
      'ERR_NETBOOT_BUILD_NOT_FOUND',
      `the installer of ${suite} ${arch} is build ${build}, the package ${other.name} has ${other.version}`,
      { hint: 'use the mirror source, or try again when the package has caught up' },
    );
  }

  /** Downloads a package, unless it is there already. */
  async #download(file: PackageFile): Promise<string> {
    const path = join(this.#directories.archives, archiveName(file));
    if (await isFile(path, file)) return path;
    await this.#run(['download', `${file.name}=${file.version}`], `apt: ${file.name}`, file.size);
    if (await isFile(path, file)) return path;
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `apt downloaded a ${file.name} ${file.version} that is not the one in the package list`,
      { hint: 'try again' },
    );
  }

  #run(args: readonly string[], activity: string, size: number | undefined): Promise<void> {
    const { signal, onEvent } = this.#request;
    return this.#limit(() => {
      onEvent({ type: 'sourceProgressed', activity, fraction: 0, size });
      return runAptGet({
        aptGet: this.#options.aptGet ?? 'apt-get',
        configFile: this.#directories.configFile,
        args,
        cwd: this.#directories.archives,
        signal,
        onProgress(fraction) {
          onEvent({ type: 'sourceProgressed', activity, fraction, size });
        },
      });
    });
  }
}

/**
 * Where a file of a netboot package stands in the signed list: the package keeps the `netboot` tree
 * under `text`, and `netboot/gtk` under `gtk`.
 */
function installerPath(path: string, { arch }: InstallerBuild): string | undefined {
  const [, imageArch, variant, rest] =
    /^usr\/lib\/debian-installer\/images\/[0-9]+\/([a-z0-9]+)\/(text|gtk)\/(.+)$/.exec(path) ?? [];
  if (imageArch !== arch || rest === undefined) return undefined;
  return variant === 'gtk' ? `netboot/gtk/${rest}` : `netboot/${rest}`;
}

/** The name that apt gives a downloaded package. */
function archiveName({ name, version, architecture }: PackageFile): string {
  return `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
}

async function isFile(path: string, expected: PackageFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== expected.size) return false;
  const hash = createHash('sha256');
  for await (const piece of fileContent(path)) hash.update(piece as Buffer);
  return hash.digest('hex') === expected.sha256;
}
