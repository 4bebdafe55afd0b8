import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

import { type ListedFile } from '../archive/release-file.js';
import { compressionOf } from '../formats/decompress.js';
import { evidenceIndexes, type IndexEvidence } from '../store/evidence.js';
import { checkedContent, MAX_INDEX_BYTES, unpackedIndex } from '../store/index-text.js';
import { type StoredFile } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { withReader } from './second-reader.js';
import { type SyncContext } from './sync-context.js';

/** Size above which an uncompressed index is stored compressed, in bytes. */
const MAX_PLAIN_BYTES = 1024 * 1024;

/** Options for fetching an index. */
export interface IndexFetch {
  /**
   * Called with the index's text as it arrives, once for each copy that starts to arrive; not called if the
   * store already has the index. The text is unverified until the fetch succeeds, which verifies the last
   * copy.
   */
  readonly onArriving?: (text: AsyncIterable<Uint8Array>) => void;
}

/**
 * Fetches an index into the store, in any compression that the source offers.
 *
 * @param paths - equivalent indexes in order of preference, without a compression extension
 * @returns `undefined` if the archive or the source has no such index
 * @throws {@link NetbootError} if the content differs from what was signed, or the index cannot be fetched
 */
export async function fetchIndex(
  context: SyncContext,
  { suite, release, view }: AcceptedRelease,
  paths: readonly string[],
  { onArriving }: IndexFetch = {},
): Promise<IndexEvidence | undefined> {
  // gzip first: it is a third larger, but is decoded in a tenth of the time. On a fast link, decoding xz
  // would take longer than all downloads together.
  const choices = paths
    .flatMap((path) => [`${path}.gz`, `${path}.xz`, path])
    .map((choice) => release.files.get(choice))
    .filter((file) => file !== undefined);
  const [first] = choices;
  if (first === undefined) {
    return undefined;
  }
  return context.arrivals.share(first.sha256, async () => {
    const known = await knownIndex(context, choices);
    return known ?? receiveIndex(context, { suite, release, view }, choices, onArriving);
  });
}

function receiveIndex(
  context: SyncContext,
  { suite, release, view }: Pick<AcceptedRelease, 'suite' | 'release' | 'view'>,
  choices: readonly ListedFile[],
  onArriving: IndexFetch['onArriving'],
): Promise<IndexEvidence | undefined> {
  return view.index(choices, release.acquireByHash, async (file, content) => {
    const listed = { sha256: file.sha256, size: file.size };
    const label = `${suite} ${file.path}`;
    const arriving =
      onArriving === undefined
        ? content
        : withReader(content, (copy) => {
            // The content is not verified yet: it must not expand to more than the signed size of its text.
            const text = release.files.get(file.path.replace(/\.(?:gz|xz)$/, ''));
            onArriving(unpackedIndex(file.path, copy, text?.size));
          });
    const isPacked = compressionOf(file.path) === 'none' && file.size > MAX_PLAIN_BYTES;
    const stored = isPacked
      ? await context.update.add(gzip(checkedContent(label, listed, arriving)), {
          label,
          maxSize: MAX_INDEX_BYTES,
        })
      : await context.update.add(arriving, { label, ...listed, maxSize: file.size });
    return { path: file.path, listed, file: stored };
  });
}

/** Finds an index in the store: by its hash, or in the evidence of the last sync. */
async function knownIndex(
  { update, before }: SyncContext,
  choices: readonly ListedFile[],
): Promise<IndexEvidence | undefined> {
  const kept = before === undefined ? [] : evidenceIndexes(before.evidence);
  // If the same content has two names, keep the one under which it was accepted.
  const named = kept.find(({ path, listed }) =>
    choices.some((choice) => choice.path === path && choice.sha256 === listed.sha256),
  );
  if (named !== undefined && (await update.find(named.file.sha256)) !== undefined) {
    return named;
  }
  const found = await Promise.all(
    choices.map(async ({ path, sha256, size }): Promise<IndexEvidence | undefined> => {
      const listed: StoredFile = { sha256, size };
      const stored = await update.find(sha256);
      if (stored?.size === size) {
        return { path, listed, file: stored };
      }
      const packed = kept.find((index) => index.listed.sha256 === sha256)?.file;
      if (packed === undefined || (await update.find(packed.sha256)) === undefined) {
        return undefined;
      }
      return { path, listed, file: packed };
    }),
  );
  return found.find((index) => index !== undefined);
}

async function* gzip(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(content, { objectMode: false });
  const output = createGzip({ level: 6 });
  source.on('error', (error) => output.destroy(error));
  source.pipe(output);
  try {
    for await (const piece of output) {
      yield piece as Buffer;
    }
  } finally {
    source.destroy();
    output.destroy();
  }
}
