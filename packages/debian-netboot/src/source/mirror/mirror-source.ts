import { join } from 'node:path';

import pLimit from 'p-limit';
import { type Dispatcher } from 'undici';

import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import {
  type ImageSource,
  type RequestedSuite,
  type SourceRequest,
  type SourceSession,
} from '../image-source.js';
import { ConnectedHosts } from './connected-hosts.js';
import { openConnections, parseCertificates } from './connections.js';
import { EarlyIndexes } from './early-indexes.js';
import { HttpClient, type HttpPolicy } from './http-client.js';
import { InReleaseCache } from './in-release-cache.js';
import { type Mirror, parseMirror, suiteDirectories } from './mirror-urls.js';
import { type MirrorTools, MirrorView } from './mirror-view.js';
import { publicOnlyLookup } from './redirect-policy.js';

/** Which mirrors to ask, and how. */
export interface MirrorSourceOptions {
  /**
   * Mirrors of Debian, the preferred one first: the URLs of the directories with `dists` and `pool`
   * in them. Where one has not what is needed, the next is asked.
   *
   * @default ['http://ftp.debian.org/debian'], and ['http://archive.debian.org/debian'] for archived
   *   suites
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
  /**
   * Certificates in PEM of the CAs of private mirrors, and of proxies that look into TLS. They are
   * trusted besides those that Node.js trusts. A given dispatcher has its own.
   *
   * @default none
   */
  readonly ca?: string;
}

/** Debian's own, by the name that it has had for decades. */
const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/** The only place of suites that have left the mirrors. */
const DEFAULT_ARCHIVE = 'http://archive.debian.org/debian';

/**
 * Gets installer images from mirrors of Debian: only the files that are needed, several at a time,
 * and from where a broken-off download has got to.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_MIRROR` or `ERR_NETBOOT_INVALID_CA`
 */
export function mirrorSource(options: MirrorSourceOptions = {}): ImageSource {
  const mirrors = (options.mirrors ?? [DEFAULT_MIRROR]).map(parseMirror);
  const archives = options.mirrors === undefined ? [parseMirror(DEFAULT_ARCHIVE)] : mirrors;
  if (options.ca !== undefined) {
    parseCertificates(options.ca);
  }
  if (mirrors.length === 0) {
    throw new RangeError('mirrors must name at least one mirror');
  }
  return {
    name: `mirror ${mirrors.map(({ root }) => root.href.replace(/\/$/, '')).join(', ')}`,
    kind: 'mirror',
    open: (request) => MirrorSession.open({ mirrors, archives }, options, request),
  };
}

/** Where suites are looked for. */
interface Mirrors {
  readonly mirrors: readonly Mirror[];
  /** For archived suites. */
  readonly archives: readonly Mirror[];
}

/** One sync's use of mirrors. */
class MirrorSession implements SourceSession {
  readonly #mirrors: Mirrors;
  readonly #tools: MirrorTools;
  /** The connections that end with the session; those that were given are their owner's. */
  readonly #ownConnections: readonly Dispatcher[];
  readonly #views = new Map<Suite, readonly MirrorView[]>();
  /** Is aborted when nobody waits for anything any more. */
  readonly #closed = new AbortController();

  private constructor(mirrors: Mirrors, options: MirrorSourceOptions, request: SourceRequest) {
    const { dispatcher, connectTimeoutMs = 5000 } = options;
    this.#mirrors = mirrors;
    const ca = options.ca === undefined ? [] : parseCertificates(options.ca);
    const hosts = new ConnectedHosts();
    const connections =
      dispatcher ?? openConnections({ connectTimeoutMs, ca, lookup: hosts.lookup });
    const publicOnly =
      dispatcher ?? openConnections({ connectTimeoutMs, ca, lookup: publicOnlyLookup });
    this.#ownConnections = dispatcher === undefined ? [connections, publicOnly] : [];
    const policy = httpPolicy(options);
    const open = {
      direct: connections,
      publicOnly,
      isInternalName: (hostname: string) => hosts.isInternal(hostname),
    };
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    this.#tools = {
      client: new HttpClient(open, policy, request.signal),
      hashClient: new HttpClient(open, { ...policy, retriesServerErrors: false }, request.signal),
      signal: request.signal,
      cache: new InReleaseCache(join(request.workDirectory, 'releases')),
      limit: pLimit(Math.max(1, options.concurrency ?? 4)),
      earlyIndexes: new EarlyIndexes(new HttpClient(open, { ...policy, retries: 0 }, signal)),
    };
  }

  /**
   * Begins a session by asking for the first InRelease: whoever has another source then knows at
   * once whether there is a mirror to talk to. What a new store needs next is asked for alongside it.
   */
  static async open(
    mirrors: Mirrors,
    options: MirrorSourceOptions,
    request: SourceRequest,
  ): Promise<MirrorSession> {
    const session = new MirrorSession(mirrors, options, request);
    const [first] = request.suites;
    try {
      if (first !== undefined) {
        await session.#fetchEarly(first);
      }
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  views(suite: Suite): readonly MirrorView[] {
    let views = this.#views.get(suite);
    if (views === undefined) {
      const mirrors = this.#mirrorsOf(suite);
      views = suiteDirectories(suite).flatMap((directory) =>
        mirrors.map((mirror) => {
          const others = mirrors.filter((other) => other !== mirror);
          return new MirrorView([mirror, ...others], directory, directory !== suite, this.#tools);
        }),
      );
      this.#views.set(suite, views);
    }
    return views;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#ownConnections.map((connections) => connections.destroy()));
  }

  #mirrorsOf(suite: Suite): readonly Mirror[] {
    const { mirrors, archives } = this.#mirrors;
    return suiteFacts(suite).kind === 'archived' ? archives : mirrors;
  }

  async #fetchEarly({ suite, firstIndexes }: RequestedSuite): Promise<void> {
    const { earlyIndexes, limit, signal } = this.#tools;
    const [preferred] = this.#mirrorsOf(suite);
    // The InRelease itself is one of those that are fetched at a time.
    for (const path of firstIndexes.slice(0, limit.concurrency - 1)) {
      if (preferred !== undefined) {
        earlyIndexes.ask(preferred, suite, path);
      }
    }
    const failures: unknown[] = [];
    for (const view of this.views(suite).filter(({ isAlias }) => !isAlias)) {
      try {
        await view.fetchEarly();
        return;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
    // Every other failure belongs to the suite that it is about, and is reported there.
    if (failures.every(isUnreachable)) {
      throw failures[0];
    }
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
