import { type BlockSource } from '../../transfer/block-source.js';
import { StreamSource, type StreamSourceHandler } from '../content/stream-source.js';
import { type ClientTransferConfig } from './client-requests.js';

/** The bytes of a file that a client writes: in memory, or as they come out of a stream. */
export class OutgoingContent {
  /** The bytes, not yet turned into netascii. */
  readonly source: BlockSource;
  readonly #stream: StreamSource | undefined;

  /** @param sizeBytes - size of a stream, if it is known */
  constructor(
    content: Uint8Array | ReadableStream<Uint8Array>,
    sizeBytes: number | undefined,
    { windowsize, blksize }: ClientTransferConfig,
    handler: StreamSourceHandler,
  ) {
    if (content instanceof Uint8Array) {
      this.source = {
        size: content.length,
        read: (offset, length) => content.subarray(offset, offset + length),
      };
    } else {
      this.#stream = new StreamSource(content, sizeBytes, windowsize * blksize, handler);
      this.source = this.#stream;
    }
  }

  /** The transfer failed: ends the stream. */
  async cancel(reason: unknown): Promise<void> {
    await this.#stream?.cancel(reason);
  }
}
