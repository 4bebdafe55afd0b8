import { extract, type Extract } from 'tar-stream';
import { NetbootError } from '../errors.js';
import { TarPolicy, type TarLimits } from './tar-policy.js';

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
  const feeding = feed(content, archive);
  try {
    for await (const entry of archive) {
      const { header } = entry;
      const path = policy.accept(header);
      if (path !== undefined) yield { path, size: header.size, content: bytesOf(entry) };
      entry.resume();
    }
    const failure = await feeding;
    if (failure !== undefined) throw failure.error;
  } catch (error) {
    archive.destroy(null);
    const failure = await feeding;
    if (failure !== undefined) throw failure.error;
    if (error instanceof NetbootError) throw error;
    throw new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', 'damaged tar data', {
      hint: 'the download was damaged: try again',
      cause: error,
    });
  } finally {
    archive.destroy(null);
    await feeding;
  }
}

/** An entry's content, whose pieces tar-stream's types leave open. */
async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of entry) {
    if (piece instanceof Uint8Array) yield piece;
  }
}

/** Writes content into the reader; the failure that it reports is the content's own. */
async function feed(
  content: AsyncIterable<Uint8Array>,
  archive: Extract,
): Promise<{ readonly error: unknown } | undefined> {
  // Destroying the archive ends a wait for it to drain.
  const closed = new AbortController();
  archive.once('close', () => {
    closed.abort();
  });
  try {
    for await (const piece of content) {
      if (archive.destroyed) return undefined;
      if (!archive.write(piece)) await drained(archive, closed.signal);
    }
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    return { error };
  }
  archive.end(null);
  return undefined;
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
    if (closed.aborted) settle();
  });
}
