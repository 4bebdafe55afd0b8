import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';
import { expectInteger } from '../option-values.js';
import { asTftpError, systemCode } from './file-errors.js';
import { type FileNameRules, parseFileName } from './file-name.js';
import { expectDirectory, isWithin } from './root-directory.js';
import { type TftpSink, type TftpWriteRequest } from './sink.js';

/** Options of {@link directorySink}. */
export interface DirectorySinkOptions extends FileNameRules {
  /**
   * True to let uploads replace existing files.
   *
   * @default false
   */
  readonly overwrite?: boolean;
  /**
   * Maximum size of a file, in bytes.
   *
   * @default 1_073_741_824 (1 GiB)
   */
  readonly maxBytes?: number;
}

/** Number of bytes of a file buffered before a write. */
const WRITE_BYTES = 256 * 1024;

/** Maximum number of bytes buffered for all files of a directory; above that, data is written immediately. */
const MAX_GATHERED_BYTES = 16 * 1024 * 1024;

/** Sink for {@link TftpServerOptions.sink} that stores files in a directory. */
export type DirectorySink = (
  request: Pick<TftpWriteRequest, 'filename' | 'announcedBytes'>,
) => Promise<TftpSink>;

/**
 * Returns a sink that stores uploaded files in a directory and its existing subdirectories. A file appears
 * under its name only once it is complete and on disk; then the client gets its last acknowledgement. An
 * incomplete file leaves nothing behind. Two clients cannot write the same file at the same time.
 *
 * @param root - path of the directory; may be relative to the current one
 * @throws {@link TftpError} (`ERR_TFTP_DIRECTORY`) when `root` is not an accessible directory
 * @throws RangeError when `maxBytes` is out of range
 */
export function directorySink(root: string, options: DirectorySinkOptions = {}): DirectorySink {
  const base = expectDirectory(root);
  const maxBytes = options.maxBytes ?? 1024 * 1024 * 1024;
  expectInteger('maxBytes', maxBytes, { least: 0, orInfinity: true });
  const writing = new Set<string>();
  const gathered = { bytes: 0 };
  return async ({ filename, announcedBytes = 0 }) => {
    if (announcedBytes > maxBytes) {
      throw tooLarge(maxBytes);
    }
    try {
      const target = await targetPath(base, filename, options);
      await expectFree(target, options.overwrite ?? false);
      if (writing.has(target)) {
        const message = 'another client is writing this file';
        throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
      }
      writing.add(target);
      try {
        const terms = { overwrite: options.overwrite ?? false, maxBytes };
        return await IncomingFile.create(target, terms, gathered, () => {
          writing.delete(target);
        });
      } catch (error) {
        writing.delete(target);
        throw error;
      }
    } catch (error) {
      throw asTftpError(error);
    }
  };
}

/**
 * Returns the path of a file. Its directory must exist and, once links are resolved, be the root or below it.
 *
 * @throws {@link TftpError} when the name is invalid or leads elsewhere
 */
async function targetPath(base: string, filename: string, rules: FileNameRules): Promise<string> {
  const segments = parseFileName(filename, rules);
  if (segments.length === 0) {
    throw new TftpError('no file name', { wireCode: WireErrorCode.accessViolation });
  }
  const path = join(base, ...segments);
  const [root, directory] = await Promise.all([realpath(base), realpath(dirname(path))]);
  if (!isWithin(root, directory)) {
    const message = 'a link leads out of the directory';
    throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
  }
  return join(directory, basename(path));
}

async function expectFree(target: string, overwrite: boolean): Promise<void> {
  const present = await stat(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (present !== undefined && !overwrite) {
    throw new TftpError('file exists', { wireCode: WireErrorCode.fileExists });
  }
  if (present !== undefined && !present.isFile()) {
    const message = 'not a regular file';
    throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
  }
}

interface FileTerms {
  readonly overwrite: boolean;
  readonly maxBytes: number;
}

class IncomingFile implements TftpSink {
  readonly #handle: FileHandle;
  readonly #temporary: string;
  readonly #target: string;
  readonly #terms: FileTerms;
  /** Number of bytes buffered for all files of the directory. */
  readonly #gathered: { bytes: number };
  readonly #onDone: () => void;
  /** Buffered data. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #isOpen = true;

  private constructor(
    handle: FileHandle,
    temporary: string,
    target: string,
    terms: FileTerms,
    gathered: { bytes: number },
    onDone: () => void,
  ) {
    this.#handle = handle;
    this.#temporary = temporary;
    this.#target = target;
    this.#terms = terms;
    this.#gathered = gathered;
    this.#onDone = onDone;
  }

  static async create(
    target: string,
    terms: FileTerms,
    gathered: { bytes: number },
    onDone: () => void,
  ): Promise<IncomingFile> {
    const name = `.${basename(target)}.${randomBytes(6).toString('hex')}.part`;
    const temporary = join(dirname(target), name);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await open(temporary, flags, 0o644);
    return new IncomingFile(handle, temporary, target, terms, gathered, onDone);
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#terms.maxBytes) {
      throw tooLarge(this.#terms.maxBytes);
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#gathered.bytes += bytes.length;
    const isEnough = this.#waitingBytes >= WRITE_BYTES || this.#gathered.bytes > MAX_GATHERED_BYTES;
    return isEnough ? this.#flush() : undefined;
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
      await this.#handle.sync();
      await this.#closeHandle();
      if (this.#terms.overwrite) {
        await rename(this.#temporary, this.#target);
      } else {
        // Unlike rename, link does not replace a file created meanwhile.
        await link(this.#temporary, this.#target);
        await unlink(this.#temporary);
      }
      this.#onDone();
    } catch (error) {
      throw asTftpError(error);
    }
  }

  async abort(): Promise<void> {
    this.#gathered.bytes -= this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      await this.#closeHandle();
      await unlink(this.#temporary);
    } finally {
      this.#onDone();
    }
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      await this.#handle.writeFile(bytes);
    } catch (error) {
      throw asTftpError(error);
    } finally {
      this.#gathered.bytes -= bytes.length;
    }
  }

  async #closeHandle(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      await this.#handle.close();
    }
  }
}

function tooLarge(maxBytes: number): TftpError {
  return new TftpError(`file is larger than ${maxBytes} bytes`, {
    wireCode: WireErrorCode.diskFull,
  });
}
