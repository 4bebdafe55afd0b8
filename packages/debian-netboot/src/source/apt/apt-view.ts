import { readFile } from 'node:fs/promises';

import { packageIndexPath } from '../../archive/installer-layout.js';
import { findNetbootPackages, netbootPackageFile } from '../../archive/netboot-package.js';
import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { fileContent } from '../../files/read-file.js';
import { readDebFiles } from '../../formats/deb.js';
import { compressionOf } from '../../formats/decompress.js';
import { deliveryOf } from '../directory/archive-tree.js';
import {
  type Delivery,
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SuiteView,
} from '../image-source.js';
import { INSTALLER_LIST_OPTION, PACKAGE_LIST_ARCH } from './apt-config.js';

/** Operations of the private apt for one suite. */
export interface AptAtWork {
  /** Returns the path of a list of the suite under one of its names; `undefined` if there is none. */
  readonly findList: (name: string, path: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
  /** Adds the suite to apt under another name. */
  readonly addSource: (name: string) => Promise<void>;
  /** Runs `apt-get update` for one name of the suite. */
  readonly update: (
    name: string,
    activity: string,
    size: number | undefined,
    options: readonly string[],
  ) => Promise<void>;
  /** Downloads a package, and returns the path of its file. */
  readonly download: (file: PackageFile) => Promise<string>;
}

/** Matches apt's messages for a list that the mirror lacks or has in another state. */
const NOT_THERE = /\b404\b|Hash Sum mismatch|unexpected size|Mirror sync in progress/i;

/** Suite as seen by the host's apt, under one of its names. */
export class AptView implements SuiteView {
  readonly isAlias: boolean;
  readonly isLive = true;
  /** The files always come from the package, and its index is available first. */
  readonly quickestProof = 'package';
  readonly #apt: AptAtWork;
  readonly #name: string;
  /** Result of fetching the lists, set once the fetch has begun: apt's failure, or `undefined` on success. */
  #updated: Promise<NetbootError | undefined> | undefined;

  constructor(apt: AptAtWork, name: string, isAlias: boolean) {
    this.#apt = apt;
    this.#name = name;
    this.isAlias = isAlias;
  }

  get name(): string {
    return `apt (${this.#name})`;
  }

  /**
   * Gets the suite's InRelease and its package list, once. Each suite is requested separately, so
   * that its problems are reported when it is used. Lists from an earlier run, which apt keeps,
   * must not be mistaken for current ones.
   *
   * @returns apt's failure, if any; other failures are thrown
   */
  update(): Promise<NetbootError | undefined> {
    this.#updated ??= this.#update();
    return this.#updated;
  }

  async #update(): Promise<NetbootError | undefined> {
    try {
      if (this.isAlias) {
        await this.#apt.addSource(this.#name);
      }
      await this.#apt.update(this.#name, `apt: package lists of ${this.#name}`, undefined, []);
      return undefined;
    } catch (error) {
      const isItsOwn = error instanceof NetbootError && error.code === 'ERR_NETBOOT_APT_FAILED';
      if (!isItsOwn) {
        throw error;
      }
      return error;
    }
  }

  async release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const failure = await this.update();
    if (failure !== undefined) {
      throw failure;
    }
    const path = await this.#apt.findList(this.#name, 'InRelease');
    if (path !== undefined) {
      return accept(await readFile(path));
    }
    throw new NetbootError(
      'ERR_NETBOOT_FILE_NOT_FOUND',
      `apt could not fetch the InRelease of ${this.#name}`,
      {
        hint: "change the mirror in the host's apt sources, or use the mirror source",
      },
    );
  }

  async index<T>(
    choices: readonly ListedFile[],
    _byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const path = await this.#apt.findList(this.#name, file.path);
      if (path !== undefined) {
        return receive(file, fileContent(path));
      }
    }
    return this.#installerList(
      choices.filter(({ path }) => compressionOf(path) === 'none' && !isPackageList(path)),
      receive,
    );
  }

  /**
   * Makes apt fetch an installer's SHA256SUMS or module index. Each is requested separately, so that a mirror
   * that is being updated, with a new InRelease and an old list, does not cause a failure for all suites.
   */
  async #installerList<T>(
    choices: readonly ListedFile[],
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const option = `${INSTALLER_LIST_OPTION}=${file.path}`;
      try {
        await this.#apt.update(this.#name, `apt: lists of ${this.#name}`, file.size, [
          '-o',
          option,
        ]);
      } catch (error) {
        this.#apt.signal.throwIfAborted();
        if (!(error instanceof NetbootError && NOT_THERE.test(error.message))) {
          throw error;
        }
        continue;
      }
      const path = await this.#apt.findList(this.#name, file.path);
      if (path !== undefined) {
        return receive(file, fileContent(path));
      }
    }
    return undefined;
  }

  async installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const found = await this.#netbootPackage(build);
    const path = await this.#apt.download(found);
    const wanted = new Map(files.map((file) => [file.path, file]));
    for await (const entry of readDebFiles(fileContent(path))) {
      const file = wanted.get(netbootPackageFile(entry.path, build.arch) ?? '');
      if (file === undefined) {
        continue;
      }
      await receive(file, { content: entry.content, size: entry.size });
      wanted.delete(file.path);
      if (wanted.size === 0) {
        return;
      }
    }
    const [missing] = wanted.keys();
    throw new NetbootError(
      'ERR_NETBOOT_FILE_NOT_FOUND',
      `the package ${found.name} ${found.version} does not contain ${missing ?? ''}`,
      { hint: 'use the mirror source' },
    );
  }

  async package<T>(
    file: PackageFile,
    _received: number,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T> {
    return receive(await deliveryOf(await this.#apt.download(file)));
  }

  /**
   * Returns the package that contains an installer build, according to apt's list of the suite.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_PACKAGE_NOT_FOUND` if the list has no such package,
   *   `ERR_NETBOOT_BUILD_NOT_FOUND` if it has another build
   */
  async #netbootPackage({ suite, arch, build }: InstallerBuild): Promise<PackageFile> {
    const list = await this.#apt.findList(this.#name, packageIndexPath(PACKAGE_LIST_ARCH));
    const candidates = list === undefined ? [] : await findNetbootPackages(fileContent(list), arch);
    const found = candidates.find((candidate) => candidate.version === build);
    if (found !== undefined) {
      return found;
    }
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
      `the installer of ${suite} ${arch} is build ${build}, but the package ${other.name} has version ${other.version}`,
      { hint: 'use the mirror source, or try again once the package is up to date' },
    );
  }
}

/**
 * Returns true if a path is that of a package list. Package lists are fetched with the suite, so a missing
 * one is unavailable.
 */
function isPackageList(path: string): boolean {
  return /^[a-z-]+\/binary-[a-z0-9]+\/Packages$/.test(path);
}
