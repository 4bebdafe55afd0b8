import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { isMismatch, NetbootError } from '../../errors.js';
import { type TreeFile, useFileWithin } from '../../files/file-within.js';
import { fileContent } from '../../files/read-file.js';
import { MAX_RELEASE_BYTES } from '../../trust/clear-sign-envelope.js';
import {
  type Delivery,
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SourceSession,
  type SuiteView,
} from '../image-source.js';

/** Files of an untrusted tree, by their paths below its root. */
export interface FileTree {
  /** Returns the name of a file for error messages. */
  nameOf(path: string): string;
  /**
   * Opens a regular file, and closes it once `use` is done with it.
   *
   * @returns `undefined` if there is no regular file with this path
   */
  useFile<T>(path: string, use: (file: TreeFile) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Returns the files of a directory, which another user may own. */
export function directoryTree(root: string): FileTree {
  return {
    nameOf: (path) => join(root, path),
    useFile: (path, use) => useFileWithin(root, join(root, path), use),
    close: () => Promise.resolve(),
  };
}

/** Tree with the layout of a Debian mirror: `dists` and `pool`, complete or partial. */
export class ArchiveTree implements SourceSession {
  readonly #files: FileTree;

  constructor(files: FileTree) {
    this.#files = files;
  }

  views(suite: Suite): readonly SuiteView[] {
    const { alias } = suiteFacts(suite);
    const byCodename = new ArchiveTreeView(this.#files, suite, false);
    if (alias === undefined) {
      return [byCodename];
    }
    return [byCodename, new ArchiveTreeView(this.#files, alias, true)];
  }

  entryFile<T>(
    sha256: string,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#files.useFile(`entries/${sha256}`, receive);
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}

/** Suite in an {@link ArchiveTree}. */
class ArchiveTreeView implements SuiteView {
  readonly isAlias: boolean;
  readonly isLive = false;
  readonly quickestProof = 'list';
  readonly #files: FileTree;
  readonly #suite: string;

  /** @param directory - name of the suite's directory below `dists` */
  constructor(files: FileTree, directory: string, isAlias: boolean) {
    this.#files = files;
    this.#suite = posix.join('dists', directory);
    this.isAlias = isAlias;
  }

  get name(): string {
    return this.#files.nameOf(this.#suite);
  }

  async release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const path = posix.join(this.#suite, 'InRelease');
    const content = await readSmallFile(this.#files, path);
    if (content === undefined) {
      throw missing(this.#files.nameOf(path));
    }
    return accept(content);
  }

  async index<T>(
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    let mismatch: NetbootError | undefined;
    for (const file of choices) {
      const named = posix.join(this.#suite, file.path);
      const hashed = posix.join(posix.dirname(named), 'by-hash', 'SHA256', file.sha256);
      for (const path of byHash ? [hashed, named] : [named]) {
        try {
          const received = await this.#files.useFile(path, async ({ content }) => ({
            result: await receive(file, content),
          }));
          if (received !== undefined) {
            return received.result;
          }
        } catch (error) {
          if (!(error instanceof NetbootError && isMismatch(error))) {
            throw error;
          }
          mismatch ??= error;
        }
      }
    }
    if (mismatch !== undefined) {
      throw mismatch;
    }
    return undefined;
  }

  async installerFiles(
    { arch, directories }: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    for (const file of files) {
      await this.#installerFile(arch, directories, file, receive);
    }
  }

  async package<T>(
    { filename }: PackageFile,
    _received: number,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T> {
    const received = await this.#files.useFile(filename, async (file) => ({
      result: await receive(file),
    }));
    if (received === undefined) {
      throw missing(this.#files.nameOf(filename));
    }
    return received.result;
  }

  async #installerFile(
    arch: string,
    directories: readonly string[],
    file: InstallerFile,
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const paths = directories.map((directory) =>
      posix.join(this.#suite, 'main', `installer-${arch}`, directory, 'images', file.path),
    );
    let failure: NetbootError | undefined;
    for (const path of paths) {
      try {
        const isThere = await this.#files.useFile(path, async (found) => {
          await receive(file, found);
          return true;
        });
        if (isThere === true) {
          return;
        }
      } catch (error) {
        if (!(error instanceof NetbootError && isMismatch(error))) {
          throw error;
        }
        failure ??= error;
      }
    }
    throw failure ?? missing(this.#files.nameOf(paths[0] ?? file.path));
  }
}

/** Returns a whole file on disk as a delivery. */
export async function deliveryOf(path: string): Promise<Delivery> {
  const { size } = await stat(path);
  return { content: fileContent(path), size };
}

/** Returns true if a path is a regular file, following links. */
export async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/**
 * Reads a whole file from a tree, and refuses one that is larger than {@link MAX_RELEASE_BYTES}.
 *
 * @returns `undefined` if there is no such file
 * @throws {@link NetbootError} `ERR_NETBOOT_SIZE_MISMATCH` if it is too large, `ERR_NETBOOT_HOSTILE_ARCHIVE` if it
 *   leads out of the tree
 */
export async function readSmallFile(
  files: FileTree,
  path: string,
): Promise<Uint8Array | undefined> {
  const name = files.nameOf(path);
  return files.useFile(path, async ({ size, content }) => {
    if (size > MAX_RELEASE_BYTES) {
      throw tooLarge(name, size);
    }
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of content) {
      length += piece.length;
      // The file may grow while it is read.
      if (length > MAX_RELEASE_BYTES) {
        throw tooLarge(name, length);
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  });
}

function tooLarge(path: string, size: number): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_SIZE_MISMATCH',
    `${path}: expected at most ${MAX_RELEASE_BYTES} bytes, got ${size}`,
    { hint: "copy it again; it is too large for Debian's InRelease" },
  );
}

/** Returns true if a path is a directory, following links. */
export async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

function missing(path: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `${path} does not exist`, {
    hint: 'copy the missing files: the directory is not a complete mirror for these images',
  });
}
