import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';
import { expectInteger } from '../option-values.js';
import { ChunkCache } from './chunk-cache.js';
import { asTftpError, systemCode } from './file-errors.js';
import { type FileNameRules, parseFileName } from './file-name.js';
import { expectDirectory, isWithin } from './root-directory.js';
import { identityKey, SharedFile } from './shared-file.js';
import { type TftpReadRequest, type TftpSource } from './source.js';

/** Options of {@link directorySource}. */
export interface DirectorySourceOptions extends FileNameRules {
  /**
   * True to follow symbolic links out of the directory. Links within it are always followed.
   *
   * @default false
   */
  readonly followLinksOutside?: boolean;
  /**
   * True to ignore case if there is no exact match, as Windows loaders expect.
   *
   * @default false
   */
  readonly ignoreCase?: boolean;
  /**
   * Size of the cache for file contents, shared by all transfers, in bytes.
   *
   * @default 67_108_864 (64 MiB)
   */
  readonly cacheBytes?: number;
}

/** Source for {@link TftpServerOptions.source} that serves the files of a directory. */
export type DirectorySource = (request: Pick<TftpReadRequest, 'filename'>) => Promise<TftpSource>;

/**
 * Returns a source that serves only the regular files below a directory. Names with `..` and, by default,
 * links out of the directory are refused; the check is made on the opened file. A file is opened once for all
 * its readers, which share its contents through one cache.
 *
 * @param root - path of the directory; may be relative to the current one
 * @throws {@link TftpError} (`ERR_TFTP_DIRECTORY`) when `root` is not an accessible directory
 * @throws RangeError when `cacheBytes` is out of range
 */
export function directorySource(
  root: string,
  options: DirectorySourceOptions = {},
): DirectorySource {
  const directory = new ServedDirectory(expectDirectory(root), options);
  return ({ filename }) => directory.open(filename);
}

class ServedDirectory {
  readonly #root: string;
  readonly #options: DirectorySourceOptions;
  readonly #cache: ChunkCache;
  readonly #open = new Map<string, SharedFile>();

  constructor(root: string, options: DirectorySourceOptions) {
    this.#root = root;
    this.#options = options;
    const cacheBytes = options.cacheBytes ?? 64 * 1024 * 1024;
    this.#cache = new ChunkCache(
      expectInteger('cacheBytes', cacheBytes, { least: 0, orInfinity: true }),
    );
  }

  async open(filename: string): Promise<TftpSource> {
    try {
      const segments = parseFileName(filename, this.#options);
      if (segments.length === 0) {
        throw new TftpError('no file name', { wireCode: WireErrorCode.accessViolation });
      }
      const path = join(this.#root, ...segments);
      return await this.#openPath(path).catch(async (error: unknown) => {
        const other =
          this.#options.ignoreCase === true && systemCode(error) === 'ENOENT'
            ? await this.#inOtherCase(segments)
            : undefined;
        if (other === undefined) {
          throw error;
        }
        return this.#openPath(other);
      });
    } catch (error) {
      throw asTftpError(error);
    }
  }

  async #openPath(path: string): Promise<TftpSource> {
    // Without O_NONBLOCK, open() of a FIFO would wait for a writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let isKept = false;
    try {
      const identity = await handle.stat({ bigint: true });
      if (!identity.isFile()) {
        const message = 'not a regular file';
        throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
      }
      const key = identityKey(identity);
      // A file already being served is known to be inside, whatever name is used for it now.
      if (!this.#open.has(key) && this.#options.followLinksOutside !== true) {
        await this.#expectInside(path, identity);
      }
      let file = this.#open.get(key);
      if (file === undefined) {
        file = new SharedFile(handle, identity, this.#cache, () => this.#open.delete(key));
        this.#open.set(key, file);
        isKept = true;
      }
      return file.source();
    } finally {
      if (!isKept) {
        await handle.close();
      }
    }
  }

  /** Checks that the opened file, not its requested name, is inside the root. */
  async #expectInside(
    path: string,
    opened: { readonly dev: bigint; readonly ino: bigint },
  ): Promise<void> {
    const [root, real] = await Promise.all([realpath(this.#root), realpath(path)]);
    const found = await stat(real, { bigint: true });
    const isSame = found.dev === opened.dev && found.ino === opened.ino;
    if (!isSame || !isWithin(root, real)) {
      const message = 'a link leads out of the directory';
      throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
    }
  }

  /** Returns the path with each segment spelled as on disk; undefined if there is no matching file. */
  async #inOtherCase(segments: readonly string[]): Promise<string | undefined> {
    let path = this.#root;
    for (const segment of segments) {
      const wanted = segment.toLowerCase();
      const names = await readdir(path).catch(() => []);
      const name =
        names.find((one) => one === segment) ?? names.find((one) => one.toLowerCase() === wanted);
      if (name === undefined) {
        return undefined;
      }
      path = join(path, name);
    }
    return path;
  }
}
