import { extract, type Extract } from 'tar-stream';

import { NetbootError } from '../errors.js';
import { HeaderBudget } from './header-budget.js';
import { type TarLimits, TarPolicy } from './tar-policy.js';

/** A regular file inside a tar archive. */
export interface TarFile {
  /** Relative to the archive's root, without `./`. */
  readonly path: string;
  readonly size: number;
  /** The bytes; what is not read is skipped when the next file is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads the regular files of a tar archive as a stream, one at a time. Nothing is ever written to a
 * path of the archive's choosing; an archive with anything unusual in it is refused all the same.
 *
 * @throws NetbootError `ERR_NETBOOT_HOSTILE_ARCHIVE` or `ERR_NETBOOT_MALFORMED_ARCHIVE`; failures of
 *   `content` pass unchanged
 */
export async function* readTar(
  content: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<TarFile, void, undefined> {
  const policy = new TarPolicy(limits);
  const archive = extract();
  const budget = new HeaderBudget();
  const feed = new Feed(content, archive, budget);
  try {
    for await (const entry of archive) {
      const { header, offset } = entry;
      // A directory's size means nothing: no content is behind it.
      budget.entry(offset, header.type === 'directory' ? 0 : header.size);
      const path = policy.accept(header);
      if (path !== undefined) {
        yield { path, size: header.size, content: bytesOf(entry, feed) };
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

/** An entry's content, whose pieces tar-stream's types leave open. */
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

/** Writes content into the reader. */
class Feed {
  /** Resolves when nothing more is written. */
  readonly ended: Promise<void>;
  /** Why the content ended too early: no fault of the archive. */
  #failure: { readonly error: unknown } | undefined;

  constructor(content: AsyncIterable<Uint8Array>, archive: Extract, budget: HeaderBudget) {
    this.ended = this.#write(content, archive, budget);
  }

  /** Throws the failure of the content, if it had one. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
  }

  /** The error to report for one that the reader met with. */
  explain(error: unknown): unknown {
    if (this.#failure !== undefined) {
      return this.#failure.error;
    }
    if (error instanceof NetbootError) {
      return error;
    }
    return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', 'damaged tar data', {
      hint: 'the download was damaged: try again',
      cause: error,
    });
  }

  async #write(
    content: AsyncIterable<Uint8Array>,
    archive: Extract,
    budget: HeaderBudget,
  ): Promise<void> {
    // Destroying the archive ends a wait for it to drain.
    const closed = new AbortController();
    archive.once('close', () => {
      closed.abort();
    });
    try {
      for await (const piece of content) {
        if (archive.destroyed) {
          return;
        }
        budget.feed(piece);
        if (!archive.write(piece)) {
          await drained(archive, closed.signal);
        }
      }
      archive.end(null);
    } catch (error) {
      this.#failure = { error };
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Resolves when the archive takes more, or has been closed. */
function drained(archive: Extract, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      archive.off('drain', settle);
      closed.removeEventListener('abort', settle);
      resolve();
    };
    archive.once('drain', settle);
    closed.addEventListener('abort', settle);
    if (closed.aborted) {
      settle();
    }
  });
}
