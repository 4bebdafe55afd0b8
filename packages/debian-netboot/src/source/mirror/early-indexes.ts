import { type ListedFile } from '../../archive/release-file.js';
import { type HttpAnswer, type HttpClient } from './http-client.js';
import { indexUrl, type Mirror } from './mirror-urls.js';
import { steadyBody } from './steady-body.js';

/**
 * Indexes that are requested together with the InRelease that lists them: a new store needs both before it
 * can do anything. The responses stay in their connections until they are needed. An index that fails, or is
 * not the listed one because the mirror is being updated, is requested again later.
 */
export class EarlyIndexes {
  readonly #client: HttpClient;
  readonly #answers = new Map<string, Promise<HttpAnswer | undefined>>();

  /** @param client - client without retries; the caller retries */
  constructor(client: HttpClient) {
    this.#client = client;
  }

  /**
   * Requests an index without waiting for the response.
   *
   * @param directory - the suite's directory below `dists`
   * @param path - path of the index below that directory
   */
  ask(mirror: Mirror, directory: string, path: string): void {
    const url = indexUrl(mirror, directory, { path });
    const headers = { ...mirror.headers, 'cache-control': 'max-age=0' };
    this.#answers.set(url.href, this.#ask(url, headers));
  }

  /**
   * Returns an index that was requested early. A second call for the same index returns `undefined`.
   *
   * @returns `undefined` if the index was not requested; otherwise a promise of its unverified content, or of
   *   `undefined` if the request failed or the size is not the listed one
   */
  take(
    mirror: Mirror,
    directory: string,
    file: ListedFile,
  ): Promise<AsyncIterable<Uint8Array> | undefined> | undefined {
    const { href } = indexUrl(mirror, directory, file);
    const answer = this.#answers.get(href);
    this.#answers.delete(href);
    return answer?.then((arrived) => arrived && this.#contentOf(arrived, file));
  }

  #contentOf(answer: HttpAnswer, { size }: ListedFile): AsyncIterable<Uint8Array> | undefined {
    const { 'content-length': length } = answer.headers;
    if (length === undefined || Number(length) === size) {
      return steadyBody(this.#client, answer);
    }
    answer.body.destroy();
    return undefined;
  }

  async #ask(url: URL, headers: Readonly<Record<string, string>>): Promise<HttpAnswer | undefined> {
    try {
      return await this.#client.get(url, headers);
    } catch {
      // The error will occur again when the index is requested the regular way.
      return undefined;
    }
  }
}
