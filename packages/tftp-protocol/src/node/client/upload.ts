import { WireErrorCode } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { TftpError } from '../../errors.js';
import { NetasciiSource } from '../../netascii/netascii-source.js';
import { type BlockSource } from '../../transfer/block-source.js';
import { type TransferEvent, type TransferFailure } from '../../transfer/machine.js';
import { SendTransfer } from '../../transfer/send-transfer.js';
import { abortError, failureError } from './client-errors.js';
import { type TftpProgress, type TftpSummary } from './client-options.js';
import { type ClientTransferConfig, requestOptions } from './client-requests.js';
import { ClientTransfer } from './client-transfer.js';

/** Is told of an {@link Upload}'s end: `completed` or `failed` comes once. */
export interface UploadConsumer {
  completed(summary: TftpSummary): void;
  failed(error: TftpError, failure: TransferFailure | undefined): void;
  /** The socket is closed: at once after a failure, after a while of dallying otherwise. */
  closed(): void;
}

/** What an upload is told. */
export interface UploadOptions {
  readonly filename: string;
  readonly server: TftpEndpointAddress;
  readonly localAddress: string | undefined;
  readonly config: ClientTransferConfig;
  /** Whether options are asked for at all. */
  readonly withOptions: boolean;
  /** The file's bytes, not yet turned into netascii. */
  readonly source: BlockSource;
  readonly onProgress: ((progress: TftpProgress) => void) | undefined;
}

/** One write request of a client and the transfer that follows. */
export class Upload {
  readonly #options: UploadOptions;
  readonly #consumer: UploadConsumer;
  readonly #transfer: ClientTransfer<SendTransfer>;
  #reportedBytes = 0;
  #hasEnded = false;

  constructor(options: UploadOptions, consumer: UploadConsumer) {
    const { filename, config, withOptions, source } = options;
    const { mode, blksize, windowsize } = config;
    this.#options = options;
    this.#consumer = consumer;
    const size = mode === 'octet' ? source.size : undefined;
    const machine = new SendTransfer(
      {
        opening: {
          type: 'request',
          request: {
            type: 'wrq',
            filename,
            mode,
            options: withOptions ? requestOptions(config, size) : [],
          },
        },
        source: mode === 'octet' ? source : new NetasciiSource(source, windowsize * blksize),
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

  /** The source has bytes in memory that it lacked before. */
  resume(): void {
    this.#transfer.run((machine, now) => {
      machine.resume(now);
    });
  }

  /** Ends the transfer from this side. */
  async abort(cause: unknown): Promise<void> {
    this.#fail(abortError(cause));
    this.#transfer.run((machine) => {
      machine.abort(WireErrorCode.notDefined, 'Aborted');
    });
    await this.#transfer.close();
  }

  #handle(event: TransferEvent): void {
    if (event.type === 'completed') {
      this.#hasEnded = true;
      const { parameters, stats } = this.#transfer.machine;
      this.#consumer.completed({
        bytes: stats.bytesAcknowledged,
        blksize: parameters.blksize,
        windowsize: parameters.windowsize,
        finalAckMissing: event.finalAckMissing,
      });
    } else if (event.type === 'failed') {
      this.#fail(failureError(event.failure), event.failure);
    }
  }

  #fail(error: TftpError, failure?: TransferFailure): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#consumer.failed(error, failure);
    }
  }

  #report(): void {
    const { bytesAcknowledged } = this.#transfer.machine.stats;
    if (this.#options.onProgress !== undefined && bytesAcknowledged > this.#reportedBytes) {
      this.#reportedBytes = bytesAcknowledged;
      this.#options.onProgress({
        transferredBytes: bytesAcknowledged,
        totalBytes: this.#options.config.mode === 'octet' ? this.#options.source.size : undefined,
      });
    }
  }
}
