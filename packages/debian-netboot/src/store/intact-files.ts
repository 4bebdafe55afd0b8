import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { NetbootError } from '../errors.js';
import { describeIoError, isNotFound, isUnreadable } from '../files/io-error.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type StoredFile } from './manifest.js';
import { type FileDamage, type StoreEventListener } from './store-event.js';
import { VerifiedFile } from './verified-file.js';

/** Number of bytes hashed in one turn of the event loop: well below a millisecond. */
const PIECE_BYTES = 256 * 1024;

/** Pause between two pieces of a background check, in milliseconds: about 25 MB/s at most. */
const BACKGROUND_PAUSE_MS = 10;

/** Maximum number of attempts to hash a file that changes in the meantime. */
const MAX_ATTEMPTS = 3;

/** Priority of a check: `urgent` if a caller waits for its result; a `background` check yields to other work. */
export type CheckPriority = 'urgent' | 'background';

/** Check in progress. */
interface Check {
  readonly outcome: Promise<FileDamage | undefined>;
  /** True once an urgent caller waits for the check. */
  isUrgent: boolean;
}

/**
 * Tracks which stored files are intact. A file is hashed once in the life of the process, and again
 * if its device, inode, size, mtime or ctime change; concurrent readers share one check. A damaged
 * file is reported and set aside, so that the next sync fetches it again; a file that the disk cannot
 * read stays in place until then.
 *
 * | state of a file           | `open`                      | sync                   |
 * | ------------------------- | --------------------------- | ---------------------- |
 * | not checked, or changed   | waits for its check         | waits for its check    |
 * | intact                    | opens it                    | keeps it               |
 * | damaged, missing          | `ERR_NETBOOT_FILE_DAMAGED`  | fetches it             |
 */
export class IntactFiles {
  readonly #layout: StoreLayout;
  readonly #canSetAside: boolean;
  readonly #onEvent: StoreEventListener;
  /** Identity of each file that was found to be intact, by hash. */
  readonly #identities = new Map<string, string>();
  /** Checks in progress, by hash and identity. */
  readonly #checks = new Map<string, Check>();
  /** Damaged files, by hash. */
  readonly #damaged = new Map<string, StoredFile>();

  constructor(layout: StoreLayout, canSetAside: boolean, onEvent: StoreEventListener) {
    this.#layout = layout;
    this.#canSetAside = canSetAside;
    this.#onEvent = onEvent;
  }

  /** Damaged files that have not been repaired yet. */
  get damaged(): readonly StoredFile[] {
    return [...this.#damaged.values()];
  }

  /**
   * Opens a stored file whose content matches its hash.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_FILE_DAMAGED` if the content does not match or the file is missing;
   *   `ERR_NETBOOT_IO` and others for system errors
   */
  async open(file: StoredFile, priority: CheckPriority = 'urgent'): Promise<VerifiedFile> {
    const path = blobPath(this.#layout, file.sha256);
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const damage = damageOf(error);
      if (damage === undefined) {
        throw describeIoError(error, path);
      }
      throw await this.#report(file, damage, undefined);
    }
    try {
      const found = await handle.stat({ bigint: true });
      const damage = await this.#check(handle, file, found, priority);
      if (damage !== undefined) {
        throw await this.#report(file, damage, identityOf(found));
      }
      return new VerifiedFile(path, handle, file.size, found.mtimeNs);
    } catch (error) {
      await handle.close();
      throw describeIoError(error, path);
    }
  }

  /**
   * Checks files one by one; those known to be intact are not read again.
   *
   * @returns the damaged files
   */
  async check(
    files: readonly StoredFile[],
    priority: CheckPriority,
    signal: AbortSignal,
  ): Promise<readonly StoredFile[]> {
    const damaged: StoredFile[] = [];
    for (const file of files) {
      signal.throwIfAborted();
      if (!(await unlessAborted(this.isIntact(file, priority), signal))) {
        damaged.push(file);
      }
    }
    return damaged;
  }

  /** Returns true if a file is intact. */
  async isIntact(file: StoredFile, priority: CheckPriority = 'urgent'): Promise<boolean> {
    try {
      await (await this.open(file, priority)).close();
      return true;
    } catch (error) {
      if (error instanceof NetbootError && error.code === 'ERR_NETBOOT_FILE_DAMAGED') {
        return false;
      }
      throw error;
    }
  }

  async #check(
    handle: FileHandle,
    file: StoredFile,
    found: BigIntStats,
    priority: CheckPriority,
  ): Promise<FileDamage | undefined> {
    if (!found.isFile()) {
      return 'content';
    }
    if (found.size !== BigInt(file.size)) {
      return 'size';
    }
    const identity = identityOf(found);
    if (this.#identities.get(file.sha256) === identity) {
      return undefined;
    }
    const key = `${file.sha256} ${identity}`;
    let check = this.#checks.get(key);
    if (check === undefined) {
      check = this.#startCheck(key, handle, file);
      this.#checks.set(key, check);
    }
    if (priority === 'urgent') {
      check.isUrgent = true;
    }
    return check.outcome;
  }

