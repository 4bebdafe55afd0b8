import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import pLimit, { type LimitFunction } from 'p-limit';

import { type PackageFile } from '../../archive/package-index.js';
import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { FILE_MODE } from '../../files/durable-file.js';
import { withIoErrors } from '../../files/io-error.js';
import { fileContent } from '../../files/read-file.js';
import {
  expectOwnKind,
  makeDirectory,
  type NameTest,
  removeOwn,
} from '../../store/store-directory.js';
import { expectOwn } from '../../store/store-owner.js';
import { type SourceRequest, type SourceSession } from '../image-source.js';
import {
  aptConfig,
  aptDirectories,
  type AptDirectories,
  aptSources,
  aptSourcesFile,
  onlySuite,
} from './apt-config.js';
import {
  findList,
  HOST_APT_DIRECTORY,
  hostSourceFor,
  listPrefix,
  readHostSources,
} from './apt-lists.js';
import { type AptSourceOptions } from './apt-options.js';
import { runAptGet } from './apt-process.js';
import { type AptAtWork, AptView } from './apt-view.js';

/** Update command in which an unavailable list is an error, with apt's own message, rather than a warning. */
const UPDATE: readonly string[] = ['update', '-o', 'APT::Update::Error-Mode=any'];

/** Mirror to use if the host has none. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/** Returns an http or https URL in the only spelling that apt accepts, and anything else unchanged. */
function aptUri(mirror: string): string {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb && !/\p{Cc}/u.test(mirror) ? url.href : mirror;
}

/** Session that runs a private apt. */
export class AptSession implements SourceSession {
  readonly #options: AptSourceOptions;
  readonly #request: SourceRequest;
  /** Requested suites, except archived ones. */
  readonly #suites: readonly Suite[];
  readonly #directories: AptDirectories;
  readonly #views = new Map<Suite, readonly AptView[]>();
  /** Archive URI of each suite, by the suite's name in apt's sources. */
  readonly #uris = new Map<string, string>();
  /** Runs only one apt at a time, since the runs share directories. */
  readonly #limit: LimitFunction = pLimit(1);

  private constructor(
    options: AptSourceOptions,
    request: SourceRequest,
    directories: AptDirectories,
  ) {
    this.#options = options;
    this.#request = request;
    this.#suites = request.suites.map(({ suite }) => suite).filter(isOnMirrors);
    this.#directories = directories;
  }

