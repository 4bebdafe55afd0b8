import pLimit, { type LimitFunction } from 'p-limit';

import { type Arch } from '../../catalog/arch.js';
import { NetbootError } from '../../errors.js';
import {
  type InstallerBuild,
  type InstallerFile,
  type InstallerFileReceiver,
} from '../image-source.js';
import { GuardedConnections } from '../mirror/guarded-connections.js';
import { HttpClient } from '../mirror/http-client.js';
import { download } from '../mirror/resumable-download.js';
import { readWhole } from '../mirror/steady-body.js';
import { type DailyBuildOptions } from './daily-options.js';

/** URL of Debian's own daily builds, which are made from unstable's installer modules. */
const DEFAULT_URL = 'https://d-i.debian.org/daily-images';

/** Maximum size of a list in bytes; Debian's are below 250 kB. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

const CONNECT_TIMEOUT_MS = 5000;

const POLICY = {
  retries: 4,
  retryDelayMs: 500,
  answerTimeoutMs: 30_000,
  minBytesPerSecond: 1024,
  speedWindowMs: 30_000,
  maxRedirects: 5,
} as const;

/** Maximum number of concurrent downloads. */
const CONCURRENCY = 4;

/** SHA256SUMS file of a daily build. */
export interface DailyList {
  readonly url: string;
  readonly content: Uint8Array;
  /**
   * Time when the list was created, according to the server; `undefined` if the server does not report it.
   */
  readonly madeAt: Date | undefined;
}

/**
 * Access to Debian's daily installer builds during one sync. The builds are unsigned, and trusted only
 * because of the server's certificate, which is checked regardless of environment variables.
 */
export class DailyBuilds implements AsyncDisposable {
  /** Maximum number of retries: per request, and per build if it is replaced while it is being fetched. */
  readonly retries: number = POLICY.retries;
  readonly #root: URL;
  readonly #signal: AbortSignal;
  readonly #connections: GuardedConnections;
  readonly #client: HttpClient;
  readonly #limit: LimitFunction = pLimit(CONCURRENCY);

  /** @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR` or `ERR_NETBOOT_INVALID_CA` */
  constructor({ url = DEFAULT_URL, ca }: DailyBuildOptions, signal: AbortSignal) {
    this.#root = parseDailyUrl(url);
    this.#signal = signal;
    const connection = {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ca,
      checksCertificates: true,
    };
    this.#connections = new GuardedConnections(connection);
    this.#client = new HttpClient(this.#connections, POLICY, signal);
  }

  /** Gets the list of an architecture's newest build. */
  async list(arch: Arch): Promise<DailyList> {
    const url = this.#url(arch, 'SHA256SUMS');
    const answer = await this.#client.get(url, REVALIDATE);
    const content = await readWhole(this.#client, answer, MAX_LIST_BYTES);
    const madeAt = Date.parse(String(answer.headers['last-modified']));
    return {
      url: url.href,
      content,
      madeAt: Number.isNaN(madeAt) ? undefined : new Date(madeAt),
    };
  }

  /** Delivers files of the newest build, several concurrently. */
  async installerFiles(
    { arch }: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void> {
    // The first failure aborts all other downloads and is the one reported.
    const failure = new AbortController();
    const signal = AbortSignal.any([this.#signal, failure.signal]);
    const downloads = files.map((file) =>
      this.#limit(async () => {
        if (signal.aborted) {
          return;
        }
        const url = this.#url(arch, file.path);
        await receive(file, await download(this.#client, url, REVALIDATE, file.received, signal));
      }).catch((error: unknown) => {
        failure.abort(error);
      }),
    );
    await Promise.all(downloads);
    signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections[Symbol.asyncDispose]();
  }

  #url(arch: Arch, path: string): URL {
    return new URL(
      `${arch}/daily/${path.split('/').map(encodeURIComponent).join('/')}`,
      this.#root,
    );
  }
}

/** Request headers that make caches revalidate: each name has new content every day. */
const REVALIDATE = { 'cache-control': 'max-age=0' };

/**
 * Parses the URL of daily builds.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR` unless it is an https URL without credentials,
 *   query or fragment
 */
export function parseDailyUrl(text: string): URL {
  const url = text.endsWith('/') ? text : `${text}/`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain =
    parsed?.search === '' && parsed.hash === '' && parsed.username === '' && parsed.password === '';
  if (parsed?.protocol === 'https:' && isPlain) {
    return parsed;
  }
  throw new NetbootError(
    'ERR_NETBOOT_INVALID_MIRROR',
    'invalid URL of daily builds: expected https without credentials',
    {
      hint: `write it like ${DEFAULT_URL}; daily builds are not signed, so only the server's certificate protects them`,
    },
  );
}
