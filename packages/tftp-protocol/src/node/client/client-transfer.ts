import { performance } from 'node:perf_hooks';

import { Opcode, WireErrorCode } from '../../codec/constants.js';
import { decodePacket } from '../../codec/decode.js';
import { encodePacket } from '../../codec/encode.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { type TftpError, wireMessage } from '../../errors.js';
import { type TransferEvent } from '../../transfer/machine.js';
import { ReceiveTransfer } from '../../transfer/receive-transfer.js';
import { type SendTransfer } from '../../transfer/send-transfer.js';
import { DeadlineTimer } from '../deadline-timer.js';
import { type ReceivedDatagram } from '../udp/datagram-transport.js';
import { abortError, failureError, unreachableError } from './client-errors.js';
import { type TftpTransferOptions } from './client-options.js';
import { ClientSocket } from './client-socket.js';

/** Maximum number of datagrams from strangers that a transfer answers with ERROR 5. */
const MAX_STRANGERS_ANSWERED = 8;

/** Number of bytes buffered for a slow reader above which the server waits at the end of its window. */
const BUFFER_BYTES = 256 * 1024;

/** Server of a {@link ClientTransfer}. */
export interface ClientTarget {
  /** Address that requests are sent to. */
  readonly address: TftpEndpointAddress;
  /** `host:port`, for messages. */
  readonly name: string;
  /** Local address; undefined for the system's choice. */
  readonly localAddress: string | undefined;
}

/** Terms of a {@link ClientTransfer}. */
export interface ClientTransferTerms extends Pick<TftpTransferOptions, 'signal' | 'onProgress'> {
  /** Size of a file to be written, if known; for a read, the server reports it. */
  readonly size?: number | undefined;
  /**
   * Called when the socket is closed, which is some time after the end of the transfer: an ACK may have to be
   * repeated.
   */
  readonly onClosed: () => void;
}

/** Event of a transfer that has not failed. */
export type ClientTransferEvent = Exclude<TransferEvent, { readonly type: 'failed' }>;

/**
 * Request of a client and the transfer that follows: a state machine with its socket and clock. Iterating
 * over it yields the machine's events in order, and throws a {@link TftpError} if the transfer fails. Answers
 * are accepted only from the server's address, and from the first port that answers (RFC 1350 §4).
 */
