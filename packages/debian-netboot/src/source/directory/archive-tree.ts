import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { isMismatch, NetbootError } from '../../errors.js';
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

/** Directory with the layout of a Debian mirror: `dists` and `pool`, complete or partial. */
export class ArchiveTree implements SourceSession {
  readonly #root: string;
  readonly #onClose: () => Promise<void>;

  /** @param onClose - called when the session ends */
  constructor(root: string, onClose: () => Promise<void> = () => Promise.resolve()) {
    this.#root = root;
    this.#onClose = onClose;
  }

  views(suite: Suite): readonly SuiteView[] {
    const { alias } = suiteFacts(suite);
    const byCodename = new ArchiveTreeView(this.#root, suite, false);
    if (alias === undefined) {
      return [byCodename];
    }
    return [byCodename, new ArchiveTreeView(this.#root, alias, true)];
  }

  close(): Promise<void> {
    return this.#onClose();
  }
}

/** Suite in such a directory. */
class ArchiveTreeView implements SuiteView {
  readonly isAlias: boolean;
  readonly isLive = false;
  readonly quickestProof = 'list';
  readonly #root: string;
  readonly #suite: string;

  /** @param directory - name of the suite below `dists` */
  constructor(root: string, directory: string, isAlias: boolean) {
    this.#root = root;
    this.#suite = join(root, 'dists', directory);
    this.isAlias = isAlias;
  }

  get name(): string {
    return this.#suite;
  }

  async release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const path = join(this.#suite, 'InRelease');
    if (!(await isFile(path))) {
      throw missing(path);
    }
    return accept(await readSmallFile(path));
  }

  async index<T>(
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    let mismatch: NetbootError | undefined;
    for (const file of choices) {
      const named = join(this.#suite, file.path);
      const hashed = join(dirname(named), 'by-hash', 'SHA256', file.sha256);
      for (const path of byHash ? [hashed, named] : [named]) {
        if (!(await isFile(path))) {
          continue;
        }
        try {
          return await receive(file, fileContent(path));
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
    const path = join(this.#root, filename);
    if (!(await isFile(path))) {
      throw missing(path);
    }
    return receive(await deliveryOf(path));
  }

  async #installerFile(
    arch: string,
    directories: readonly string[],
    file: InstallerFile,
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const paths = directories.map((directory) =>
      join(this.#suite, 'main', `installer-${arch}`, directory, 'images', file.path),
    );
    let failure: NetbootError | undefined;
    for (const path of paths) {
      if (!(await isFile(path))) {
        continue;
      }
      try {
        await receive(file, await deliveryOf(path));
        return;
      } catch (error) {
        if (!(error instanceof NetbootError && isMismatch(error))) {
          throw error;
        }
        failure ??= error;
      }
    }
    throw failure ?? missing(paths[0] ?? file.path);
  }
}

/** Delivers a whole file from disk. */
export async function deliveryOf(path: string): Promise<Delivery> {
  const { size } = await stat(path);
  return { content: fileContent(path), size };
}

/** Returns whether a path leads to a regular file. */
export async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/**
 * Reads a small file, and refuses a large one.
 *
 * @throws NetbootError `ERR_NETBOOT_SIZE_MISMATCH`
 */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size <= MAX_RELEASE_BYTES) {
      return await file.readFile();
    }
    throw new NetbootError('ERR_NETBOOT_SIZE_MISMATCH', `${path} has ${size} bytes`, {
      hint: 'copy it again; it is not an InRelease of Debian',
    });
  } finally {
    await file.close();
  }
}

/** Returns whether a path leads to a directory. */
export async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

function missing(path: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `${path} does not exist`, {
    hint: 'copy the missing files; the directory is not a complete mirror for these images',
  });
}
