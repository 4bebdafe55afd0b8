import { NetbootError } from '../../errors.js';
import { chooseConnections, type GuardedConnections } from './guarded-connections.js';
import { type HttpAnswer, HttpClient } from './http-client.js';
import {
  type MirrorFile,
  type MirrorFileRequest,
  type MirrorFiles,
  type MirrorFilesOptions,
} from './mirror-file.js';
import { DEFAULT_MIRROR } from './mirror-source.js';
import { fileUrl, type Mirror, parseMirror } from './mirror-urls.js';
import { steadyBody } from './steady-body.js';

/** Reads files from mirrors, each with a separate request. */
export class MirrorReader implements MirrorFiles {
  readonly #mirrors: readonly Mirror[];
  readonly #client: HttpClient;
  /**
   * Connections that are closed with the reader; a dispatcher that was passed in belongs to the caller.
   */
  readonly #ownConnections: GuardedConnections | undefined;
  /**
   * Requests in progress. Not `AbortSignal.any()` with a signal of the reader, which in Node 20 would remember each
   * request for as long as it lives.
   */
  readonly #requests = new Set<AbortController>();
  /** Aborted when the reader is closed. */
  readonly #closed = new AbortController();

  constructor(options: MirrorFilesOptions) {
    const { mirrors = [DEFAULT_MIRROR] } = options;
    this.#mirrors = mirrors.map(parseMirror);
    const { connections, own } = chooseConnections(options);
    this.#ownConnections = own;
    this.#client = new HttpClient(
      connections,
      {
        // No retries here: the client that requested the file retries, or the installer does.
        retries: 0,
        retryDelayMs: 0,
        answerTimeoutMs: options.answerTimeoutMs ?? 30_000,
        minBytesPerSecond: options.minBytesPerSecond ?? 1024,
        speedWindowMs: options.speedWindowMs ?? 30_000,
        maxRedirects: options.maxRedirects ?? 5,
      },
      this.#closed.signal,
    );
  }

  async open(path: string, request: MirrorFileRequest): Promise<MirrorFile> {
    const own = new AbortController();
    const abort = (): void => {
      own.abort(request.signal.reason);
    };
    const end = (): void => {
      this.#requests.delete(own);
      request.signal.removeEventListener('abort', abort);
    };
    this.#closed.signal.throwIfAborted();
    request.signal.throwIfAborted();
    request.signal.addEventListener('abort', abort);
    this.#requests.add(own);
    try {
      return fileOf(this.#client, request, await this.#get(path, request, own.signal), end);
    } catch (error) {
      end();
      throw error;
    }
  }

  async #get(
    path: string,
    { ifModifiedSince, ifNoneMatch, isHead = false }: MirrorFileRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const conditions = {
      ...(ifModifiedSince !== undefined && { 'if-modified-since': ifModifiedSince }),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    };
    let failure: NetbootError | undefined;
    for (const mirror of this.#mirrors) {
      try {
        const headers = { ...mirror.headers, ...conditions };
        return await this.#client.get(fileUrl(mirror, path), headers, {
          method: isHead ? 'HEAD' : 'GET',
          signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof NetbootError)) {
          throw error;
        }
        // The response of a mirror says more than the failure to reach another one.
        failure =
          failure === undefined || failure.code === 'ERR_NETBOOT_UNREACHABLE' ? error : failure;
      }
    }
    throw failure ?? new RangeError('mirrors: expected at least one URL, got none');
  }

  async close(): Promise<void> {
    await this.#ownConnections?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    for (const request of this.#requests) {
      request.abort(this.#closed.signal.reason);
    }
    await this.#ownConnections?.[Symbol.asyncDispose]();
  }
}

function fileOf(
  client: HttpClient,
  { isHead = false }: MirrorFileRequest,
  answer: HttpAnswer,
  onEnd: () => void,
): MirrorFile {
  const { status, headers, body } = answer;
  return {
    isUnmodified: status === 304,
    size: sizeIn(headers['content-length']),
    lastModified: textIn(headers['last-modified']),
    etag: textIn(headers['etag']),
    content: isHead ? body : steadyBody(client, answer),
    [Symbol.asyncDispose]: () => {
      body.destroy();
      onEnd();
      return Promise.resolve();
    },
  };
}

function sizeIn(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Returns a header field that can be passed on; undefined if it is missing, too long, or not printable. */
function textIn(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value) ? value : undefined;
}
