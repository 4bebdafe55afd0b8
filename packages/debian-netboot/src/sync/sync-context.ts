import { type SourceSession } from '../source/image-source.js';
import { type StoredFile } from '../store/manifest.js';
import { type ExpectedBlob } from '../store/blob-writer.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type ReleasePolicy } from '../trust/release-trust.js';
import { type SyncEventListener } from './events.js';

/** What every step of one sync works with. */
export interface SyncContext {
  readonly update: StoreUpdate;
  readonly session: SourceSession;
  readonly policy: ReleasePolicy;
  readonly signal: AbortSignal;
  readonly onEvent: SyncEventListener;
}

/** Progress is reported each time so many more bytes have come. */
const PROGRESS_STEP = 512 * 1024;

/** Takes a file into the store, and reports how it comes along. */
export async function receiveFile(
  { update, onEvent }: SyncContext,
  content: AsyncIterable<Uint8Array>,
  expected: ExpectedBlob,
): Promise<StoredFile> {
  const { label: file, size } = expected;
  onEvent({ type: 'fileStarted', file, size });
  let reported = 0;
  const stored = await update.add(content, expected, (received) => {
    if (received - reported < PROGRESS_STEP) return;
    reported = received;
    onEvent({ type: 'fileProgressed', file, received, size });
  });
  onEvent({ type: 'fileVerified', file, size: stored.size, sha256: stored.sha256 });
  return stored;
}

/** A small stored file as text. */
export async function readText(context: SyncContext, file: StoredFile): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of context.update.read(file)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
