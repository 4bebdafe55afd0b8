import { randomUUID } from 'node:crypto';

import { type LimitFunction } from 'p-limit';

import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { isMismatch, isOwnFailure, NetbootError } from '../../errors.js';
import { MAX_RELEASE_BYTES } from '../../trust/clear-sign-envelope.js';
import {
  type Delivery,
  type IndexReceiver,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type SuiteView,
} from '../image-source.js';
import { type EarlyIndexes } from './early-indexes.js';
import { discardBody, type HttpClient } from './http-client.js';
import { HttpFailure, networkFailure } from './http-failure.js';
import { type InReleaseCache } from './in-release-cache.js';
import {
  byHashUrl,
  indexUrl,
  installerUrl,
  type Mirror,
  poolUrl,
  releaseUrl,
} from './mirror-urls.js';
import { isPermanent } from './permanent-failure.js';
import { download } from './resumable-download.js';
import { readWhole } from './steady-body.js';

/** State shared by the views of a session. */
export interface MirrorTools {
  readonly client: HttpClient;
  /**
   * Client for by-hash URLs. It does not retry after errors such as 500, which some servers return for these
   * URLs: the index has a second URL with its plain name.
   */
  readonly hashClient: HttpClient;
  readonly signal: AbortSignal;
  readonly cache: InReleaseCache;
  /** Limits the number of concurrent downloads. */
  readonly limit: LimitFunction;
  readonly earlyIndexes: EarlyIndexes;
}

/**
 * Cache directives for requests (RFC 9111 §5.2.1): `any` for names whose content never changes, `revalidate`
 * for others, `reload` after wrong content, and `rename` if the content is wrong again.
 */
const CACHE_CONTROL = {
  any: {},
  revalidate: { 'cache-control': 'max-age=0' },
  reload: { 'cache-control': 'no-cache', pragma: 'no-cache' },
  rename: { 'cache-control': 'no-cache', pragma: 'no-cache' },
} as const;

/**
 * Suite on one mirror. The InRelease comes from this mirror. The files that it lists are identified by hash,
 * so other mirrors may deliver those that this one lacks.
 */
export class MirrorView implements SuiteView {
  readonly isAlias: boolean;
  readonly isLive = true;
  readonly quickestProof = 'list';
  readonly #mirrors: readonly [Mirror, ...Mirror[]];
  /** Directory of the suite below `dists`. */
  readonly #directory: string;
  readonly #tools: MirrorTools;
  /** True if a response came from or through a cache. */
  #isBehindCache = false;
  /** Result of fetching the InRelease early. */
  #early: Promise<Uint8Array> | undefined;

  constructor(
    mirrors: readonly [Mirror, ...Mirror[]],
    directory: string,
    isAlias: boolean,
    tools: MirrorTools,
  ) {
    this.#mirrors = mirrors;
    this.#directory = directory;
    this.isAlias = isAlias;
    this.#tools = tools;
  }

  get name(): string {
    const root = this.#mirrors[0].root.href.replace(/\/$/, '');
    return this.isAlias ? `${root} (${this.#directory})` : root;
  }

