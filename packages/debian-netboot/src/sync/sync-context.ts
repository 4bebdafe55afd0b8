import { type SourceSession } from '../source/image-source.js';
import { type BlobContent, type ExpectedBlob } from '../store/blob-writer.js';
import { type Evidence } from '../store/evidence.js';
import { type GenerationManifest, type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type ReleasePolicy } from '../trust/release-trust.js';
import { type SyncEventListener } from './events.js';

/** What every step of one sync works with. */
export interface SyncContext {
  readonly update: StoreUpdate;
  readonly session: SourceSession;
  readonly policy: SyncPolicy;
  readonly onEvent: SyncEventListener;
  /** The current generation, for what has not changed since. */
  readonly before: PriorGeneration | undefined;
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

/**
 * Takes a file into the store, and reports how it comes along.
 *
 * @param offset how many bytes are left out, since the store has them already
 */
export async function receiveFile(
  { update, onEvent }: SyncContext,
  content: BlobContent,
  expected: ExpectedBlob,
  offset = 0,
): Promise<StoredFile> {
  const { label: file, size } = expected;
  onEvent({ type: 'fileStarted', file, size });
  let reported = offset;
  const stored = await update.add(content, expected, {
    offset,
    onReceived(received) {
      if (received - reported < PROGRESS_STEP) return;
      reported = received;
      onEvent({ type: 'fileProgressed', file, received, size });
    },
  });
  onEvent({ type: 'fileVerified', file, size: stored.size, sha256: stored.sha256 });
  return stored;
}

/** A small stored file as text. */
export async function readText({ update }: SyncContext, file: StoredFile): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of update.read(file)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
