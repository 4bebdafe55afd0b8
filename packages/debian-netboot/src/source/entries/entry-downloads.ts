import { type Delivery } from '../image-source.js';
import { GuardedConnections } from '../mirror/guarded-connections.js';
import { HttpClient } from '../mirror/http-client.js';
import { download } from '../mirror/resumable-download.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Policy for extra entries, stricter than that for images, because images wait for them: a server that hardly
 * responds is soon abandoned, and the next sync resumes the download.
 */
const POLICY = {
  retries: 2,
  retryDelayMs: 500,
  answerTimeoutMs: 10_000,
  minBytesPerSecond: 16 * 1024,
  speedWindowMs: 15_000,
  maxRedirects: 5,
} as const;

/** Downloads of extra entries during one sync, with the same rules for redirects as mirrors. */
export class EntryDownloads implements AsyncDisposable {
  readonly #connections: GuardedConnections;
  readonly #client: HttpClient;

  /**
   * @param ca - PEM certificates to trust in addition to those that Node.js trusts
   * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_PROXY` or `ERR_NETBOOT_INVALID_CA`
   */
  constructor(ca: string | undefined, signal: AbortSignal) {
    this.#connections = new GuardedConnections({ connectTimeoutMs: CONNECT_TIMEOUT_MS, ca });
    this.#client = new HttpClient(this.#connections, POLICY, signal);
  }

  /**
   * Requests a file.
   *
   * @param received - number of bytes that an earlier sync received
   */
  get(url: string, received: number, signal: AbortSignal): Promise<Delivery> {
    return download(this.#client, new URL(url), {}, received, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections[Symbol.asyncDispose]();
  }
}
