import { type Suite } from '../catalog/suite.js';
import { type LeaseTiming } from '../files/lease.js';
import { type Evidence } from './evidence.js';
import { type Generation, type StoredFile } from './manifest.js';
import { type PruneOptions, type PruneReport } from './prune.js';
import { type RefreshRecord } from './refresh-record.js';
import { type ServableGeneration } from './servable-generation.js';
import { type StoreEventListener } from './store-event.js';
import { type StoreUpdate } from './store-update.js';
import { type VerifiedFile } from './verified-file.js';

/** How a store is opened. */
export interface StoreOptions {
  /**
   * Open without writing anything; another process may be writing.
   *
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * How the writer's lease is kept alive.
   *
   * @default renewed every 5 s, and taken over after 30 s without
   */
  readonly leaseTiming?: LeaseTiming;
  /**
   * Called when a stored file is found to be damaged, and when it is intact again.
   *
   * @default nobody is told
   */
  readonly onEvent?: StoreEventListener;
}

/** How {@link ImageStore.check} goes about it. */
export interface CheckOptions {
  /**
   * Check at full speed instead of leaving the disk and the processor to others (25 MB/s).
   *
   * @default false
   */
  readonly isUrgent?: boolean;
  readonly signal?: AbortSignal;
}

/** A generation that is being read: {@link ImageStore.prune} leaves it alone until it is released. */
export interface RetainedGeneration extends Disposable {
  readonly generation: Generation;
  /** Says that the reading is over. */
  release(): void;
}

/** A directory of verified installer images, kept in generations of which one is current. */
export interface ImageStore {
  /** The absolute path of the store. */
  readonly directory: string;
  /** Whether it was opened for reading only. */
  readonly readOnly: boolean;
  /**
   * The generation to serve, `undefined` while nothing has been fetched yet.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED` when its manifest cannot be read
   */
  current(): Promise<Generation | undefined>;
  /**
   * The generation to serve even if the store is damaged: the current one, or the newest readable one
   * before it. A sync repairs the store. `undefined` while nothing has been fetched yet.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED` when no generation can be read
   */
  servable(): Promise<ServableGeneration | undefined>;
  /** Every readable generation, newest first. */
  generations(): Promise<Generation[]>;
  /**
   * Why a generation is trusted.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED` when it cannot be read
   */
  evidence(id: string): Promise<Evidence>;
  /**
   * Where a file's content lies. The path is for reading only.
   *
   * @throws RangeError for what is no SHA-256 in lower-case hex digits
   */
  blobPath(sha256: string): string;
  /**
   * Opens a stored file that is known to be intact: its SHA-256 is checked when it is opened for the
   * first time, and again when its inode, size, mtime or ctime have changed. Concurrent callers share
   * one check. A damaged file is set aside, for the next sync to fetch it again.
   *
   * @throws NetbootError `ERR_NETBOOT_FILE_DAMAGED` for a file that is damaged, cut short or missing,
   *   `ERR_NETBOOT_IO`
   */
  openVerified(file: StoredFile): Promise<VerifiedFile>;
  /**
   * Checks the files of a generation, and of its evidence, that are not known to be intact already.
   *
   * @returns the damaged ones, which are set aside
   */
  check(generation: Generation, options?: CheckOptions): Promise<readonly StoredFile[]>;
  /** Files that were found to be damaged, and not found to be intact since. */
  readonly damaged: readonly StoredFile[];
  /** Opens a stored file's content, without checking it. */
  read(file: StoredFile): AsyncIterable<Uint8Array>;
  /** Keeps a generation from being pruned by this process while it is being read. */
  retain(generation: Generation): RetainedGeneration;
  /**
   * Makes an earlier generation current again, in one step. The content that was current is held
   * back: a sync does not return to it, and takes what is newer.
   *
   * @param id - which one; without it, the one before the current one
   * @throws NetbootError `ERR_NETBOOT_NO_GENERATION`, `ERR_NETBOOT_STORE_BUSY`,
   *   `ERR_NETBOOT_STORE_READ_ONLY`
   */
  rollback(id?: string, signal?: AbortSignal): Promise<Generation>;
  /**
   * Forgets the Date of the newest InRelease of a suite, so that the next sync accepts an older one: the
   * deliberate way back, to a mirror that is behind or a snapshot.
   *
   * @returns the Date that was enforced so far, `undefined` if there was none
   * @throws NetbootError `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  forget(suite: Suite, signal?: AbortSignal): Promise<Date | undefined>;
  /** When the source was asked last, and when it will be asked next, as far as anyone has recorded it. */
  refreshRecord(): Promise<RefreshRecord>;
  /**
   * Records when the source was asked, or will be; what is not given stays as it is.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  recordRefresh(changes: RefreshRecord, signal?: AbortSignal): Promise<void>;
  /**
   * Removes old generations, and the files that no other generation has.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  prune(options?: PruneOptions): Promise<PruneReport>;
  /**
   * Begins to write to the store. Only one update can be under way, in all processes together.
   *
   * @param signal - ends the update: what is called afterwards rejects
   * @throws NetbootError `ERR_NETBOOT_STORE_BUSY`, `ERR_NETBOOT_STORE_READ_ONLY`
   */
  beginUpdate(signal?: AbortSignal): Promise<StoreUpdate>;
}
