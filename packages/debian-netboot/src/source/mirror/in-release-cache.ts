import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readRecord } from '../../store/checked-file.js';
import { withIoErrors } from '../../store/io-error.js';
import { expectKind, FILE_MODE, makeDirectory } from '../../store/store-directory.js';
import { type HttpAnswer } from './http-client.js';

/** A file that was fetched before, to be asked for only if it has changed. */
export interface CachedRelease {
  readonly content: Uint8Array;
  /** The headers that make a request conditional. */
  readonly conditions: Readonly<Record<string, string>>;
}

const schema = z.object({
  url: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  content: z.string(),
});

/**
 * Keeps the InRelease files that were fetched. Nothing in it is trusted: what comes out is checked
 * like what comes over the network.
 */
export class InReleaseCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What was fetched from a URL the last time, if a server can tell whether it has changed. */
  async find(url: URL): Promise<CachedRelease | undefined> {
    try {
      await expectKind(this.#directory, 'directory');
      const text = (await readRecord(this.#path(url)))?.toString('utf8');
      if (text === undefined) return undefined;
      const entry = schema.parse(JSON.parse(text));
      if (entry.url !== url.href) return undefined;
      return {
        content: Buffer.from(entry.content, 'utf8'),
        conditions: {
          ...(entry.etag !== undefined && { 'if-none-match': entry.etag }),
          ...(entry.lastModified !== undefined && { 'if-modified-since': entry.lastModified }),
        },
      };
    } catch {
      // A cache that cannot be read is an empty one.
      return undefined;
    }
  }

  /** Keeps what was fetched, if the server has said how to ask for changes. */
  async keep(url: URL, { headers }: HttpAnswer, content: Uint8Array): Promise<void> {
    const { etag, 'last-modified': lastModified } = headers;
    const entry = {
      url: url.href,
      etag: typeof etag === 'string' ? etag : undefined,
      lastModified: typeof lastModified === 'string' ? lastModified : undefined,
      content: Buffer.from(content).toString('utf8'),
    };
    if (entry.etag === undefined && entry.lastModified === undefined) return;
    const path = this.#path(url);
    await withIoErrors(path, async () => {
      await expectKind(this.#directory, 'directory');
      await makeDirectory(this.#directory);
      await rm(path, { force: true });
      await writeFile(path, JSON.stringify(entry), { flag: 'wx', mode: FILE_MODE });
    });
  }

  /** Forgets what was fetched: it was not accepted. */
  async forget(url: URL): Promise<void> {
    await expectKind(this.#directory, 'directory');
    await rm(this.#path(url), { force: true });
  }

  #path(url: URL): string {
    return join(this.#directory, createHash('sha256').update(url.href).digest('hex'));
  }
}