export class ClientTransfer<Machine extends SendTransfer | ReceiveTransfer> {
  readonly machine: Machine;
  readonly #target: ClientTarget;
  readonly #terms: ClientTransferTerms;
  readonly #timer: DeadlineTimer;
  #socket: ClientSocket | undefined;
  /** Destination of datagrams: first the requested port, then the one that answered. */
  #server: TftpEndpointAddress;
  #hasServerAnswered = false;
  #strangers = 0;
  /** Source of the most recent answer that did not come from the server. */
  #stranger: TftpEndpointAddress | undefined;
  #events: ClientTransferEvent[] = [];
  /** Number of file bytes waiting in `#events`. */
  #heldBytes = 0;
  /** Ends the wait for the next event. */
  #wake: () => void = () => undefined;
  #reportedBytes = 0;
  #hasEnded = false;
  #error: TftpError | undefined;
  /** Resolves once the socket is open or has failed to open. */
  #opened: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(machine: Machine, target: ClientTarget, terms: ClientTransferTerms) {
    this.machine = machine;
    this.#target = target;
    this.#terms = terms;
    this.#server = target.address;
    this.#timer = new DeadlineTimer(() => {
      this.run((_machine, now) => {
        machine.timeout(now);
      });
    });
  }

  /** Port that the server answers from; before the first answer, the port that the request is sent to. */
  get serverPort(): number {
    return this.#server.port;
  }

  /**
   * Sends the request and waits for the server's answer.
   *
   * @throws {@link TftpError} when the server refuses the request, does not answer or cannot be reached, or the
   * transfer is aborted
   */
  async start(): Promise<void> {
    const { signal } = this.#terms;
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted === true) {
      this.#onAbort();
    } else {
      this.#opened = this.#open();
      await this.#opened;
    }
    await this.#next();
  }

  /** Yields the events after the server's answer, up to `completed`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ClientTransferEvent, void> {
    let event: ClientTransferEvent;
    do {
      event = await this.#next();
      yield event;
    } while (event.type !== 'completed');
  }

  /** Runs an action on the machine, then sends its datagrams and handles its events. */
  run(action: (machine: Machine, now: number) => void): void {
    action(this.machine, performance.now());
    if (this.#socket === undefined || this.#closed !== undefined) {
      return;
    }
    let event: TransferEvent | undefined;
    do {
      const remote = this.#server;
      for (let out = this.machine.nextDatagram(); out; out = this.machine.nextDatagram()) {
        this.#socket.send({ remote, ...out });
      }
      event = this.machine.nextEvent();
      if (event !== undefined) {
        this.#take(event);
      }
    } while (event !== undefined);
    this.#report();
    const { deadline } = this.machine;
    if (deadline === undefined) {
      void this.#close();
    } else {
      this.#timer.set(deadline);
    }
  }

  /**
   * Ends the transfer from this side, unless it has ended, and closes the socket.
   *
   * @param error - thrown to the consumer of the events
   * @param code - error code for the server
   * @param message - text for the server
   */
  async abort(error: TftpError, code: number, message: string): Promise<void> {
    this.#fail(error);
    this.run((machine) => {
      machine.abort(code, message);
    });
    await this.#close();
  }

  /** Aborts the transfer on behalf of its caller. */
  async cancel(cause: unknown): Promise<void> {
    await this.abort(abortError(this.#target.name, cause), WireErrorCode.notDefined, 'Aborted');
  }

  async #open(): Promise<void> {
    const { address, name, localAddress } = this.#target;
    let socket: ClientSocket;
    try {
      socket = await ClientSocket.open(address, localAddress, {
        received: (batch) => {
          this.#receive(batch);
        },
        refused: (error) => {
          // Once the server has answered from another port, its request port no longer matters.
          if (!this.#hasServerAnswered || this.#server.port === address.port) {
            this.#unreachable(error);
          }
        },
        failed: (error) => {
          this.#unreachable(error);
        },
      });
    } catch (error) {
      this.#fail(unreachableError(name, error));
      void this.#close();
      return;
    }
    this.#socket = socket;
    this.run(() => undefined);
  }

  /** Waits for the next event. */
  async #next(): Promise<ClientTransferEvent> {
    for (;;) {
      if (this.#error !== undefined) {
        throw this.#error;
      }
      const event = this.#events.shift();
      if (event !== undefined) {
        this.#release(event);
        return event;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(event: TransferEvent): void {
    if (this.#hasEnded) {
      return;
    }
    if (event.type === 'failed') {
      this.#fail(failureError(this.#target.name, event.failure, this.#stranger));
      return;
    }
    this.#hasEnded = event.type === 'completed';
    this.#events.push(event);
    if (event.type === 'data' && this.machine instanceof ReceiveTransfer) {
      this.#heldBytes += event.data.length;
      if (this.#heldBytes > BUFFER_BYTES) {
        this.machine.pause();
      }
    }
    this.#wake();
  }

  /** Frees the buffer space of a consumed event; the server may send more. */
  #release(event: ClientTransferEvent): void {
    if (event.type === 'data') {
      const wasFull = this.#heldBytes > BUFFER_BYTES;
      this.#heldBytes -= event.data.length;
      if (wasFull && this.#heldBytes <= BUFFER_BYTES) {
        this.run((machine, now) => {
          machine.resume(now);
        });
      }
    }
  }

  #fail(error: TftpError): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#error = error;
      this.#wake();
    }
  }

  #unreachable(error: Error): void {
    this.#fail(unreachableError(this.#target.name, error));
    void this.#close();
  }

  readonly #onAbort = (): void => {
    void this.cancel(this.#terms.signal?.reason);
  };

  #close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#timer.stop();
      this.#terms.signal?.removeEventListener('abort', this.#onAbort);
      this.#closed = this.#opened.then(() => this.#socket?.close());
      this.#terms.onClosed();
    }
    return this.#closed;
  }

  #receive(batch: readonly ReceivedDatagram[]): void {
    this.run((machine, now) => {
      for (const { payload, remote } of batch) {
        if (this.#isServer(remote)) {
          this.#server = remote;
          this.#hasServerAnswered = true;
          machine.receive(payload, now);
        } else {
          this.#refuseStranger(payload, remote);
        }
      }
    });
  }

  #isServer({ address, port }: TftpEndpointAddress): boolean {
    return (
      address === this.#server.address && (!this.#hasServerAnswered || port === this.#server.port)
    );
  }

  #refuseStranger(payload: Uint8Array, remote: TftpEndpointAddress): void {
    if (!this.#hasServerAnswered && decodePacket(payload).ok) {
      this.#stranger = remote;
    }
    // An ERROR is never answered (RFC 1350 §2).
    if (this.#strangers < MAX_STRANGERS_ANSWERED && payload[1] !== Opcode.error) {
      this.#strangers += 1;
      const code = WireErrorCode.unknownTransferId;
      const head = encodePacket({ type: 'error', code, message: wireMessage(code) });
      this.#socket?.send({ remote, head });
    }
  }

  #report(): void {
    const { machine } = this;
    const isReading = machine instanceof ReceiveTransfer;
    const bytes = isReading ? machine.stats.bytesReceived : machine.stats.bytesAcknowledged;
    if (bytes <= this.#reportedBytes) {
      return;
    }
    this.#reportedBytes = bytes;
    try {
      const size = isReading ? machine.parameters.tsize : this.#terms.size;
      this.#terms.onProgress?.({ bytes, size });
    } catch (error) {
      void this.cancel(error);
    }
  }
}
