import { type Extract } from 'tar-stream';

import { NetbootError } from '../errors.js';
import { drained } from '../files/drained.js';
import { BLOCK_BYTES, HeaderBudget } from './header-budget.js';
import { type TarLimits, TarPolicy } from './tar-policy.js';

/** Regular file in a tar archive. */
export interface TarFile {
  /** Path relative to the archive's root, without `./`. */
  readonly path: string;
  readonly size: number;
  /** Offset of the file's content in the archive, in bytes. */
  readonly start: number;
  /** The file's bytes; unread bytes are skipped when the next file is requested. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Options for reading a tar archive. */
export interface TarReading {
  /**
   * Called with the path of each symlink. Links may then lead anywhere, so the caller must not follow them.
   *
   * @default links are not reported, and those that lead out of the archive are refused
   */
  readonly onLink?: (path: string) => void;
}

/**
 * Reads the regular files of a tar archive as a stream, one at a time. Nothing is written to paths that the
 * archive chooses, but an archive with anything unusual is refused all the same.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE` or `ERR_NETBOOT_MALFORMED_ARCHIVE`; errors from
 *   `content` are passed on unchanged
 */
export async function* readTar(
  content: AsyncIterable<Uint8Array>,
  limits: TarLimits,
  { onLink }: TarReading = {},
): AsyncGenerator<TarFile, void, undefined> {
  const policy = new TarPolicy(limits, onLink);
  // Bundlers expose a CommonJS package only as a default export.
  const { default: tarStream } = await import('tar-stream');
  const archive = tarStream.extract();
  const budget = new HeaderBudget();
  const feed = new Feed(content, archive, budget);
  try {
    for await (const entry of archive) {
      const { header, offset } = entry;
      // A directory has no content, whatever size its header gives.
      budget.entry(offset, header.type === 'directory' ? 0 : header.size);
      const path = policy.accept(header);
      if (path !== undefined) {
        const start = offset + BLOCK_BYTES;
        yield { path, size: header.size, start, content: bytesOf(entry, feed) };
      }
      entry.resume();
    }
    feed.throwIfFailed();
  } catch (error) {
    throw feed.explain(error);
  } finally {
    archive.destroy(null);
    await feed.ended;
  }
}

/** Yields the content of an entry, typed as bytes. */
async function* bytesOf(entry: AsyncIterable<unknown>, feed: Feed): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of entry) {
      if (piece instanceof Uint8Array) {
        yield piece;
      }
    }
  } catch (error) {
    throw feed.explain(error);
  }
}

/** Feeds content to the tar reader. */
class Feed {
  /** Resolves once all content has been fed, or feeding has failed. */
  readonly ended: Promise<void>;
  /** Error that ended the feeding, raised by the content or by {@link HeaderBudget}. */
  #failure: { readonly error: unknown } | undefined;

  constructor(content: AsyncIterable<Uint8Array>, archive: Extract, budget: HeaderBudget) {
    this.ended = this.#write(content, archive, budget);
  }

  /** Throws the error that ended the feeding, if there was one. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
  }

  /** Returns the error to report when the tar reader raises one: the error that ended the feeding, if any. */
  explain(error: unknown): unknown {
    if (this.#failure !== undefined) {
      return this.#failure.error;
    }
    if (error instanceof NetbootError) {
      return error;
    }
    return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', 'damaged tar data', {
      hint: 'try again; the download is damaged',
      cause: error,
    });
  }

  async #write(
    content: AsyncIterable<Uint8Array>,
    archive: Extract,
    budget: HeaderBudget,
  ): Promise<void> {
    try {
      for await (const piece of content) {
        if (archive.destroyed) {
          return;
        }
        budget.feed(piece);
        if (!archive.write(piece)) {
          await drained(archive);
        }
      }
      archive.end(null);
    } catch (error) {
      this.#failure = { error };
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
