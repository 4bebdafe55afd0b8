import { type FileHandle } from 'node:fs/promises';

import { NetbootError } from '../errors.js';
import { describeIoError } from '../files/io-error.js';

/**
 * Open stored file whose content has been verified. It stays readable until it is closed, even if a prune
 * removes it; reads fail if it changes after the check.
 */
export class VerifiedFile implements AsyncDisposable {
  /** Length in bytes. */
  readonly size: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #mtimeNs: bigint;

  constructor(path: string, handle: FileHandle, size: number, mtimeNs: bigint) {
    this.#path = path;
    this.#handle = handle;
    this.size = size;
    this.#mtimeNs = mtimeNs;
  }

  /**
   * Reads bytes into a new buffer.
   *
   * @param offset - position of the first byte in the file
   * @param length - number of bytes; fewer are returned only at the end of the file
   * @throws {@link NetbootError} `ERR_NETBOOT_FILE_DAMAGED` if the file has changed since it was opened,
   *   `ERR_NETBOOT_IO` if the disk fails
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    await this.readInto(bytes, offset);
    return bytes;
  }

  /**
   * Reads bytes until `target` is full.
   *
   * @param offset - position of the first byte in the file, which must have enough bytes after it
   * @throws {@link NetbootError} as for {@link VerifiedFile.read}
   */
  async readInto(target: Uint8Array, offset: number): Promise<void> {
    const wanted = target.length;
    try {
      for (let filled = 0; filled < wanted;) {
        const { bytesRead } = await this.#handle.read(
          target,
          filled,
          wanted - filled,
          offset + filled,
        );
        if (bytesRead === 0) {
          throw this.#changed();
        }
        filled += bytesRead;
      }
      // The ctime is not compared, since it also changes when the file is unlinked.
      const { size, mtimeNs } = await this.#handle.stat({ bigint: true });
      if (size !== BigInt(this.size) || mtimeNs !== this.#mtimeNs) {
        throw this.#changed();
      }
    } catch (error) {
      throw describeIoError(error, this.#path);
    }
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #changed(): NetbootError {
    return new NetbootError('ERR_NETBOOT_FILE_DAMAGED', `${this.#path} changed while it was read`, {
      hint: 'open it again to verify it',
    });
  }
}
