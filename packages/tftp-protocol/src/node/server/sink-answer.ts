import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { wireMessage } from '../../errors.js';
import { NetasciiDecoder } from '../../netascii/netascii.js';
import { type TftpSink } from '../content/sink.js';
import { type DatagramTransport } from '../udp/datagram-transport.js';
import { type Answer } from './answer.js';
import { type EndpointDriver } from './endpoint-driver.js';
import { wireCodeOf } from './source-answer.js';

/**
 * Answers a write request into a sink, one call at a time. What comes while the sink is busy waits
 * here; the client is kept from sending more than a window of it.
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

  /** Takes the next bytes of the file. */
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
    if (!this.#isClosed) {
      await this.#sink.abort?.();
    }
  }

  /** Hands over what waits, as long as the sink takes it at once. */
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
      if (this.#isPending(() => this.#sink.close()) || this.#isOver) {
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

  /** Calls the sink; when it needs time, the client is kept waiting and draining goes on after. */
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
    this.#driver.run((endpoint, now) => {
      const code = wireCodeOf(error);
      endpoint.abort(this.#transfer, code, wireMessage(code), now);
    });
  }
}

const NOTHING = new Uint8Array(0);
