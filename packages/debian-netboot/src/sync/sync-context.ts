import { type EntrySelection } from '../catalog/own-entries.js';
import { type SyncEventListener } from '../events.js';
import { type DailyBuilds } from '../source/daily/daily-builds.js';
import { type EntryDownloads } from '../source/entries/entry-downloads.js';
import { type Delivery, type SourceSession } from '../source/image-source.js';
import { type ExpectedBlob } from '../store/blob-writer.js';
import { type Evidence, type IndexEvidence } from '../store/evidence.js';
import { type GenerationManifest, type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type ReleasePolicy } from '../trust/release-trust.js';

/** Shared state of all steps of a sync. */
export interface SyncContext {
  readonly update: StoreUpdate;
  readonly session: SourceSession;
  /** Source of daily builds, opened on first use. */
  readonly dailyBuilds: () => Promise<DailyBuilds>;
  /** Extra entries for the new generation. */
  readonly ownEntries: readonly EntrySelection[];
  /** Downloads of extra entries, opened on first use; undefined if nothing may be downloaded. */
  readonly downloads: (() => Promise<EntryDownloads>) | undefined;
  readonly policy: SyncPolicy;
  readonly onEvent: SyncEventListener;
  /** Current generation, to reuse the parts that have not changed since. */
  readonly before: PriorGeneration | undefined;
  /** Indexes that are currently arriving; several steps may need one at the same time. */
  readonly arrivals: SharedArrivals<IndexEvidence>;
}

/** Deduplicates concurrent arrivals of the same content. */
export class SharedArrivals<T> {
  readonly #arriving = new Map<string, Promise<T | undefined>>();

  /**
   * Returns the result of the arrival in progress with the same key, otherwise that of a new one.
   *
   * @param begin - starts the new arrival; not called if the one in progress succeeds
   */
  async share(key: string, begin: () => Promise<T | undefined>): Promise<T | undefined> {
    const arriving = this.#arriving.get(key);
    if (arriving !== undefined) {
      const [shared] = await Promise.allSettled([arriving]);
      if (shared.status === 'fulfilled' && shared.value !== undefined) {
        return shared.value;
      }
      return this.share(key, begin);
    }
    const own = begin();
    this.#arriving.set(key, own);
    try {
      return await own;
    } finally {
      this.#arriving.delete(key);
    }
  }
}

/** Trust requirements of a sync. */
export interface SyncPolicy extends ReleasePolicy {
  /** True to accept files from a source without an InRelease. */
  readonly acceptUnsigned: boolean;
}

/** Current generation before the sync, with its evidence. */
export interface PriorGeneration {
  readonly manifest: GenerationManifest;
  readonly evidence: Evidence;
}

/** Minimum number of bytes between two progress reports. */
const PROGRESS_STEP = 512 * 1024;

/** Adds a file to the store, and reports its progress. */
export async function receiveFile(
  { update, onEvent }: SyncContext,
  { content, offset = 0, size: announced }: Delivery,
  expected: ExpectedBlob,
): Promise<StoredFile> {
  const { label: file, size = announced } = expected;
  onEvent({ type: 'fileStarted', file, size });
  let reported = offset;
  const stored = await update.add(content, expected, {
    offset,
    onReceived(received) {
      if (received - reported < PROGRESS_STEP) {
        return;
      }
      reported = received;
      onEvent({ type: 'fileProgressed', file, bytes: received, size });
    },
  });
  onEvent({ type: 'fileVerified', file, size: stored.size, sha256: stored.sha256 });
  return stored;
}

/** Returns a small stored file as text. */
export async function readText(
  { update }: Pick<SyncContext, 'update'>,
  file: StoredFile,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of update.read(file)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
