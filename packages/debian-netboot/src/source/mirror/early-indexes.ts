import { type ListedFile } from '../../archive/release-file.js';
import { type Suite } from '../../catalog/suite.js';
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

  /** @param client one that does not try again: whoever needs the index does that */
  constructor(client: HttpClient) {
    this.#client = client;
  }

  /** @param path below the suite's directory */
  ask(mirror: Mirror, suite: Suite, path: string): void {
    const url = indexUrl(mirror, suite, { path });
    this.#answers.set(key(suite, path), this.#ask(url, mirror.headers));
  }

  /**
   * The index's content, once, if it was asked for.
   *
   * @returns of what was asked for, `undefined` if it cannot be what is listed
   */
  take(suite: Suite, file: ListedFile): Promise<AsyncIterable<Uint8Array> | undefined> | undefined {
    const answer = this.#answers.get(key(suite, file.path));
    this.#answers.delete(key(suite, file.path));
    return answer?.then((arrived) => arrived && this.#contentOf(arrived, file));
  }

  #contentOf(answer: HttpAnswer, { size }: ListedFile): AsyncIterable<Uint8Array> | undefined {
    const { 'content-length': length } = answer.headers;
    if (length === undefined || Number(length) === size) return steadyBody(this.#client, answer);
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

function key(suite: Suite, path: string): string {
  return `${suite} ${path}`;
}
