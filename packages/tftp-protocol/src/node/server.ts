import { performance } from 'node:perf_hooks';

import { WireErrorCode } from '../codec/constants.js';
import { type TftpEndpointAddress } from '../endpoint/address.js';
import {
  type EndpointEvent,
  type RoutedDatagram,
  ServerEndpoint,
  type TransferEnding,
} from '../endpoint/server-endpoint.js';
import { type ServerTransfer } from '../endpoint/server-transfer.js';
import { TftpError, wireMessage } from '../errors.js';
import { DEFAULT_NEGOTIATION_POLICY, type NegotiationPolicy } from '../negotiation/negotiate.js';
import { type DatagramTransport, type ReceivedDatagram } from './datagram-transport.js';
import { Listeners } from './listeners.js';
import { unfragmentedBlockSize } from './local-addresses.js';
import {
  parseServerOptions,
  type TftpServerConfig,
  type TftpServerOptions,
} from './server-options.js';
import { type TftpSource } from './source.js';
import { SourceReader } from './source-reader.js';
import { finishedEvent } from './transfer-report.js';
import { bindTransferPort } from './transfer-ports.js';

/** A TFTP server that is listening. */
export interface TftpServer extends AsyncDisposable {
  /** Where it listens at present. */
  readonly addresses: readonly TftpEndpointAddress[];
  /** Transfers under way, those included whose source is still being opened. */
  readonly activeTransfers: number;
  /** Stops: see {@link TftpCloseOptions}. Closing again waits for the same end. */
  close(options?: TftpCloseOptions): Promise<void>;
}

/** How a server stops. */
export interface TftpCloseOptions {
  /**
   * How long transfers under way may go on, in milliseconds, while new requests get no answer. What
   * is left then is ended by ERROR 0.
   *
   * @default 0
   */
  readonly graceMs?: number;
}

/**
 * Starts a TFTP server.
 *
 * @throws TftpListenError (`ERR_TFTP_LISTEN`) with the address, the port and the cause when a port
 * cannot be bound
 * @throws RangeError when a number among the options is out of its range
 */
export async function createTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const server = new RunningServer(parseServerOptions(options));
  await server.listen();
  return server;
}

type Transfer = ServerTransfer<DatagramTransport>;

/** What the server holds for a transfer besides its machine. */
interface Holdings {
  readonly source: TftpSource;
  /** Socket of the transfer's own, when it is not the listener's. */
  readonly port: DatagramTransport | undefined;
  /** What the source threw, or the transfer's own socket. */
  error: unknown;
}

/** Datagrams handed to a transport at once. */
const BATCH = 64;

