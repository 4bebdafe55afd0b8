import { join } from 'node:path';

import { type ListedFile } from '../../archive/release-file.js';
import { NetbootError } from '../../errors.js';
import { useFileWithin } from '../../files/file-within.js';
import { fileContent } from '../../files/read-file.js';
import { decompress } from '../../formats/decompress.js';
import { readTar } from '../../formats/tar.js';
import {
  type Delivery,
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SourceSession,
  type SuiteView,
} from '../image-source.js';
import { directoryTree, readSmallFile } from './archive-tree.js';

/** Calls `visit` for each file of a tree that is in `paths`, one after another. */
type TreeReader = (
  visit: (path: string, delivery: Delivery) => Promise<void>,
  paths: ReadonlySet<string>,
) => Promise<void>;

/** Limits that exceed the content of every netboot tree. */
const LIMITS = {
  maxBytes: 1024 * 1024 * 1024,
  maxRatio: 200,
  maxEntries: 10_000,
  maxFileBytes: 512 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
};

/**
 * Installer image as Debian packages it: `netboot.tar.gz`, or its content. InRelease and SHA256SUMS are in
 * the same directory; without the InRelease, the tree is unsigned.
 */
export class NetbootTree implements SourceSession, SuiteView {
  readonly isAlias = false;
  readonly isLive = false;
  readonly quickestProof = 'list';
  readonly #directory: string;
  readonly #read: TreeReader;

  private constructor(directory: string, read: TreeReader) {
    this.#directory = directory;
    this.#read = read;
  }

  /** Returns a tree of the extracted content of `netboot.tar.gz`, with InRelease and SHA256SUMS in `root`. */
  static ofDirectory(root: string): NetbootTree {
    return new NetbootTree(root, async (visit, paths) => {
      for (const path of paths) {
        await useFileWithin(root, join(root, path), (file) => visit(path, file));
      }
    });
  }

  /** Returns a tree of `netboot.tar.gz` itself, with InRelease and SHA256SUMS in `directory`. */
  static ofTarball(file: string, directory: string): NetbootTree {
    return new NetbootTree(directory, async (visit, paths) => {
      const tar = decompress(fileContent(file), 'gzip', LIMITS);
      for await (const entry of readTar(tar, LIMITS)) {
        if (paths.has(entry.path)) {
          await visit(entry.path, entry);
        }
      }
    });
  }

  get name(): string {
    return this.#directory;
  }

  /** Returns this tree for any suite: it contains only one, which the InRelease names. */
  views(): readonly SuiteView[] {
    return [this];
  }

  async release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T | undefined> {
    const content = await readSmallFile(directoryTree(this.#directory), 'InRelease');
    return content === undefined ? undefined : accept(content);
  }

  async index<T>(
    choices: readonly ListedFile[],
    _byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    const [file] = choices.filter(({ path }) => path.endsWith('/SHA256SUMS'));
    const path = join(this.#directory, 'SHA256SUMS');
    if (file === undefined) {
      return undefined;
    }
    return useFileWithin(this.#directory, path, ({ content }) => receive(file, content));
  }

  async installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const byPath = new Map(files.map((file) => [treePath(file.path), file]));
    if (byPath.size < files.length) {
      throw new NetbootError(
        'ERR_NETBOOT_FILE_NOT_FOUND',
        `${this.#directory}: expected two variants of ${build.suite} ${build.arch}, got one`,
        { hint: 'select one variant: text or gtk' },
      );
    }
    const missing = new Map([...byPath].filter(([, file]) => file.sha256 !== undefined));
    await this.#read(async (path, { content, size }) => {
      const file = byPath.get(path);
      if (file === undefined) {
        return;
      }
      await receive(file, { content, size });
      missing.delete(path);
    }, new Set(byPath.keys()));
    const [first] = missing.keys();
    if (first === undefined) {
      return;
    }
    throw new NetbootError(
      'ERR_NETBOOT_FILE_NOT_FOUND',
      `${this.#directory} does not have ${first}`,
      {
        hint: 'use the whole content of netboot.tar.gz for the selected architecture',
      },
    );
  }

  package(): Promise<never> {
    return Promise.reject(
      new NetbootError(
        'ERR_NETBOOT_PACKAGE_NOT_FOUND',
        `${this.#directory} does not contain packages`,
      ),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Returns the path in the tree of a file below `images/`; the paths are the same for both variants. */
function treePath(path: string): string {
  return path.replace(/^netboot\/(?:gtk\/)?/, '');
}