  /** Fetches the InRelease now, for the first call to {@link release}. */
  async fetchEarly(): Promise<void> {
    const url = releaseUrl(this.#mirrors[0], this.#directory);
    const fetching = this.#fetchRelease(url, 'revalidate');
    this.#early = fetching;
    await fetching.catch((error: unknown) => {
      // A temporary failure is retried when the file is needed.
      if (!(error instanceof HttpFailure && isPermanent(error))) {
        this.#early = undefined;
      }
      throw error;
    });
  }

  async release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    const url = releaseUrl(this.#mirrors[0], this.#directory);
    const early = this.#early;
    this.#early = undefined;
    const content = await (early ?? this.#fetchRelease(url, 'revalidate'));
    try {
      return await accept(content);
    } catch (error) {
      await this.#tools.cache.forget(url);
      if (!isWorthReloading(error)) {
        throw withUrl(error, url);
      }
    }
    const again = await this.#fetchRelease(url, 'reload');
    try {
      return await accept(again);
    } catch (error) {
      await this.#tools.cache.forget(url);
      throw withUrl(error, url);
    }
  }

  async index<T>(
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const early = await this.#earlyIndex(file, receive);
      if (early !== undefined) {
        return early.value;
      }
    }
    const failures: IndexFailure[] = [];
    for (const file of choices) {
      const found = await this.#tools.limit(() => this.#index(file, byHash, receive, failures));
      if (found !== undefined) {
        return found.value;
      }
    }
    const grave = graveFailure(failures, this.name);
    if (grave !== undefined) {
      throw grave;
    }
    return undefined;
  }

  async installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    // The first failure aborts all other downloads and is the one reported.
    const failure = new AbortController();
    const signal = AbortSignal.any([this.#tools.signal, failure.signal]);
    const found = new Map<string, number>();
    const downloads = files.map((file) =>
      this.#tools
        .limit(async () => {
          if (!signal.aborted) {
            await this.#installerFile(build, file, receive, signal, found);
          }
        })
        .catch((error: unknown) => {
          failure.abort(error);
        }),
    );
    await Promise.all(downloads);
    signal.throwIfAborted();
  }

  package<T>(
    file: PackageFile,
    received: number,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T> {
    return this.#tools.limit(() =>
      this.#firstOf(
        this.#mirrors.map((mirror) => ({ mirror, url: poolUrl(mirror, file.filename) })),
        resuming(received, (place, offset, cache) =>
          this.#checked(place, offset, cache, this.#tools.signal, receive),
        ),
      ),
    );
  }

  /**
   * Tries every place that may have an index, and records the failures. Returns `undefined` if all places
   * fail.
   */
  async #index<T>(
    file: ListedFile,
    byHash: boolean,
    receive: IndexReceiver<T>,
    failures: IndexFailure[],
  ): Promise<{ readonly value: T } | undefined> {
    for (const mirror of this.#mirrors) {
      const named = {
        mirror,
        url: indexUrl(mirror, this.#directory, file),
        isImmutable: isDated(file.path),
      };
      const hashed = {
        mirror,
        url: byHashUrl(mirror, this.#directory, file),
        isImmutable: true,
        client: this.#tools.hashClient,
      };
      for (const place of byHash ? [hashed, named] : [named]) {
        const { isImmutable } = place;
        try {
          const cache = isImmutable ? 'any' : 'revalidate';
          const value = await this.#withReload(cache, (how) =>
            this.#checked(place, 0, how, this.#tools.signal, ({ content }) =>
              receive(file, content),
            ),
          );
          return { value };
        } catch (error) {
          this.#tools.signal.throwIfAborted();
          if (isOwnFailure(error) || !(error instanceof NetbootError)) {
            throw error;
          }
          failures.push({ error, isImmutable });
        }
      }
    }
    return undefined;
  }