class RunningServer implements TftpServer {
  readonly #config: TftpServerConfig;
  readonly #endpoint: ServerEndpoint<DatagramTransport>;
  readonly #listeners: Listeners;
  readonly #holdings = new Map<Transfer, Holdings>();
  /** Sources and sockets that are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #isStopped = false;
  #idle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(config: TftpServerConfig) {
    this.#config = config;
    this.#endpoint = new ServerEndpoint({ acceptsWrites: false, allow: config.allow });
    this.#listeners = new Listeners({
      received: (local, batch) => {
        this.#receive(local, batch);
      },
      opened: (local) => {
        config.observe({ type: 'listening', local });
      },
      closed: (local) => {
        config.observe({ type: 'stoppedListening', local });
      },
      failed: (error) => {
        const { address, port } = error;
        config.observe({ type: 'socketError', address, port, error });
      },
    });
  }

  get addresses(): readonly TftpEndpointAddress[] {
    return this.#listeners.addresses;
  }

  get activeTransfers(): number {
    return this.#endpoint.transfers.size;
  }

  async listen(): Promise<void> {
    const { listen, port } = this.#config;
    await (listen === 'auto' ? this.#listeners.openAuto(port) : this.#listeners.openAll(listen));
  }

  close({ graceMs = 0 }: TftpCloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(graceMs: number): Promise<void> {
    this.#endpoint.drain();
    if (graceMs > 0 && this.activeTransfers > 0) {
      await this.#idleWithin(graceMs);
    }
    const now = performance.now();
    for (const transfer of this.#endpoint.transfers) {
      this.#endpoint.abort(transfer, WireErrorCode.notDefined, 'Server is shutting down', now);
    }
    this.#pump();
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#listeners.close();
    await Promise.all(this.#closing);
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

  #receive(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void {
    const now = performance.now();
    for (const { payload, remote } of batch) {
      this.#endpoint.receive(payload, local, remote, now);
    }
    this.#pump();
  }

  /** Sends what the endpoint has to send, acts on what it tells, and sets the timer. */
  #pump(): void {
    for (;;) {
      this.#send();
      const event = this.#endpoint.nextEvent();
      if (event === undefined) {
        break;
      }
      this.#handle(event);
    }
    this.#setTimer();
    if (this.activeTransfers === 0) {
      this.#idle?.();
    }
  }

  #send(): void {
    let batch: RoutedDatagram<DatagramTransport>[] = [];
    let datagram = this.#endpoint.nextDatagram();
    while (datagram !== undefined) {
      batch.push(datagram);
      const next = this.#endpoint.nextDatagram();
      if (next?.local !== datagram.local || batch.length === BATCH) {
        datagram.local.send(batch);
        batch = [];
      }
      datagram = next;
    }
  }

  #setTimer(): void {
    const at = this.#endpoint.deadline ?? Infinity;
    // A deadline that moved away is found out when the timer fires; that saves resetting it.
    if (at < this.#timerAt && !this.#isStopped) {
      clearTimeout(this.#timer);
      this.#timerAt = at;
      this.#timer = setTimeout(
        () => {
          this.#timerAt = Infinity;
          this.#endpoint.timeout(performance.now());
          this.#pump();
        },
        Math.ceil(at - performance.now()),
      );
    }
  }

  #handle(event: EndpointEvent<DatagramTransport>): void {
    const { observe } = this.#config;
    switch (event.type) {
      case 'requested':
        void this.#open(event.transfer);
        break;
      case 'ended':
        this.#ended(event.transfer, event.ending);
        break;
      case 'refused':
        observe({
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
        observe({
          type: 'requestDropped',
          remote: event.remote,
          local: event.local.local,
          reason: event.reason,
        });
        break;
      case 'denied':
        observe({ type: 'sourceDenied', address: event.remote.address });
        break;
    }
  }

  /** Finds the file that is asked for, and answers. */
  async #open(transfer: Transfer): Promise<void> {
    const { request, mode, remote, listener } = transfer;
    let source: TftpSource | undefined;
    try {
      const outcome = this.#config.source({
        filename: request.filename,
        mode,
        options: request.options,
        remote,
        local: listener.local,
      });
      // A source that is there at once is answered at once.
      source = outcome instanceof Promise ? await outcome : outcome;
      if (source === undefined) {
        const code = WireErrorCode.fileNotFound;
        this.#endpoint.refuse(transfer, code, 'file not found', performance.now());
      } else if (this.#config.singlePort) {
        this.#accept(transfer, source, undefined);
      } else {
        await this.#acceptOnOwnPort(transfer, source);
      }
    } catch (error) {
      const code = error instanceof TftpError ? error.wireCode : WireErrorCode.notDefined;
      const reason = error instanceof Error ? error.message : String(error);
      this.#endpoint.refuse(transfer, code, reason, performance.now(), error);
    }
    this.#pump();
  }

  async #acceptOnOwnPort(transfer: Transfer, source: TftpSource): Promise<void> {
    const { address } = transfer.listener.local;
    const port = await bindTransferPort(address, this.#config.portRange, {
      received: (batch) => {
        if (port !== undefined) {
          this.#receive(port, batch);
        }
      },
      failed: (error) => {
        this.#fail(transfer, error);
      },
    });
    if (port === undefined) {
      this.#endpoint.drop(transfer, 'portsExhausted', performance.now());
      this.#closeSource(source);
    } else {
      this.#accept(transfer, source, port);
    }
  }

  #accept(transfer: Transfer, source: TftpSource, port: DatagramTransport | undefined): void {
    const reader = new SourceReader(source, {
      ready: () => {
        this.#endpoint.resume(transfer, performance.now());
        this.#pump();
      },
      failed: (error) => {
        this.#fail(transfer, error);
      },
    });
    const policy = this.#negotiationPolicy(transfer);
    this.#holdings.set(transfer, { source, port, error: undefined });
    if (!this.#endpoint.acceptRead(transfer, reader, policy, performance.now(), port)) {
      this.#free(transfer);
    }
  }

  #negotiationPolicy(transfer: Transfer): NegotiationPolicy {
    const { maxBlockSize, maxWindowSize } = this.#config;
    const { address } = transfer.listener.local;
    return {
      ...DEFAULT_NEGOTIATION_POLICY,
      maxBlockSize: maxBlockSize ?? unfragmentedBlockSize(address),
      maxWindowSize,
    };
  }

  #fail(transfer: Transfer, error: unknown): void {
    const holdings = this.#holdings.get(transfer);
    if (holdings !== undefined && holdings.error === undefined) {
      holdings.error = error;
      const code = error instanceof TftpError ? error.wireCode : WireErrorCode.notDefined;
      this.#endpoint.abort(transfer, code, wireMessage(code), performance.now());
      // The endpoint may be asking for a datagram at this moment: it is pumped afterwards.
      setImmediate(() => {
        this.#pump();
      });
    }
  }

  #ended(transfer: Transfer, ending: TransferEnding): void {
    const holdings = this.#holdings.get(transfer);
    const now = performance.now();
    this.#config.observe(
      finishedEvent(transfer, ending, {
        sizeBytes: holdings?.source.size,
        sourceError: holdings?.error,
        now,
      }),
    );
    this.#free(transfer);
  }

  #free(transfer: Transfer): void {
    const holdings = this.#holdings.get(transfer);
    if (holdings !== undefined) {
      this.#holdings.delete(transfer);
      this.#closeSource(holdings.source);
      if (holdings.port !== undefined) {
        this.#track(holdings.port.close());
      }
    }
  }

  #closeSource(source: TftpSource): void {
    this.#track(
      (async () => {
        await source.close?.();
      })(),
    );
  }

  /** Lets something end on its own, and `close` wait for it. */
  #track(closing: Promise<void>): void {
    const settled = closing
      .catch((error: unknown) => {
        this.#config.observe({ type: 'sourceError', error });
      })
      .finally(() => {
        this.#closing.delete(settled);
      });
    this.#closing.add(settled);
  }
}
