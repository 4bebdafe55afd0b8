import { type ListedFile } from '../../archive/release-file.js';
import { type HttpAnswer, type HttpClient } from './http-client.js';
import { indexUrl, type Mirror } from './mirror-urls.js';
import { steadyBody } from './steady-body.js';

/**
 * Indexes that are asked for together with the InRelease that lists them: a new store can do nothing
 * before it has both. What comes waits in the connection until it is known to be wanted. One that turns
 * out not to be what the InRelease lists, as while a mirror is being updated, or that cannot be had, is
 * as if it had not been asked for.
 */
export class EarlyIndexes {
  readonly #client: HttpClient;
  readonly #answers = new Map<string, Promise<HttpAnswer | undefined>>();

  /** @param client - one that does not try again: whoever needs the index does that */
  constructor(client: HttpClient) {
    this.#client = client;
  }

  /**
   * @param directory - the suite's directory below `dists`
   * @param path - below that
   */
  ask(mirror: Mirror, directory: string, path: string): void {
    const url = indexUrl(mirror, directory, { path });
    const headers = { ...mirror.headers, 'cache-control': 'max-age=0' };
    this.#answers.set(url.href, this.#ask(url, headers));
  }

  /**
   * The index's content, once, if it was asked for.
   *
   * @returns of what was asked for, `undefined` if it cannot be what is listed
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
      // Whatever it was, it shows again when the index is asked for in its turn.
      return undefined;
    }
  }
}
