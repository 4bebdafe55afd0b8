import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { type Dispatcher } from 'undici';
import { type PackageFile } from '../../archive/package-index.js';
import { type ListedFile } from '../../archive/release-file.js';
import { type Suite } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { MAX_RELEASE_BYTES } from '../../trust/clear-sign-envelope.js';
import {
  type IndexReceiver,
  type ImageSource,
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
  type RequestedSuite,
  type SourceRequest,
  type SourceSession,
} from '../image-source.js';
import { openConnections } from './connections.js';
import { EarlyIndexes } from './early-indexes.js';
import {
  discardBody,
  HttpClient,
  HttpFailure,
  networkFailure,
  type HttpPolicy,
} from './http-client.js';
import {
  byHashUrl,
  indexUrl,
  installerUrl,
  parseMirror,
  poolUrl,
  releaseUrl,
  type Mirror,
} from './mirror-urls.js';
import { ReleaseCache } from './release-cache.js';
import { download } from './resumable-download.js';
import { readWhole } from './small-file.js';

/** Which mirrors to ask, and how. */
export interface MirrorSourceOptions {
  /**
   * Mirrors of Debian, the preferred one first: the URLs of the directories with `dists` and `pool`
   * in them. Where one has not what is needed, the next is asked.
   *
   * @default ['http://ftp.debian.org/debian']
   */
  readonly mirrors?: readonly string[];
  /**
   * The connections to use, for proxies or certificates of one's own.
   *
   * @default direct ones, or by the proxies in `http_proxy`, `https_proxy` and `no_proxy`; proxies
   *   open tunnels for https only
   */
  readonly dispatcher?: Dispatcher;
  /**
   * So many files are fetched at a time.
   *
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * So many times a failed request is tried again.
   *
   * @default 4
   */
  readonly retries?: number;
  /**
   * The pause before the first of these, in milliseconds; it doubles from one to the next.
   *
   * @default 500
   */
  readonly retryDelayMs?: number;
  /**
   * A connection has to be made within this time, in milliseconds.
   *
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /**
   * An answer has to begin within this time, in milliseconds.
   *
   * @default 30000
   */
  readonly answerTimeoutMs?: number;
  /**
   * While a file arrives, so many bytes a second have to come on the average of
   * {@link MirrorSourceOptions.speedWindowMs}; a slower connection is made again.
   *
   * @default 1024
   */
  readonly minBytesPerSecond?: number;
  /**
   * The time over which the speed is judged, and after which silence counts as an end, in
   * milliseconds.
   *
   * @default 30000
   */
  readonly speedWindowMs?: number;
  /**
   * So many redirects are followed; never from https to http.
   *
   * @default 5
   */
  readonly maxRedirects?: number;
}

/** Debian's own, by the name that it has had for decades. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/**
 * Gets installer images from mirrors of Debian: only the files that are needed, several at a time,
 * and from where a broken-off download has got to.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_MIRROR`
 */
export function mirrorSource(options: MirrorSourceOptions = {}): ImageSource {
  const mirrors = (options.mirrors ?? [DEFAULT_MIRROR]).map(parseMirror);
  if (mirrors.length === 0) throw new RangeError('mirrors must name at least one mirror');
  return {
    name: `mirror ${mirrors.map(({ root }) => root.href.replace(/\/$/, '')).join(', ')}`,
    kind: 'mirror',
    open: (request) => MirrorSession.open(mirrors, options, request),
  };
}

/** One sync's use of mirrors. */
class MirrorSession implements SourceSession {
  readonly #mirrors: readonly Mirror[];
  readonly #client: HttpClient;
  /** The connections that end with the session; those that were given are their owner's. */
  readonly #ownConnections: Dispatcher | undefined;
  readonly #signal: AbortSignal;
  readonly #cache: ReleaseCache;
  /** So many downloads at a time, whatever they are for. */
  readonly #limit: LimitFunction;
  /** By suite, the mirrors in the order in which to ask them. */
  readonly #orders = new Map<Suite, readonly Mirror[]>();
  /** InRelease files by URL that were fetched before they were asked for. */
  readonly #earlyReleases = new Map<string, Uint8Array>();
  readonly #earlyIndexes: EarlyIndexes;
  /** Is aborted when nobody waits for anything any more. */
  readonly #closed = new AbortController();

