import { type Suite } from '../catalog/suite.js';
import { type LeaseTiming } from '../files/lease-timing.js';
import { type Evidence } from './evidence.js';
import { type Generation, type StoredFile } from './manifest.js';
import { type PruneOptions, type PruneReport } from './prune.js';
import { type RefreshRecord } from './refresh-record.js';
import { type ServableGeneration } from './servable-generation.js';
import { type StoreEventListener } from './store-event.js';
import { type StoreUpdate } from './store-update.js';
import { type VerifiedFile } from './verified-file.js';

/** Options of a store. */
export interface StoreOptions {
  /**
   * Opens the store without writing anything; another process may be writing.
   *
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * Returns true for the name of a file that the caller keeps in the store's directory. A directory that
   * contains only such files counts as empty.
   *
   * @default no files
   */
  readonly isOtherFile?: (name: string) => boolean;
  /**
   * Timing of the writer's lease.
   *
   * @default renewed every 5 s, and taken over after 30 s without renewal
   */
  readonly leaseTiming?: LeaseTiming;
  /**
   * Called when a stored file is damaged or intact again, and when the store's version file is damaged.
   *
   * @default events are ignored
   */
  readonly onEvent?: StoreEventListener;
}

/** Options of {@link ImageStore.check}. */
export interface CheckOptions {
  /**
   * True to check at full speed. Otherwise, a check reads about 25 MB/s at most, to leave the disk and
   * the processor free for other work.
   *
   * @default false
   */
  readonly isUrgent?: boolean;
  readonly signal?: AbortSignal;
}

/** Generation that is being read: {@link ImageStore.prune} keeps it until it is released. */
export interface RetainedGeneration extends Disposable {
  readonly generation: Generation;
  /** Allows {@link ImageStore.prune} to remove the generation; further calls have no effect. */
  release(): void;
}

/** Directory of verified installer images, kept in generations, one of which is current. */
export interface ImageStore {
  /** Absolute path of the store. */
  readonly directory: string;
  /** True if the store was opened only for reading. */
  readonly readOnly: boolean;
  /**
   * Returns the current generation; `undefined` before the first sync.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if its manifest cannot be read
   */
  current(): Promise<Generation | undefined>;
  /**
   * Returns the generation to serve even if the store is damaged: the current one, otherwise the newest
   * readable one, preferably one older than the current one. `undefined` before the first sync. A sync
   * repairs the store.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if no generation can be read
   */
  servable(): Promise<ServableGeneration | undefined>;
  /** Returns all readable generations, newest first. */
  generations(): Promise<Generation[]>;
  /**
   * Returns the proof on which the trust in a generation is based.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if it is missing or cannot be read,
   *   `ERR_NETBOOT_NO_GENERATION` for an invalid id
   */
  evidence(id: string): Promise<Evidence>;
  /**
   * Returns the path of a stored file, which callers may only read.
   *
   * @throws RangeError if `sha256` is not a SHA-256 in lower-case hex digits
   */
  blobPath(sha256: string): string;
  /**
   * Opens a stored file after verifying it: its SHA-256 is checked on the first open, and again if
   * its inode, size, mtime or ctime have changed. Concurrent callers share one check. A damaged
   * file is set aside, and the next sync fetches it again.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_FILE_DAMAGED` if the file is damaged, truncated or missing,
   *   `ERR_NETBOOT_IO`
   */
  openVerified(file: StoredFile): Promise<VerifiedFile>;
  /**
   * Checks the files of a generation and of its evidence that have not been verified yet.
   *
   * @returns the damaged files, which are set aside if the store is writable and the disk can read them
   */
  check(generation: Generation, options?: CheckOptions): Promise<readonly StoredFile[]>;
  /** Damaged files that have not been repaired yet. */
  readonly damaged: readonly StoredFile[];
  /** Opens a stored file's content without verifying it. */
  read(file: StoredFile): AsyncIterable<Uint8Array>;
  /** Keeps this process from pruning a generation while it is being read. */
  retain(generation: Generation): RetainedGeneration;
  /**
   * Makes an earlier generation current again, atomically. The rejected images are remembered: a sync does
   * not return to them, but does accept newer ones.
   *
   * @param id - generation to return to
   * @default the newest generation before the current one that has different images
   * @throws {@link NetbootError} `ERR_NETBOOT_NO_GENERATION`, `ERR_NETBOOT_STORE_BUSY`,
   * `ERR_NETBOOT_STORE_READ_ONLY`
   */
  rollback(id?: string, signal?: AbortSignal): Promise<Generation>;
  /**
   * Forgets the Date of the newest InRelease of a suite, so that the next sync accepts an older one, such as
   * one from a snapshot or an outdated mirror.
   *
   * @returns the Date that was enforced until now; `undefined` if there was none
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  forget(suite: Suite, signal?: AbortSignal): Promise<Date | undefined>;
  /** Returns the recorded times of the last and the next sync, if there are any. */
  refreshRecord(): Promise<RefreshRecord>;
  /**
   * Records the times of the last or the next sync; absent fields are left unchanged.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  recordRefresh(changes: RefreshRecord, signal?: AbortSignal): Promise<void>;
  /**
   * Removes old generations, and the files that no other generation needs.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  prune(options?: PruneOptions): Promise<PruneReport>;
  /**
   * Begins an update. Only one update can run at a time, across all processes.
   *
   * @param signal - cancels the update: later calls reject
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  beginUpdate(signal?: AbortSignal): Promise<StoreUpdate>;
}