  async #installerFile(
    build: InstallerBuild,
    file: InstallerFile,
    receive: InstallerFileReceiver,
    signal: AbortSignal,
    found: Map<string, number>,
  ): Promise<void> {
    // A mirror that lacks one of a build's directories lacks it for all files, so the directories in which most
    // files were found come first.
    const count = (directory: string): number => found.get(directory) ?? 0;
    const directories = [...build.directories].sort((left, right) => count(right) - count(left));
    const places = this.#mirrors.flatMap((mirror) =>
      directories.map((directory) => ({
        mirror,
        directory,
        url: installerUrl(mirror, this.#directory, build.arch, directory, file.path),
      })),
    );
    await this.#firstOf(
      places,
      resuming(file.received, async (place, offset, cache) => {
        await this.#checked(place, offset, cache, signal, (delivery) => receive(file, delivery));
        found.set(place.directory, count(place.directory) + 1);
      }),
    );
  }

  /**
   * Returns the result for an index that was requested early; `undefined` if it must be requested (again).
   */
  async #earlyIndex<T>(
    file: ListedFile,
    receive: IndexReceiver<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const early = this.#tools.earlyIndexes.take(this.#mirrors[0], this.#directory, file);
    if (early === undefined) {
      return undefined;
    }
    return this.#tools.limit(async () => {
      const content = await early;
      if (content === undefined) {
        return undefined;
      }
      try {
        return { value: await receive(file, content) };
      } catch (error) {
        this.#tools.signal.throwIfAborted();
        // A connection failure will occur again, with its own message, when the index is requested.
        if (error instanceof NetbootError && isOwnFailure(error)) {
          throw error;
        }
        return undefined;
      }
    });
  }

  async #fetchRelease(url: URL, caching: keyof typeof CACHE_CONTROL): Promise<Uint8Array> {
    const { client, cache, signal } = this.#tools;
    const cached = caching === 'reload' ? undefined : await cache.find(url);
    const headers = {
      ...this.#mirrors[0].headers,
      ...CACHE_CONTROL[caching],
      ...cached?.conditions,
    };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await client.get(url, headers).catch((error: unknown) => {
        if (cached !== undefined && isRefusal(error)) {
          return undefined;
        }
        throw error;
      });
      // A server that rejects the conditions may accept the request without them.
      if (answer === undefined) {
        return this.#fetchRelease(url, 'reload');
      }
      if (answer.status === 304 && cached !== undefined) {
        await discardBody(answer);
        return cached.content;
      }
      try {
        const content = await readWhole(client, answer, MAX_RELEASE_BYTES);
        await cache.keep(url, answer, content);
        return content;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof NetbootError) {
          throw error;
        }
        if (attempt >= client.policy.retries) {
          const why = error instanceof Error ? error.message : String(error);
          throw networkFailure(url, `interrupted: ${why}`, error);
        }
        await client.pause(attempt, signal);
      }
    }
  }

  /** Downloads a file and verifies it. */
  async #checked<T>(
    { mirror, url, client = this.#tools.client }: Place,
    received: number,
    caching: keyof typeof CACHE_CONTROL,
    signal: AbortSignal,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T> {
    const headers = { ...mirror.headers, ...CACHE_CONTROL[caching] };
    const delivery = await download(
      client,
      caching === 'rename' ? renamed(url) : url,
      headers,
      received,
      signal,
    );
    if (delivery.isFromCache) {
      this.#isBehindCache = true;
    }
    return receive(delivery);
  }

  /**
   * Requests a file, and repeats the request if the content is wrong: first from the mirror itself, then,
   * behind a cache, under a name that the cache has not seen. apt-cacher-ng mistakes a file with an unchanged
   * date for the same one, regardless of cache directives.
   */
  async #withReload<T>(
    caching: keyof typeof CACHE_CONTROL,
    attempt: (caching: keyof typeof CACHE_CONTROL) => Promise<T>,
  ): Promise<T> {
    try {
      return await attempt(caching);
    } catch (error) {
      this.#tools.signal.throwIfAborted();
      if (!isMismatch(error)) {
        throw error;
      }
    }
    try {
      return await attempt('reload');
    } catch (error) {
      this.#tools.signal.throwIfAborted();
      if (!isMismatch(error) || !this.#isBehindCache) {
        throw error;
      }
    }
    return attempt('rename');
  }

  /**
   * Tries one place after another. If all fail, throws the first failure other than a missing file, if there
   * is one.
   */
  async #firstOf<P extends Place, T>(
    places: readonly P[],
    attempt: (place: P, caching: keyof typeof CACHE_CONTROL) => Promise<T>,
  ): Promise<T> {
    const failures: unknown[] = [];
    for (const place of places) {
      try {
        return await this.#withReload('any', (caching) => attempt(place, caching));
      } catch (error) {
        this.#tools.signal.throwIfAborted();
        if (isOwnFailure(error) || !(error instanceof NetbootError)) {
          throw error;
        }
        failures.push(error);
      }
    }
    // If one mirror lacks the file and another is unreachable, the file may still exist.
    throw failures.find((error) => !isMissing(error)) ?? failures[0];
  }
}

