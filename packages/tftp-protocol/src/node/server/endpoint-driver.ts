import { performance } from 'node:perf_hooks';

import { type EndpointEvent, type RoutedDatagram } from '../../endpoint/endpoint-events.js';
import { isRequest } from '../../endpoint/request.js';
import { ServerEndpoint, type ServerEndpointOptions } from '../../endpoint/server-endpoint.js';
import { DeadlineTimer } from '../deadline-timer.js';
import { type DatagramTransport, type ReceivedDatagram } from '../udp/datagram-transport.js';

/** Datagrams handed to a transport at once. */
const BATCH = 64;

/**
 * Datagrams that may go out in one turn of the event loop, about a millisecond's; the rest goes out in
 * the next ones. An acknowledgement of a window makes many, and hundreds of clients may send one at once.
 */
const MAX_A_TURN = 256;

/** Datagrams beyond, for each thing that happens: lock-step transfers need no more, and no counting. */
const UNCOUNTED = 2;

/** What an {@link EndpointDriver} tells its owner. */
export interface EndpointDriverHandler {
  /** Called with every event; may call back into {@link EndpointDriver.run}. */
  event(event: EndpointEvent<DatagramTransport>): void;
  /** Something threw that must not; it cost what was being done, not the server. Never throws. */
  failed(error: unknown): void;
}

/**
 * Gives a {@link ServerEndpoint} its sockets and its clock: one timer for all its transfers. Nothing
 * that throws gets through to the event loop, where it would end the process.
 */
export class EndpointDriver {
  readonly #endpoint: ServerEndpoint<DatagramTransport>;
  readonly #handler: EndpointDriverHandler;
  readonly #timer = new DeadlineTimer(() => {
    this.run((endpoint, now) => {
      endpoint.timeout(now);
    });
  });
  #isPumping = false;
  #uncountedLeft = UNCOUNTED;
  #turnLeft = MAX_A_TURN;
  /** Goes on with what is left to send, once something was counted. */
  #nextTurn: NodeJS.Immediate | undefined;

  constructor(options: ServerEndpointOptions, handler: EndpointDriverHandler) {
    this.#endpoint = new ServerEndpoint(options);
    this.#handler = handler;
  }

  /** Transfers under way. */
  get activeTransfers(): number {
    return this.#endpoint.transfers.size;
  }

  /** Transfers whose client has not acknowledged any data. */
  get halfOpen(): number {
    return this.#endpoint.halfOpen;
  }

  /** Sources remembered. */
  get sources(): number {
    return this.#endpoint.sources;
  }

  /**
   * Takes datagrams that came to a socket. Those for transfers under way go first, since a flood is
   * made of requests.
   */
  receive(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void {
    this.run((endpoint, now) => {
      const requests: ReceivedDatagram[] = [];
      for (const datagram of batch) {
        if (isRequest(datagram.payload)) {
          requests.push(datagram);
        } else {
          endpoint.receive(datagram.payload, local, datagram.remote, now);
        }
      }
      for (const { payload, remote } of requests) {
        endpoint.receive(payload, local, remote, now);
      }
    });
  }

  /** Does something with the endpoint, then all that follows from it. Never throws. */
  run(action: (endpoint: ServerEndpoint<DatagramTransport>, now: number) => void): void {
    try {
      action(this.#endpoint, performance.now());
    } catch (error) {
      this.#handler.failed(error);
    }
    if (!this.#isPumping) {
      this.#isPumping = true;
      this.#uncountedLeft = UNCOUNTED;
      try {
        this.#pump();
      } finally {
        this.#isPumping = false;
      }
    }
  }

  /** Sends what is left, and ends the clock; what comes in from now on is not acted upon in time. */
  stop(): void {
    this.#turnLeft = Infinity;
    this.run(() => undefined);
    clearImmediate(this.#nextTurn);
    this.#timer.stop();
  }

  #pump(): void {
    let event: EndpointEvent<DatagramTransport> | undefined;
    do {
      this.#send();
      event = this.#endpoint.nextEvent();
      if (event !== undefined) {
        this.#handle(event);
      }
    } while (event !== undefined);
    this.#timer.set(this.#endpoint.deadline ?? Infinity);
  }

  #handle(event: EndpointEvent<DatagramTransport>): void {
    try {
      this.#handler.event(event);
    } catch (error) {
      if ('transfer' in event) {
        this.#endpoint.fault(event.transfer, error, performance.now());
      } else {
        this.#handler.failed(error);
      }
    }
  }

  #send(): void {
    let batch: RoutedDatagram<DatagramTransport>[] = [];
    let datagram = this.#take();
    while (datagram !== undefined) {
      batch.push(datagram);
      const next = this.#take();
      if (next?.local !== datagram.local || batch.length === BATCH) {
        try {
          datagram.local.send(batch);
        } catch (error) {
          this.#handler.failed(error);
        }
        batch = [];
      }
      datagram = next;
    }
  }

  /** The next datagram, if there is one and this turn of the event loop may send it. */
  #take(): RoutedDatagram<DatagramTransport> | undefined {
    if (this.#uncountedLeft === 0 && this.#turnLeft === 0) {
      return undefined;
    }
    const datagram = this.#endpoint.nextDatagram();
    if (datagram !== undefined && this.#uncountedLeft > 0) {
      this.#uncountedLeft -= 1;
    } else if (datagram !== undefined) {
      this.#turnLeft -= 1;
      this.#nextTurn ??= setImmediate(() => {
        this.#nextTurn = undefined;
        this.#turnLeft = MAX_A_TURN;
        this.run(() => undefined);
      });
    }
    return datagram;
  }
}
