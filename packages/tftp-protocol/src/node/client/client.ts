import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { TFTP_PORT } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { TftpError } from '../../errors.js';
import { Attempts } from './attempts.js';
import {
  type TftpClientOptions,
  type TftpGetOptions,
  type TftpPutOptions,
  type TftpSummary,
} from './client-options.js';
import { parseTransferOptions } from './client-requests.js';
import { Download, type DownloadConsumer } from './download.js';
import { OutgoingContent } from './outgoing-content.js';
import { StreamReceiver, type TftpDownloadStream } from './stream-receiver.js';
import { Upload } from './upload.js';

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;

/** Reads and writes files on one TFTP server. */
export class TftpClient implements AsyncDisposable {
  readonly #options: TftpClientOptions;
  readonly #attempts = new Attempts();

  /** @throws RangeError when a number among the options is out of its range */
  constructor(options: TftpClientOptions) {
    parseTransferOptions(options);
    this.#options = options;
  }

  /**
   * Reads a file into memory.
   *
   * @throws TftpError by its `code`: `ERR_TFTP_REMOTE` with the server's `wireCode`,
   * `ERR_TFTP_TIMEOUT`, `ERR_TFTP_ABORTED`, `ERR_TFTP_NEGOTIATION`, `ERR_TFTP_PROTOCOL`
   * @throws Error of Node (`ENOTFOUND`, `EAI_AGAIN`) when the host's name has no address
   */
  async get(filename: string, options: TftpGetOptions = {}): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    await new Promise<void>((resolve, reject) => {
      const consumer: DownloadConsumer = {
        negotiated: () => undefined,
        bytes: (bytes) => {
          pieces.push(bytes);
          return true;
        },
        completed: () => {
          resolve();
        },
        failed: reject,
        closed: () => undefined,
      };
      const limited = { maxBytes: DEFAULT_MAX_BYTES, ...options };
      this.#download(filename, limited, consumer, () => undefined).catch(reject);
    });
    return concatenated(pieces);
  }

  /**
   * Reads a file as a stream. Resolves once the server has answered, so a missing file is an error
   * here and not of the stream. A reader that is slow makes the server wait.
   *
   * @throws TftpError as {@link get}
   */
  async getStream(filename: string, options: TftpGetOptions = {}): Promise<TftpDownloadStream> {
    return new Promise((resolve, reject) => {
      const receiver = new StreamReceiver(resolve, reject);
      this.#download(filename, options, receiver, (download) => {
        receiver.download = download;
      }).catch(reject);
    });
  }

  /**
   * Writes a file.
   *
   * @throws TftpError as {@link get}
   */
  async put(
    filename: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options: TftpPutOptions = {},
  ): Promise<TftpSummary> {
    const config = parseTransferOptions(this.#options, options);
    const server = await this.#server();
    let upload: Upload | undefined;
    const sending = new OutgoingContent(content, options.sizeBytes, config, {
      ready: () => {
        upload?.resume();
      },
      failed: (error) => {
        void upload?.abort(error);
      },
    });
    try {
      return await new Promise((resolve, reject) => {
        void this.#attempts.make({
          retryWithoutOptions: config.retryWithoutOptions,
          signal: options.signal,
          create: (withOptions, report) => {
            const terms = {
              filename,
              server,
              localAddress: this.#options.localAddress,
              config,
              withOptions,
              source: sending.source,
              onProgress: options.onProgress,
            };
            upload = new Upload(terms, { completed: resolve, ...report });
            return upload;
          },
          failed: reject,
        });
      });
    } catch (error) {
      await sending.cancel(error);
      throw error;
    }
  }

  /** Ends every transfer that is under way. */
  async close(): Promise<void> {
    await this.#attempts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #download(
    filename: string,
    options: TftpGetOptions,
    consumer: DownloadConsumer,
    created: (download: Download) => void,
  ): Promise<void> {
    const config = parseTransferOptions(this.#options, options);
    const server = await this.#server();
    await this.#attempts.make({
      retryWithoutOptions: config.retryWithoutOptions,
      signal: options.signal,
      create: (withOptions, report) => {
        const terms = {
          filename,
          server,
          localAddress: this.#options.localAddress,
          config,
          withOptions,
          maxBytes: options.maxBytes ?? Infinity,
          onProgress: options.onProgress,
        };
        const download = new Download(terms, {
          negotiated: (parameters) => {
            consumer.negotiated(parameters);
          },
          bytes: (bytes) => consumer.bytes(bytes),
          completed: (summary) => {
            consumer.completed(summary);
          },
          ...report,
        });
        created(download);
        return download;
      },
      failed: (error) => {
        consumer.failed(error, undefined);
      },
    });
  }

  async #server(): Promise<TftpEndpointAddress> {
    const { host, port = TFTP_PORT, localAddress } = this.#options;
    const ownFamily = localAddress === undefined ? 0 : isIP(localAddress);
    const found = await lookup(host, { family: this.#options.family ?? ownFamily });
    if (localAddress !== undefined && found.family !== ownFamily) {
      const message = `cannot send from ${localAddress} to ${found.address}`;
      throw new TftpError(message, { code: 'ERR_TFTP_ABORTED' });
    }
    return { address: found.address, port, family: found.family === 6 ? 'IPv6' : 'IPv4' };
  }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