  /** Starts to hash a file through the first reader's handle, which stays open until the check is done. */
  #startCheck(key: string, handle: FileHandle, file: StoredFile): Check {
    const run = async (): Promise<FileDamage | undefined> => {
      // The caller must set the priority before the first pause.
      await Promise.resolve();
      try {
        const identity = await hashUnchanged(handle, file, check);
        if (identity === undefined) {
          return 'content';
        }
        this.#identities.set(file.sha256, identity);
        if (this.#damaged.delete(file.sha256)) {
          this.#onEvent({ type: 'fileRepaired', file });
        }
        return undefined;
      } catch (error) {
        const damage = damageOf(error);
        if (damage === undefined) {
          throw error;
        }
        return damage;
      } finally {
        this.#checks.delete(key);
      }
    };
    const check: Check = { isUrgent: false, outcome: run() };
    return check;
  }

  /** Sets a damaged file aside, reports it once, and returns the error to throw. */
  async #report(
    file: StoredFile,
    damage: FileDamage,
    identity: string | undefined,
  ): Promise<NetbootError> {
    const path = blobPath(this.#layout, file.sha256);
    this.#identities.delete(file.sha256);
    // An unreadable file may become readable again and may be the only copy.
    const isSetAside = damage !== 'unreadable' && (await this.#setAside(path, identity));
    if (!this.#damaged.has(file.sha256)) {
      this.#damaged.set(file.sha256, file);
      this.#onEvent({ type: 'fileDamaged', file, path, damage, isSetAside });
    }
    return new NetbootError('ERR_NETBOOT_FILE_DAMAGED', `${path} ${DAMAGE_WORDS[damage]}`, {
      hint: this.#canSetAside ? 'sync to fetch it again' : 'sync with write access to the store',
    });
  }

  /**
   * Moves a damaged file away, so that a sync does not find it. Returns true if it is no longer at its path.
   */
  async #setAside(path: string, identity: string | undefined): Promise<boolean> {
    if (!this.#canSetAside) {
      return false;
    }
    if (identity === undefined) {
      return true;
    }
    try {
      // A sync may have replaced the file in the meantime.
      if (identityOf(await lstat(path, { bigint: true })) !== identity) {
        return true;
      }
      // The next writer empties this directory.
      await rename(path, join(this.#layout.temporary, randomUUID()));
      return true;
    } catch (error) {
      return isNotFound(error);
    }
  }
}

/** Waits for a result, or throws the signal's reason once it is aborted; a shared check continues. */
async function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  try {
    const aborted = once(signal, 'abort', { signal: ended.signal }).then((): never => {
      throw signal.reason;
    });
    return await Promise.race([result, aborted]);
  } finally {
    ended.abort();
  }
}

const DAMAGE_WORDS: Readonly<Record<FileDamage, string>> = {
  missing: 'is missing',
  size: 'has changed its size',
  content: 'does not match the SHA-256 in its name',
  unreadable: 'cannot be read: disk error',
};

/**
 * Returns the damage that a file system error indicates; undefined for errors that reveal nothing about the
 * file's content, such as EACCES or EMFILE.
 */
function damageOf(error: unknown): FileDamage | undefined {
  if (isUnreadable(error)) {
    return 'unreadable';
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    // A symlink, socket or device.
    case 'ELOOP':
    case 'EMLINK':
    case 'ENXIO':
    case 'EISDIR':
      return 'content';
    default:
      return undefined;
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/**
 * Hashes a file. Returns the file's identity if the hash matches and the file did not change meanwhile;
 * otherwise `undefined`.
 */
async function hashUnchanged(
  handle: FileHandle,
  file: StoredFile,
  check: Pick<Check, 'isUrgent'>,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const before = identityOf(await handle.stat({ bigint: true }));
    const sha256 = await hashOf(handle, check);
    const after = identityOf(await handle.stat({ bigint: true }));
    if (before === after) {
      return sha256 === file.sha256 ? after : undefined;
    }
  }
  return undefined;
}

async function hashOf(handle: FileHandle, check: Pick<Check, 'isUrgent'>): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, position);
    if (bytesRead === 0) {
      return hash.digest('hex');
    }
    hash.update(piece.subarray(0, bytesRead));
    position += bytesRead;
    if (!check.isUrgent) {
      await sleep(BACKGROUND_PAUSE_MS, undefined, { ref: false });
    }
  }
}
