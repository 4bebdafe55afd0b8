import { type TftpError } from '../../errors.js';
import { type TransferParameters } from '../../negotiation/parameters.js';
import { type Download, type DownloadConsumer } from './download.js';

/** A file that is being read as a stream. */
export interface TftpDownloadStream {
  /** The file's bytes. Cancelling it ends the transfer. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Size in bytes as the server announced it, if it did. */
  readonly sizeBytes: number | undefined;
}

/** Bytes that are held for a reader who is slower than the network. */
const BUFFER_BYTES = 256 * 1024;

/** Turns a {@link Download} into a stream; one that is not read keeps the server waiting. */
export class StreamReceiver implements DownloadConsumer {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #resolve: (opened: TftpDownloadStream) => void;
  readonly #reject: (error: TftpError) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOpen = true;
  /** The attempt that fills the stream. */
  download: Download | undefined;

  /**
   * @param resolve - called once the server has answered
   * @param reject - called when the transfer failed; what is too late for it the stream tells
   */
  constructor(resolve: (opened: TftpDownloadStream) => void, reject: (error: TftpError) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.download?.resume();
        },
        cancel: async (reason) => {
          this.#isOpen = false;
          await this.download?.abort(reason);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
    );
  }

  negotiated({ tsize }: TransferParameters): void {
    this.#resolve({ stream: this.#stream, sizeBytes: tsize });
  }

  bytes(bytes: Uint8Array): boolean {
    if (bytes.length > 0 && this.#isOpen) {
      this.#controller?.enqueue(bytes);
    }
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  completed(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#controller?.close();
    }
  }

  failed(error: TftpError): void {
    this.#reject(error);
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#controller?.error(error);
    }
  }

  closed(): void {
    this.download = undefined;
  }
}
