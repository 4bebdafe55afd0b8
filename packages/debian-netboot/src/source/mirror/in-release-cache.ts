import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as v from 'valibot';

import { readRecord } from '../../files/checked-file.js';
import { FILE_MODE } from '../../files/durable-file.js';
import { withIoErrors } from '../../files/io-error.js';
import { isoTime } from '../../files/record-schemas.js';
import { expectKind, makeDirectory } from '../../store/store-directory.js';
import { type HttpAnswer } from './http-client.js';

/** Cached InRelease, requested conditionally: the server sends it again only if it has changed. */
export interface CachedRelease {
  readonly content: Uint8Array;
  /** Headers of the conditional request. */
  readonly conditions: Readonly<Record<string, string>>;
}

/**
 * Maximum age for conditional requests, in milliseconds. An attacker who was on the path earlier may have
 * forged the headers, so that an honest server takes an old file for the current one.
 */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** ETag (RFC 9110 §8.8.3) short enough for any server. */
const ETAG = /^(?:W\/)?"[!#-~]{1,128}"$/;

/** HTTP date in the preferred format (RFC 9110 §5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const schema = v.object({
  url: v.string(),
  fetchedAt: isoTime,
  etag: v.optional(v.pipe(v.string(), v.regex(ETAG))),
  lastModified: v.optional(v.pipe(v.string(), v.regex(HTTP_DATE))),
  content: v.string(),
});

/**
 * Caches InRelease files for a day. The cache is not trusted: its files are verified like those from the
 * network, and implausible headers are left out.
 */
export class InReleaseCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Returns the cached file for a URL; `undefined` if there is none that is recent and readable. */
  async find(url: URL): Promise<CachedRelease | undefined> {
    try {
      await expectKind(this.#directory, 'directory');
      const text = (await readRecord(this.#path(url)))?.toString('utf8');
      if (text === undefined) {
        return undefined;
      }
      const entry = v.parse(schema, JSON.parse(text));
      if (entry.url !== url.href || !isRecent(entry.fetchedAt)) {
        return undefined;
      }
      return {
        content: Buffer.from(entry.content, 'utf8'),
        conditions: {
          ...(entry.etag !== undefined && { 'if-none-match': entry.etag }),
          ...(entry.lastModified !== undefined && { 'if-modified-since': entry.lastModified }),
        },
      };
    } catch {
      // An unreadable cache counts as empty.
      return undefined;
    }
  }

  /**
   * Replaces the cached file for a URL, or removes it if the server's headers do not allow conditional
   * requests.
   */
  async keep(url: URL, { headers }: HttpAnswer, content: Uint8Array): Promise<void> {
    const { etag, 'last-modified': lastModified } = headers;
    const entry = {
      url: url.href,
      fetchedAt: new Date().toISOString(),
      etag: typeof etag === 'string' && ETAG.test(etag) ? etag : undefined,
      lastModified: isPastDate(lastModified) ? lastModified : undefined,
      content: Buffer.from(content).toString('utf8'),
    };
    const path = this.#path(url);
    await withIoErrors(path, async () => {
      await expectKind(this.#directory, 'directory');
      await makeDirectory(this.#directory);
      await rm(path, { force: true });
      if (entry.etag === undefined && entry.lastModified === undefined) {
        return;
      }
      await writeFile(path, JSON.stringify(entry), { flag: 'wx', mode: FILE_MODE });
    });
  }

  /** Removes a file that was not accepted. */
  async forget(url: URL): Promise<void> {
    await expectKind(this.#directory, 'directory');
    await rm(this.#path(url), { force: true });
  }

  #path(url: URL): string {
    return join(this.#directory, createHash('sha256').update(url.href).digest('hex'));
  }
}

function isRecent(fetchedAt: string): boolean {
  const age = Date.now() - Date.parse(fetchedAt);
  return age >= 0 && age < MAX_AGE_MS;
}

/**
 * Returns true if a header is an HTTP date in the past: servers answer "not modified" to any future date.
 */
function isPastDate(text: string | string[] | undefined): text is string {
  return typeof text === 'string' && HTTP_DATE.test(text) && Date.parse(text) <= Date.now();
}
