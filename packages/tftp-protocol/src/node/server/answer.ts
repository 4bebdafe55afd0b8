import { WireErrorCode } from '../../codec/constants.js';
import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { TftpError, wireMessage } from '../../errors.js';
import { NetasciiDecoder } from '../../netascii/netascii.js';
import { type HeldBytes } from '../content/held-bytes.js';
import { type TftpSink } from '../content/sink.js';
import { SourceReader } from '../content/source-reader.js';
import { type TftpSource } from '../content/source.js';
import { type DatagramTransport } from '../udp/datagram-transport.js';
import { type EndpointDriver } from './endpoint-driver.js';

/** Content of an accepted transfer: its source or sink. */
export interface Answer {
  /** Size of the file in bytes, if known. */
  readonly size: number | undefined;
  /** Error thrown by the source or sink; undefined if there was none. */
  readonly error: unknown;
  /** Releases the source or sink at the end of the transfer. */
  end(): Promise<void>;
}

/** Answers a read request from a source. */
export class SourceAnswer implements Answer {
  readonly reader: SourceReader;
  readonly #source: TftpSource;
  #error: unknown;

  constructor(
    transfer: ServerTransfer<DatagramTransport>,
    source: TftpSource,
    held: HeldBytes,
    driver: EndpointDriver,
  ) {
    this.#source = source;
    this.reader = new SourceReader(source, held, {
      ready: () => {
        driver.run((endpoint, now) => {
          endpoint.resume(transfer, now);
        });
      },
      failed: (error) => {
        this.#error ??= error;
        driver.run((endpoint, now) => {
          const code = wireCodeOf(error);
          endpoint.abort(transfer, code, wireMessage(code), now);
        });
      },
    });
  }

  get size(): number | undefined {
    return this.reader.size;
  }

  get error(): unknown {
    return this.#error;
  }

  async end(): Promise<void> {
    this.reader.close();
    await this.#source.close?.();
  }
}

/**
 * Answers a write request with a sink, one call at a time. Data received while the sink is busy waits here;
 * it is at most one window, since the client gets no acknowledgement.
 */
export class SinkAnswer implements Answer {
  readonly size: number | undefined;
  readonly #transfer: ServerTransfer<DatagramTransport>;
  readonly #sink: TftpSink;
  readonly #driver: EndpointDriver;
  readonly #netascii: NetasciiDecoder | undefined;
  readonly #waiting: Uint8Array[] = [];
  #isBusy = false;
  #isWhole = false;
  #isClosed = false;
  /** Promise returned by the sink's `close`, while it is pending. */
  #closing: Promise<void> | undefined;
  #isOver = false;
  #error: unknown;

  constructor(
    transfer: ServerTransfer<DatagramTransport>,
    sink: TftpSink,
    announcedBytes: number | undefined,
    driver: EndpointDriver,
  ) {
    this.#transfer = transfer;
    this.#sink = sink;
    this.size = announcedBytes;
    this.#driver = driver;
    this.#netascii = transfer.mode === 'netascii' ? new NetasciiDecoder() : undefined;
  }

  get error(): unknown {
    return this.#error;
  }

  /** Adds the next bytes of the file. */
  take(data: Uint8Array, isLast: boolean): void {
    this.#waiting.push(this.#netascii?.push(data) ?? data);
    if (isLast) {
      this.#isWhole = true;
      this.#waiting.push(this.#netascii?.finish() ?? NOTHING);
    }
    if (!this.#isBusy) {
      this.#drain();
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#closing !== undefined) {
      // The transfer ended before its sink was closed, so nothing else would report that closing failed.
      await this.#closing.catch(async (error: unknown) => {
        await this.#sink.abort?.();
        throw error;
      });
    } else if (!this.#isClosed) {
      await this.#sink.abort?.();
    }
  }

  /**
   * Writes the waiting data until the sink needs time; when all is written, finishes or resumes the transfer.
   */
  #drain(): void {
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
      const piece = bytes;
      if (piece.length > 0 && this.#isPending(() => this.#sink.write(piece))) {
        return;
      }
      if (this.#isOver) {
        return;
      }
    }
    if (this.#isWhole && !this.#isClosed) {
      this.#isClosed = true;
      const close = (): void | Promise<void> => {
        const closing = this.#sink.close();
        this.#closing = closing instanceof Promise ? closing : undefined;
        return closing;
      };
      if (this.#isPending(close) || this.#isOver) {
        return;
      }
    }
    this.#driver.run((endpoint, now) => {
      if (this.#isClosed) {
        endpoint.finish(this.#transfer, now);
      } else {
        endpoint.resume(this.#transfer, now);
      }
    });
  }

  /**
   * Calls the sink. If the call takes time, pauses the client and continues draining afterwards.
   *
   * @returns true if the call has not finished
   */
  #isPending(call: () => void | Promise<void>): boolean {
    try {
      const outcome = call();
      if (!(outcome instanceof Promise)) {
        return false;
      }
      this.#isBusy = true;
      this.#driver.run((endpoint) => {
        endpoint.pause(this.#transfer);
      });
      outcome.then(
        () => {
          this.#isBusy = false;
          this.#closing = undefined;
          if (!this.#isOver) {
            this.#drain();
          }
        },
        (error: unknown) => {
          this.#fail(error);
        },
      );
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#isOver = true;
    this.#isClosed = false;
    this.#closing = undefined;
    this.#driver.run((endpoint, now) => {
      const code = wireCodeOf(error);
      endpoint.abort(this.#transfer, code, wireMessage(code), now);
    });
  }
}

const NOTHING = new Uint8Array(0);

/** Returns the wire error code for an error thrown by a source or sink. */
export function wireCodeOf(error: unknown): number {
  return error instanceof TftpError ? error.wireCode : WireErrorCode.notDefined;
}