  private constructor(
    mirrors: readonly Mirror[],
    options: MirrorSourceOptions,
    request: SourceRequest,
  ) {
    const { dispatcher, connectTimeoutMs = 5000 } = options;
    this.#mirrors = mirrors;
    this.#signal = request.signal;
    const connections = dispatcher ?? openConnections(connectTimeoutMs);
    this.#ownConnections = dispatcher === undefined ? connections : undefined;
    const policy = httpPolicy(options);
    this.#client = new HttpClient(connections, policy, request.signal);
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    this.#earlyIndexes = new EarlyIndexes(
      new HttpClient(connections, { ...policy, retries: 0 }, signal),
    );
    this.#cache = new ReleaseCache(join(request.workDirectory, 'releases'));
    this.#limit = pLimit(Math.max(1, options.concurrency ?? 4));
  }

  /**
   * Begins a session by asking for the first InRelease: whoever has another source then knows at
   * once whether there is a mirror to talk to. What a new store needs next is asked for beside it.
   */
  static async open(
    mirrors: readonly Mirror[],
    options: MirrorSourceOptions,
    request: SourceRequest,
  ): Promise<MirrorSession> {
    const session = new MirrorSession(mirrors, options, request);
    const [first] = request.suites;
    try {
      if (first !== undefined) await session.#fetchEarly(first);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async release<T>(suite: Suite, accept: (content: Uint8Array) => Promise<T>): Promise<T> {
    return this.#firstOf(this.#mirrors, async (mirror) => {
      const url = releaseUrl(mirror, suite);
      const content = this.#earlyReleases.get(url.href) ?? (await this.#fetchRelease(mirror, url));
      try {
        const accepted = await accept(content);
        // What belongs to this InRelease is most likely complete where it came from.
        const others = this.#mirrors.filter((other) => other !== mirror);
        this.#orders.set(suite, [mirror, ...others]);
        return accepted;
      } catch (error) {
        await this.#cache.forget(url);
        throw error;
      }
    });
  }

  async index<T>(
    suite: Suite,
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined> {
    for (const file of choices) {
      const early = await this.#earlyIndex(suite, file, receive);
      if (early !== undefined) return early.value;
    }
    for (const file of choices) {
      try {
        return await this.#limit(() =>
          this.#firstOf(this.#order(suite), (mirror) => {
            const plain = indexUrl(mirror, suite, file);
            const urls = byHash ? [byHashUrl(mirror, suite, file), plain] : [plain];
            return this.#firstOf(urls, async (url) => {
              const { content } = await this.#download(mirror, url, 0, this.#signal);
              return receive(file, content);
            });
          }),
        );
      } catch (error) {
        // A mirror that is not complete may have it in another compression.
        if (!(error instanceof HttpFailure && error.isMissing)) throw error;
      }
    }
    return undefined;
  }

  async installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    // The first failure ends all the others, and is what is reported.
    const failure = new AbortController();
    const signal = AbortSignal.any([this.#signal, failure.signal]);
    const downloads = files.map((file) =>
      this.#limit(async () => {
        if (!signal.aborted) await this.#installerFile(build, file, receive, signal);
      }).catch((error: unknown) => {
        failure.abort(error);
      }),
    );
    await Promise.all(downloads);
    signal.throwIfAborted();
  }

  package<T>(
    suite: Suite,
    file: PackageFile,
    receive: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    return this.#limit(() =>
      this.#firstOf(this.#order(suite), async (mirror) => {
        const url = poolUrl(mirror, file.filename);
        const { content } = await this.#download(mirror, url, 0, this.#signal);
        return receive(content);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ownConnections?.destroy();
  }

  async #installerFile(
    build: InstallerBuild,
    file: InstallerFile,
    receive: InstallerFileReceiver,
    signal: AbortSignal,
  ): Promise<void> {
    let { received } = file;
    await this.#firstOf(this.#order(build.suite), async (mirror) => {
      const url = installerUrl(mirror, build, file.path);
      const { content, offset } = await this.#download(mirror, url, received, signal);
      // Whatever comes of it, what was there before is used up.
      received = 0;
      try {
        await receive(file, content, offset);
      } catch (error) {
        if (offset === 0 || !isMismatch(error)) throw error;
        // Perhaps only what an earlier sync has left was wrong.
        const again = await this.#download(mirror, url, 0, signal);
        await receive(file, again.content, 0);
      }
    });
  }

  /** What came of an index that was asked for early; `undefined` if it has to be asked for. */
  async #earlyIndex<T>(
    suite: Suite,
    file: ListedFile,
    receive: IndexReceiver<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const early = this.#earlyIndexes.take(suite, file);
    if (early === undefined) return undefined;
    return this.#limit(async () => {
      const content = await early;
      if (content === undefined) return undefined;
      try {
        return { value: await receive(file, content) };
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof NetbootError && !isMirrorFailure(error)) throw error;
        return undefined;
      }
    });
  }

  async #fetchEarly({ suite, firstIndexes }: RequestedSuite): Promise<void> {
    const [preferred] = this.#mirrors;
    // The InRelease itself is one of those that are fetched at a time.
    for (const path of firstIndexes.slice(0, this.#limit.concurrency - 1)) {
      if (preferred !== undefined) this.#earlyIndexes.ask(preferred, suite, path);
    }
    try {
      await this.#firstOf(this.#mirrors, async (mirror) => {
        const url = releaseUrl(mirror, suite);
        this.#earlyReleases.set(url.href, await this.#fetchRelease(mirror, url));
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      // Every other failure belongs to the suite that it is about, and is reported there.
      if (isUnreachable(error)) throw error;
    }
  }

  async #fetchRelease(mirror: Mirror, url: URL): Promise<Uint8Array> {
    const cached = await this.#cache.find(url);
    const headers = { ...mirror.headers, ...cached?.conditions };
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#client.get(url, headers);
      if (answer.status === 304 && cached !== undefined) {
        await discardBody(answer);
        return cached.content;
      }
      try {
        const content = await readWhole(this.#client, answer, MAX_RELEASE_BYTES);
        await this.#cache.keep(url, answer, content);
        return content;
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof NetbootError) throw error;
        if (attempt >= this.#client.policy.retries) {
          const why = error instanceof Error ? error.message : String(error);
          throw networkFailure(url, `broke off: ${why}`, error);
        }
        await this.#client.pause(attempt, this.#signal);
      }
    }
  }

  #download(
    mirror: Mirror,
    url: URL,
    received: number,
    signal: AbortSignal,
  ): ReturnType<typeof download> {
    return download(this.#client, url, mirror.headers, received, signal);
  }

  #order(suite: Suite): readonly Mirror[] {
    return this.#orders.get(suite) ?? this.#mirrors;
  }

  /** Tries one after the other; the first failure is reported if all fail. */
  async #firstOf<C, T>(
    candidates: readonly C[],
    attempt: (candidate: C) => Promise<T>,
  ): Promise<T> {
    const failures: unknown[] = [];
    for (const candidate of candidates) {
      try {
        return await attempt(candidate);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!isMirrorFailure(error)) throw error;
        failures.push(error);
      }
    }
    // A file that one mirror has not, and another could not be asked for, may still be there.
    throw (
      failures.find((error) => !(error instanceof HttpFailure && error.isMissing)) ?? failures[0]
    );
  }
}

function httpPolicy(options: MirrorSourceOptions): HttpPolicy {
  return {
    retries: options.retries ?? 4,
    retryDelayMs: options.retryDelayMs ?? 500,
    answerTimeoutMs: options.answerTimeoutMs ?? 30_000,
    minBytesPerSecond: options.minBytesPerSecond ?? 1024,
    speedWindowMs: options.speedWindowMs ?? 30_000,
    maxRedirects: options.maxRedirects ?? 5,
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof NetbootError && error.code === 'ERR_NETBOOT_UNREACHABLE';
}

function isMismatch(error: unknown): boolean {
  return (
    error instanceof NetbootError &&
    (error.code === 'ERR_NETBOOT_HASH_MISMATCH' || error.code === 'ERR_NETBOOT_SIZE_MISMATCH')
  );
}

/** Failures that another mirror may not have. */
function isMirrorFailure(error: unknown): boolean {
  return (
    error instanceof NetbootError &&
    !['NO_SPACE', 'NO_PERMISSION', 'IO'].includes(error.code.replace('ERR_NETBOOT_', ''))
  );
}