/**
 * Returns another URL of the same file, which no cache has seen: servers of static files ignore the query.
 */
function renamed(url: URL): URL {
  const other = new URL(url);
  other.searchParams.set('reload', randomUUID());
  return other;
}

/** Place to request a file from. */
interface Place {
  readonly mirror: Mirror;
  readonly url: URL;
  /** @default the client of the session */
  readonly client?: HttpClient;
}

/** Failure of an index in one place. */
interface IndexFailure {
  readonly error: NetbootError;
  /** True if the content under this name never changes. */
  readonly isImmutable: boolean;
}

/**
 * Returns the failure to report for an index that no place delivered; `undefined` if all places merely lack
 * it. While a mirror is being updated, mutable names serve another state, and immutable names do not exist
 * yet: that is reported as a separate error, not as damage.
 */
function graveFailure(failures: readonly IndexFailure[], mirror: string): NetbootError | undefined {
  const isAwaited = failures.some(({ error, isImmutable }) => isImmutable && isMissing(error));
  const isOfOtherState = ({ error, isImmutable }: IndexFailure): boolean =>
    isAwaited && !isImmutable && isMismatch(error);
  const grave = failures.find((failure) => !isMissing(failure.error) && !isOfOtherState(failure));
  if (grave !== undefined) {
    return grave.error;
  }
  const other = failures.find(isOfOtherState);
  return (
    other &&
    new NetbootError(
      'ERR_NETBOOT_MIRROR_UPDATING',
      `${mirror} is being updated: ${other.error.message}`,
      {
        hint: 'try again in a minute; if that does not help, use another mirror',
        cause: other.error,
      },
    )
  );
}

/** Wraps a request so that only its first attempt resumes an earlier download. */
function resuming<P, T, Caching>(
  received: number,
  attempt: (place: P, offset: number, caching: Caching) => Promise<T>,
): (place: P, caching: Caching) => Promise<T> {
  let left = received;
  return (place, caching) => {
    const offset = left;
    left = 0;
    return attempt(place, offset, caching);
  };
}

/**
 * Returns true if an index is in a dated directory (`<build>/images/SHA256SUMS`), which never
 * changes.
 */
function isDated(path: string): boolean {
  return /^\d{8}/.test(path.split('/').at(-3) ?? '');
}

function isMissing(error: unknown): boolean {
  return error instanceof HttpFailure && error.isMissing;
}

/** Returns true if a server has rejected the request itself. */
function isRefusal(error: unknown): boolean {
  return error instanceof HttpFailure && isPermanent(error) && !error.isMissing;
}

/** Adds the URL of a file to an error about its content, to show which mirror delivered it. */
function withUrl(error: unknown, { href }: URL): Error {
  if (!(error instanceof NetbootError) || isOwnFailure(error)) {
    return error as Error;
  }
  const { code, message, hint } = error;
  const options = { ...(hint !== undefined && { hint }), cause: error };
  return new NetbootError(code, `${href}: ${message}`, options);
}

/** Returns true if a copy that did not come from a cache may be better. */
function isWorthReloading(error: unknown): boolean {
  return (
    error instanceof NetbootError &&
    (error.code === 'ERR_NETBOOT_BAD_SIGNATURE' ||
      error.code === 'ERR_NETBOOT_MALFORMED_RELEASE' ||
      error.code === 'ERR_NETBOOT_RELEASE_WENT_BACK' ||
      error.code === 'ERR_NETBOOT_RELEASE_EXPIRED')
  );
}