  /**
   * Sets up a private apt and makes it fetch the lists.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_APT_FAILED` if fetching fails for every suite
   */
  static async open(options: AptSourceOptions, request: SourceRequest): Promise<AptSession> {
    const root = options.cacheDirectory ?? request.workDirectory;
    const directories = await withIoErrors(root, () => sessionDirectories(root));
    const session = new AptSession(options, request, directories);
    try {
      await withIoErrors(root, () => session.#prepare());
      const failures: NetbootError[] = [];
      for (const suite of session.#suites) {
        const [view] = session.views(suite);
        const failure = await view?.update();
        if (failure !== undefined) {
          failures.push(failure);
        }
      }
      const [failure] = failures;
      if (failure !== undefined && failures.length === session.#suites.length) {
        throw failure;
      }
      return session;
    } catch (error) {
      await session.close('failed');
      throw error;
    }
  }

  views(suite: Suite): readonly AptView[] {
    if (!this.#suites.includes(suite)) {
      return [];
    }
    let views = this.#views.get(suite);
    if (views === undefined) {
      const { alias } = suiteFacts(suite);
      const apt: AptAtWork = {
        findList: (name, path) =>
          findList(this.#directories.lists, { uri: this.#uris.get(name) ?? '', name }, path),
        signal: this.#request.signal,
        addSource: (name) => this.#addSource(suite, name),
        update: (name, activity, size, options) =>
          this.#run([...UPDATE, ...onlySuite(this.#directories, name), ...options], activity, size),
        download: (file) => this.#download(file),
      };
      views = [new AptView(apt, suite, false)];
      if (alias !== undefined) {
        views = [...views, new AptView(apt, alias, true)];
      }
      this.#views.set(suite, views);
    }
    return views;
  }

  async close(outcome: 'complete' | 'failed'): Promise<void> {
    // The session's files may contain passwords.
    await rm(this.#directories.session, { recursive: true, force: true });
    if (outcome === 'failed') {
      return;
    }
    await this.#removeOldLists();
    if (this.#options.cacheDirectory !== undefined) {
      return;
    }
    await rm(this.#directories.archives, { recursive: true, force: true });
  }

  /**
   * Removes lists that are no longer needed: those of unwanted suites and of archives used before, and those of the
   * installers, which have been copied into the store by now. apt does not remove them, since it runs for one suite at a time.
   */
  async #removeOldLists(): Promise<void> {
    const { lists } = this.#directories;
    const names = await readdir(lists);
    const current = this.#suites.map((suite) => {
      const exact = `${listPrefix(this.#uris.get(suite) ?? '')}_dists_${suite}_`;
      const isNamedSo = names.some((name) => name.startsWith(exact));
      return (name: string) =>
        isNamedSo ? name.startsWith(exact) : name.includes(`_dists_${suite}_`);
    });
    for (const name of names) {
      const isOfSuite = current.some((isCurrent) => isCurrent(name));
      const isKept = isOfSuite && !/_installer-|_debian-installer_/.test(name);
      if (name.includes('_dists_') && !isKept) {
        await rm(join(lists, name), { force: true });
      }
    }
  }

  async #prepare(): Promise<void> {
    const { state, lists, cache, archives, sources, trusted, ...files } = this.#directories;
    // If apt runs as root, it would follow symlinks created by the directory's owner.
    for (const path of [state, lists, cache, archives]) {
      await (this.#options.cacheDirectory === undefined
        ? expectOwnKind(path, 'directory')
        : expectOwn(path));
    }
    for (const path of [
      join(lists, 'partial'),
      join(cache, 'archives', 'partial'),
      archives,
      sources,
      trusted,
    ]) {
      await makeDirectory(path);
    }
    const config = aptConfig(this.#directories, process.getuid?.() === 0);
    await writeFile(files.configFile, config, { mode: FILE_MODE, flag: 'wx' });
    await writeFile(files.statusFile, '', { mode: FILE_MODE, flag: 'wx' });
    for (const key of this.#request.keyring.keys) {
      await writeFile(join(trusted, `${key.fingerprint}.asc`), key.armored, { mode: FILE_MODE });
    }
    for (const suite of this.#suites) {
      await this.#addSource(suite, suite);
    }
  }

  /** Adds a suite to apt under one of its names: on the configured mirror, or by default on the host's. */
  async #addSource(suite: Suite, name: string): Promise<void> {
    const host = hostSourceFor(suite, await readHostSources(HOST_APT_DIRECTORY));
    const { mirror } = this.#options;
    const uri = mirror === undefined ? (host?.uri ?? DEFAULT_MIRROR) : aptUri(mirror);
    const requested = this.#request.suites.find((other) => other.suite === suite);
    const components = requested?.components ?? [];
    this.#uris.set(name, uri);
    const file = aptSourcesFile(this.#directories, name);
    await writeFile(file, aptSources({ name, uri, components }), { mode: 0o600 });
    for (const keyring of host?.signedBy ?? []) {
      // A keyring named in the host's sources may not exist; the pinned keys are trusted in any case.
      await copyFile(keyring, join(this.#directories.trusted, basename(keyring))).catch(
        () => undefined,
      );
    }
  }

  /** Downloads a package unless it is already present, and returns the path of its file. */
  async #download(file: PackageFile): Promise<string> {
    const path = join(this.#directories.archives, archiveName(file));
    if (await isFile(path, file)) {
      return path;
    }
    await this.#run(['download', `${file.name}=${file.version}`], `apt: ${file.name}`, file.size);
    if (await isFile(path, file)) {
      return path;
    }
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `apt downloaded a ${file.name} ${file.version} that differs from the one in the package list`,
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

/** Returns true if a name is that of a session directory. */
const isSessionName: NameTest = (name) => /^session-\w{6}$/.test(name);

/**
 * Creates the directories of one session. apt's configuration is in a new directory that nobody else can
 * enter: an existing file could belong to another user, who could change it.
 */
async function sessionDirectories(root: string): Promise<AptDirectories> {
  await makeDirectory(root);
  await expectOwn(root);
  await removeOwn(root, isSessionName);
  return aptDirectories(root, await mkdtemp(join(root, 'session-')));
}

/**
 * Returns false for archived suites: they are not on the host's mirrors, and apt does not accept signatures
 * made by expired keys.
 */
function isOnMirrors(suite: Suite): boolean {
  return suiteFacts(suite).kind !== 'archived';
}

/** Returns apt's file name for a downloaded package. */
function archiveName({ name, version, architecture }: PackageFile): string {
  return `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
}

async function isFile(path: string, expected: PackageFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== expected.size) {
    return false;
  }
  const hash = createHash('sha256');
  for await (const piece of fileContent(path)) {
    hash.update(piece as Buffer);
  }
  return hash.digest('hex') === expected.sha256;
}
