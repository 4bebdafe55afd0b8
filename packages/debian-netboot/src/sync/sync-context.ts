import { type SyncEventListener } from '../events.js';
import { type DailyBuilds } from '../source/daily/daily-builds.js';
import { type Delivery, type SourceSession } from '../source/image-source.js';
import { type ExpectedBlob } from '../store/blob-writer.js';
import { type Evidence, type IndexEvidence } from '../store/evidence.js';
import { type GenerationManifest, type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type ReleasePolicy } from '../trust/release-trust.js';

/** What every step of one sync works with. */
export interface SyncContext {
  readonly update: StoreUpdate;
  readonly session: SourceSession;
  /** Where daily builds come from; opened when the first one is asked for. */
  readonly dailyBuilds: () => DailyBuilds;
  readonly policy: SyncPolicy;
  readonly onEvent: SyncEventListener;
  /** The current generation, for what has not changed since. */
  readonly before: PriorGeneration | undefined;
  /** Indexes on their way: several steps may need one at the same time. */
  readonly arrivals: SharedArrivals<IndexEvidence>;
}

/** Has each content arrive once, however many wait for it. */
export class SharedArrivals<T> {
  readonly #arriving = new Map<string, Promise<T | undefined>>();

  /** @param begin - begins the arrival, if nobody else has; does so after another one that failed */
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

/** What to trust. */
export interface SyncPolicy extends ReleasePolicy {
  /** Take files from a source that has no InRelease. */
  readonly acceptUnsigned: boolean;
}

/** What the store held before the sync. */
export interface PriorGeneration {
  readonly manifest: GenerationManifest;
  readonly evidence: Evidence;
}

/** Progress is reported each time so many more bytes have come. */
const PROGRESS_STEP = 512 * 1024;

/** Takes a file into the store, and reports its progress. */
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
      onEvent({ type: 'fileProgressed', file, received, size });
    },
  });
  onEvent({ type: 'fileVerified', file, size: stored.size, sha256: stored.sha256 });
  return stored;
}

/** A small stored file as text. */
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
