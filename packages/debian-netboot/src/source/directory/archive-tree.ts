import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { type Suite } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { fileContent } from '../../file-content.js';
import { MAX_RELEASE_BYTES } from '../../trust/clear-sign-envelope.js';
import {
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SourceSession,
} from '../image-source.js';

/** A directory laid out as a mirror of Debian is: `dists` and `pool`, whole or in part. */
export class ArchiveTree implements SourceSession {
  readonly #root: string;
  readonly #onClose: () => Promise<void>;

  /** @param onClose what to do when the session ends */
  constructor(root: string, onClose: () => Promise<void> = () => Promise.resolve()) {
    this.#root = root;
    this.#onClose = onClose;
  }

  async release<T>(suite: Suite, accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const path = join(this.#root, 'dists', suite, 'InRelease');
    if (!(await isFile(path))) throw missing(path);
    return accept(await readSmallFile(path));
  }

  async index<T>(
    suite: Suite,
    choices: readonly ListedFile[],
    _byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const path = join(this.#root, 'dists', suite, file.path);
      if (await isFile(path)) return receive(file, fileContent(path));
    }
    return undefined;
  }

  async installerFiles(
    { suite, arch, build }: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    const images = join(this.#root, 'dists', suite, 'main', `installer-${arch}`, build, 'images');
    for (const file of files) {
      const path = join(images, file.path);
      if (!(await isFile(path))) throw missing(path);
      await receive(file, fileContent(path), 0);
    }
  }

  async package<T>(
    _suite: Suite,
    { filename }: PackageFile,
    receive: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const path = join(this.#root, filename);
    if (!(await isFile(path))) throw missing(path);
    return receive(fileContent(path));
  }

  close(): Promise<void> {
    return this.#onClose();
  }
}

/** Whether a path leads to a regular file. */
export async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/**
 * Reads a small file, and refuses to take a large one for it.
 *
 * @throws NetbootError `ERR_NETBOOT_SIZE_MISMATCH`
 */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size <= MAX_RELEASE_BYTES) return await file.readFile();
    throw new NetbootError('ERR_NETBOOT_SIZE_MISMATCH', `${path} has ${size} bytes`, {
      hint: 'it is no InRelease of Debian: copy it again',
    });
  } finally {
    await file.close();
  }
}

/** Whether a path leads to a directory. */
export async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

function missing(path: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `there is no ${path}`, {
    hint: 'the directory is no complete mirror for these images: copy what is missing',
  });
}
