import { performance } from 'node:perf_hooks';

import { WireErrorCode } from '../../codec/constants.js';
import { type EndpointEvent } from '../../endpoint/endpoint-events.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { expectNumber, MAX_TIMER_MS } from '../option-values.js';
import { type DatagramTransport } from '../udp/datagram-transport.js';
import { Listeners } from '../udp/listeners.js';
import { EndpointDriver } from './endpoint-driver.js';
import { RequestAnswering } from './request-answering.js';
import { parseServerOptions, type TftpServerConfig } from './server-config.js';
import { type TftpServerUsage } from './server-limits.js';
import { type TftpServerOptions } from './server-options.js';
import { finishedEvent } from './transfer-report.js';

/** Listening TFTP server. */
export interface TftpServer extends AsyncDisposable {
  /** Current listening addresses. */
  readonly addresses: readonly TftpEndpointAddress[];
  /** Number of transfers, including those whose source is still being opened. */
  readonly activeTransfers: number;
  /** Returns the current resource usage. */
  usage(): TftpServerUsage;
  /**
   * Stops the server; see {@link TftpCloseOptions}. A second call waits for the first one to finish.
   *
   * @throws RangeError when the grace period is out of range; the server continues
   */
  close(options?: TftpCloseOptions): Promise<void>;
}

/** Options for closing a server. */
export interface TftpCloseOptions {
  /**
   * Time for active transfers to finish, in milliseconds from 0 to 2,147,483,647, while new requests get no
   * answer. For an upload, this includes the time for which its client may need the last acknowledgement
   * again, 2 seconds by default. Transfers still active are then ended with ERROR 0.
   *
   * @default 0
   */
  readonly graceMs?: number;
}

/**
 * Starts a TFTP server.
 *
 * @throws {@link TftpListenError} (`ERR_TFTP_LISTEN`) with the address, the port and the cause when a port
 *   cannot be bound
 * @throws TypeError when there is neither a source nor a sink
 * @throws RangeError when a number is out of its range, or `onInvalidOption` is not one of its choices
 * @throws Node.js system error when `listen` is `auto` and the system cannot list the addresses of this host
 */
export async function createTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const server = new RunningServer(parseServerOptions(options));
  await server.listen();
  return server;
}

class RunningServer implements TftpServer {
  readonly #config: TftpServerConfig;
  readonly #driver: EndpointDriver;
  readonly #answering: RequestAnswering;
  readonly #listeners: Listeners;
  #progressTimer: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(config: TftpServerConfig) {
    const { onEvent, allow, limits, retransmission, pacing, sink } = config;
    this.#config = config;
    this.#driver = new EndpointDriver(
      {
        acceptsWrites: sink !== undefined,
        fallsBackToListener: config.singlePort,
        allow,
        limits,
        retransmission,
        pacing,
      },
      {
        event: (event) => {
          this.#handle(event);
        },
        failed: (error) => {
          onEvent({ type: 'unexpectedError', error, count: 1 });
        },
        idle: () => {
          this.#idle?.();
        },
      },
    );
    this.#answering = new RequestAnswering(config, this.#driver);
    this.#listeners = new Listeners(config.bind, config.buffers, {
      received: (local, batch) => {
        this.#driver.receive(local, batch);
      },
      opened: (local) => {
        onEvent({ type: 'listening', local });
      },
      closed: (local) => {
        onEvent({ type: 'stoppedListening', local });
      },
      failed: (error) => {
        onEvent({ type: 'socketError', address: error.address, port: error.port, error });
      },
      replaced: (local) => {
        onEvent({ type: 'socketReplaced', local });
      },
      scanFailed: (error) => {
        onEvent({ type: 'addressScanFailed', error });
      },
    });
  }

  get addresses(): readonly TftpEndpointAddress[] {
    return this.#listeners.addresses;
  }

  get activeTransfers(): number {
    return this.#driver.activeTransfers;
  }

  usage(): TftpServerUsage {
    return {
      transfers: this.#driver.activeTransfers,
      halfOpen: this.#driver.halfOpen,
      sockets: this.#answering.sockets,
      listeners: this.#listeners.sockets,
      sources: this.#driver.sources,
      chunkBytes: this.#answering.chunkBytes,
      uploadBytes: this.#answering.uploadBytes,
    };
  }

  async listen(): Promise<void> {
    const { listen, port, progressIntervalMs } = this.#config;
    await (listen === 'auto' ? this.#listeners.openAuto(port) : this.#listeners.openAll(listen));
    if (progressIntervalMs !== undefined) {
      this.#progressTimer = setInterval(() => {
        this.#answering.reportProgress();
      }, progressIntervalMs);
    }
  }

  async close({ graceMs = 0 }: TftpCloseOptions = {}): Promise<void> {
    expectNumber('graceMs', graceMs, { least: 0, most: MAX_TIMER_MS });
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(graceMs: number): Promise<void> {
    this.#driver.run((endpoint) => {
      endpoint.drain();
    });
    if (graceMs > 0 && this.activeTransfers > 0) {
      await this.#idleWithin(graceMs);
    }
    this.#driver.run((endpoint, now) => {
      for (const transfer of endpoint.transfers) {
        endpoint.abort(transfer, WireErrorCode.notDefined, 'Server is shutting down', now);
      }
    });
    this.#driver.stop();
    clearInterval(this.#progressTimer);
    await this.#listeners.close();
    await this.#answering.settled();
  }

  async #idleWithin(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #handle(event: EndpointEvent<DatagramTransport>): void {
    const { onEvent } = this.#config;
    switch (event.type) {
      case 'requested':
        // A flood may have evicted the transfer already.
        if (event.transfer.isActive) {
          this.#answering.answer(event.transfer).catch((error: unknown) => {
            this.#driver.run((endpoint, now) => {
              endpoint.fault(event.transfer, error, now);
            });
          });
        }
        break;
      case 'fault':
        onEvent({ type: 'unexpectedError', error: event.error, count: event.count });
        break;
      case 'data':
        this.#answering.take(event.transfer, event.data, event.isLast);
        break;
      case 'delivered': {
        const { request, remote, listener } = event.transfer;
        onEvent({
          type: 'transferDelivered',
          filename: request.filename,
          remote,
          local: listener.local,
        });
        break;
      }
      case 'ended':
        this.#ended(event);
        break;
      case 'refused':
        onEvent({
          type: 'requestRefused',
          ...(event.request && { filename: event.request.filename }),
          remote: event.remote,
          local: event.local.local,
          code: event.code,
          message: event.reason,
          ...(event.cause !== undefined && { cause: event.cause }),
        });
        break;
      case 'dropped':
        onEvent({
          type: 'requestDropped',
          remote: event.remote,
          local: event.local.local,
          reason: event.reason,
          count: event.count,
        });
        break;
      case 'evictions':
        onEvent({ type: 'transfersEvicted', limit: event.limit, count: event.count });
        break;
      case 'denied':
        onEvent({ type: 'sourceDenied', address: event.remote.address });
        break;
    }
  }

  #ended({ transfer, ending }: Extract<EndpointEvent<DatagramTransport>, { type: 'ended' }>): void {
    const answer = this.#answering.answerTo(transfer);
    this.#config.onEvent(finishedEvent(transfer, ending, answer, performance.now()));
    this.#answering.end(transfer);
  }
}
