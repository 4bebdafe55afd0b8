import { WireErrorCode } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { TftpError } from '../../errors.js';
import { NetasciiDecoder } from '../../netascii/netascii.js';
import { type TransferParameters } from '../../negotiation/parameters.js';
import { type TransferEvent, type TransferFailure } from '../../transfer/machine.js';
import { ReceiveTransfer } from '../../transfer/receive-transfer.js';
import { abortError, failureError } from './client-errors.js';
import { type TftpProgress, type TftpSummary } from './client-options.js';
import { type ClientTransferConfig, requestOptions } from './client-requests.js';
import { ClientTransfer } from './client-transfer.js';

/** Takes what a {@link Download} brings; `completed` or `failed` comes once. */
export interface DownloadConsumer {
  /** The server has answered. */
  negotiated(parameters: TransferParameters): void;
  /**
   * The next bytes of the file.
   *
   * @returns false when no more can be taken before {@link Download.resume}
   */
  bytes(bytes: Uint8Array): boolean;
  completed(summary: TftpSummary): void;
  failed(error: TftpError, failure: TransferFailure | undefined): void;
  /** The socket is closed: at once after a failure, after a while of dallying otherwise. */
  closed(): void;
}

/** What a download is told. */
export interface DownloadOptions {
  readonly filename: string;
  readonly server: TftpEndpointAddress;
  readonly localAddress: string | undefined;
  readonly config: ClientTransferConfig;
  /** Whether options are asked for at all. */
  readonly withOptions: boolean;
  readonly maxBytes: number;
  readonly onProgress: ((progress: TftpProgress) => void) | undefined;
}

/** One read request of a client and the transfer that follows. */
export class Download {
  readonly #options: DownloadOptions;
  readonly #consumer: DownloadConsumer;
  readonly #transfer: ClientTransfer<ReceiveTransfer>;
  readonly #netascii: NetasciiDecoder | undefined;
  #takenBytes = 0;
  #reportedBytes = 0;
  #hasEnded = false;

  constructor(options: DownloadOptions, consumer: DownloadConsumer) {
    const { filename, config, withOptions } = options;
    this.#options = options;
    this.#consumer = consumer;
    this.#netascii = config.mode === 'netascii' ? new NetasciiDecoder() : undefined;
    const machine = new ReceiveTransfer(
      {
        opening: {
          type: 'request',
          request: {
            type: 'rrq',
            filename,
            mode: config.mode,
            options: withOptions ? requestOptions(config, 0) : [],
          },
        },
        retransmission: config.retransmission,
      },
      performance.now(),
    );
    this.#transfer = new ClientTransfer(machine, options.server, {
      event: (event) => {
        this.#handle(event);
      },
      moved: () => {
        this.#report();
      },
      failed: (error) => {
        this.#fail(new TftpError(error.message, { code: 'ERR_TFTP_ABORTED', cause: error }));
      },
      closed: () => {
        this.#consumer.closed();
      },
    });
  }

  /** Sends the request. */
  start(): Promise<void> {
    return this.#transfer.start(this.#options.localAddress);
  }

  /** The consumer can take more. */
  resume(): void {
    this.#transfer.run((machine, now) => {
      machine.resume(now);
    });
  }

  /** Ends the transfer from this side. */
  async abort(cause: unknown): Promise<void> {
    this.#stop(WireErrorCode.notDefined, 'Aborted', abortError(cause));
    await this.#transfer.close();
  }

  #handle(event: TransferEvent): void {
    switch (event.type) {
      case 'negotiated':
        if ((event.parameters.tsize ?? 0) > this.#options.maxBytes) {
          this.#stop(WireErrorCode.diskFull, 'Too large', tooLarge(this.#options.maxBytes));
        } else {
          this.#consumer.negotiated(event.parameters);
        }
        break;
      case 'data':
        this.#take(event.data, event.isLast);
        break;
      case 'completed':
        this.#hasEnded = true;
        this.#consumer.completed({
          bytes: this.#transfer.machine.stats.bytesReceived,
          blksize: this.#transfer.machine.parameters.blksize,
          windowsize: this.#transfer.machine.parameters.windowsize,
          finalAckMissing: false,
        });
        break;
      case 'failed':
        this.#fail(failureError(event.failure), event.failure);
        break;
    }
  }

  #take(data: Uint8Array, isLast: boolean): void {
    if (this.#hasEnded) {
      return;
    }
    const { parameters, stats } = this.#transfer.machine;
    // What a server calls the size of a file in netascii differs from server to server.
    const announced = this.#netascii === undefined ? parameters.tsize : undefined;
    if (isLast && announced !== undefined && announced !== stats.bytesReceived) {
      const message = `got ${stats.bytesReceived} bytes of a file of ${announced}`;
      const error = new TftpError(message, { code: 'ERR_TFTP_PROTOCOL' });
      this.#stop(WireErrorCode.notDefined, 'Size differs from tsize', error);
      return;
    }
    const bytes = this.#netascii?.push(data) ?? data;
    this.#takenBytes += bytes.length;
    if (this.#takenBytes > this.#options.maxBytes) {
      const { maxBytes } = this.#options;
      this.#stop(WireErrorCode.diskFull, 'Too large', tooLarge(maxBytes));
      return;
    }
    const hasRoom = this.#consumer.bytes(bytes);
    if (isLast) {
      this.#consumer.bytes(this.#netascii?.finish() ?? new Uint8Array(0));
      this.#transfer.run((machine, now) => {
        machine.finish(now);
      });
    } else if (!hasRoom) {
      this.#transfer.machine.pause();
    }
  }

  /** Ends the transfer for a reason of this side's own. */
  #stop(code: number, message: string, error: TftpError): void {
    this.#fail(error);
    this.#transfer.run((machine) => {
      machine.abort(code, message);
    });
  }

  #fail(error: TftpError, failure?: TransferFailure): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#consumer.failed(error, failure);
    }
  }

  #report(): void {
    const { stats, parameters } = this.#transfer.machine;
    if (this.#options.onProgress !== undefined && stats.bytesReceived > this.#reportedBytes) {
      this.#reportedBytes = stats.bytesReceived;
      this.#options.onProgress({
        transferredBytes: stats.bytesReceived,
        totalBytes: parameters.tsize,
      });
    }
  }
}

function tooLarge(maxBytes: number): TftpError {
  return new TftpError(`the file is larger than ${maxBytes} bytes`, {
    code: 'ERR_TFTP_ABORTED',
    wireCode: WireErrorCode.diskFull,
  });
}
