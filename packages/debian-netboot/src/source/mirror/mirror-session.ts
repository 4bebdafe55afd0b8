import { join } from 'node:path';

import pLimit from 'p-limit';

import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';
import { type RequestedSuite, type SourceRequest, type SourceSession } from '../image-source.js';
import { EarlyIndexes } from './early-indexes.js';
import { chooseConnections, type GuardedConnections } from './guarded-connections.js';
import { HttpClient, type HttpPolicy } from './http-client.js';
import { InReleaseCache } from './in-release-cache.js';
import { type MirrorSourceOptions } from './mirror-options.js';
import { type Mirror, suiteDirectories } from './mirror-urls.js';
import { type MirrorTools, MirrorView } from './mirror-view.js';

/** Mirrors to use. */
export interface Mirrors {
  readonly mirrors: readonly Mirror[];
  /** Mirrors for archived suites. */
  readonly archives: readonly Mirror[];
}

/** Session that fetches from mirrors. */
export class MirrorSession implements SourceSession {
  readonly #mirrors: Mirrors;
  readonly #tools: MirrorTools;
  /**
   * Connections that are closed with the session; a dispatcher that was passed in belongs to the caller.
   */
  readonly #ownConnections: GuardedConnections | undefined;
  readonly #views = new Map<Suite, readonly MirrorView[]>();
  /** Aborted when the session is closed, to cancel early requests. */
  readonly #closed = new AbortController();

  private constructor(mirrors: Mirrors, options: MirrorSourceOptions, request: SourceRequest) {
    this.#mirrors = mirrors;
    const { connections, own } = chooseConnections(options);
    this.#ownConnections = own;
    const policy = httpPolicy(options);
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    const onWaiting = ({ host }: URL, attempt: number): void => {
      const again = attempt === 1 ? '' : `, attempt ${attempt} of ${policy.retries + 1}`;
      const activity = `mirror: waiting for ${host}${again}`;
      request.onEvent({ type: 'sourceProgressed', activity, fraction: undefined, size: undefined });
    };
    this.#tools = {
      client: new HttpClient(connections, policy, request.signal, onWaiting),
      hashClient: new HttpClient(
        connections,
        { ...policy, retriesServerErrors: false },
        request.signal,
        onWaiting,
      ),
      signal: request.signal,
      cache: new InReleaseCache(join(request.workDirectory, 'releases')),
      limit: pLimit(Math.max(1, options.concurrency ?? 4)),
      earlyIndexes: new EarlyIndexes(
        new HttpClient(connections, { ...policy, retries: 0 }, signal),
      ),
    };
  }

  /**
   * Opens a session by requesting the first InRelease, so that a caller with a second source learns early
   * whether a mirror is reachable. Also requests the indexes that a new store needs next.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_UNREACHABLE` if no mirror is reachable
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
    await this.#ownConnections?.[Symbol.asyncDispose]();
  }

  #mirrorsOf(suite: Suite): readonly Mirror[] {
    const { mirrors, archives } = this.#mirrors;
    return suiteFacts(suite).kind === 'archived' ? archives : mirrors;
  }

  async #fetchEarly({ suite, firstIndexes }: RequestedSuite): Promise<void> {
    const { earlyIndexes, limit, signal } = this.#tools;
    const [preferred] = this.#mirrorsOf(suite);
    // The InRelease also counts as a concurrent download.
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
    // Any other failure belongs to its suite and is reported there.
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
