import { performance } from 'node:perf_hooks';

import { unpacked } from '../../endpoint/block-pack.js';
import {
  type EndpointEvent,
  type RoutedDatagram,
  type RoutedPack,
  type RoutedSeries,
} from '../../endpoint/endpoint-events.js';
import { isRequest } from '../../endpoint/request.js';
import { ServerEndpoint, type ServerEndpointOptions } from '../../endpoint/server-endpoint.js';
import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { DeadlineTimer } from '../deadline-timer.js';
import {
  datagramsOf,
  type DatagramTransport,
  type ReceivedDatagram,
} from '../udp/datagram-transport.js';

/** Maximum number of datagrams passed to a transport in one call. */
const BATCH = 64;

/**
 * Maximum number of datagrams sent in one turn of the event loop, which takes about a millisecond; the rest
 * are sent in the next turns. An acknowledgement of a window causes many datagrams, and hundreds of clients
 * may send one at the same time.
 */
const MAX_A_TURN = 256;

/**
 * Number of datagrams sent per received datagram, or per other action, that do not count towards
 * {@link MAX_A_TURN}: lock-step transfers need no more.
 */
const UNCOUNTED = 2;

/** Callbacks of an {@link EndpointDriver}. */
export interface EndpointDriverHandler {
  /** Called with each event; may call {@link EndpointDriver.run}. */
  event(event: EndpointEvent<DatagramTransport>): void;
  /** Called with an unexpected error that ended one action, not the server. Must not throw. */
  failed(error: unknown): void;
  /** Called after an action if no transfers are left, including dallying ones. */
  idle(): void;
}

/**
 * Connects a {@link ServerEndpoint} with its sockets and clock: one timer for all its transfers. Catches
 * every error, since an uncaught one would end the process.
 */
export class EndpointDriver {
  readonly #endpoint: ServerEndpoint<DatagramTransport>;
  readonly #handler: EndpointDriverHandler;
  readonly #timer = new DeadlineTimer(() => {
    this.run((endpoint, now) => {
      endpoint.timeout(now);
    });
  });
  #isRunning = false;
  #uncountedLeft = UNCOUNTED;
  #turnLeft = MAX_A_TURN;
  /** Scheduled once a turn has sent a counted datagram; continues sending in the next turn. */
  #nextTurn: NodeJS.Immediate | undefined;

  constructor(options: ServerEndpointOptions, handler: EndpointDriverHandler) {
    this.#endpoint = new ServerEndpoint(options);
    this.#handler = handler;
  }

  /** Number of transfers. */
  get activeTransfers(): number {
    return this.#endpoint.transfers.size;
  }

  /** Number of transfers whose client has not proven its address. */
  get halfOpen(): number {
    return this.#endpoint.halfOpen;
  }

  /** Number of sources remembered. */
  get sources(): number {
    return this.#endpoint.sources;
  }

  /**
   * Processes datagrams received on a listening socket: those of active transfers come first, since a flood consists of
   * requests.
   */
  receive(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void {
    this.#run(UNCOUNTED * batch.length, (endpoint, now) => {
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

  /**
   * Processes datagrams received on a transfer's own socket. Those after the end of the transfer are ignored: its
   * socket is about to be closed, and must not begin another transfer.
   */
  receiveOwn(
    transfer: ServerTransfer<DatagramTransport>,
    local: DatagramTransport,
    batch: readonly ReceivedDatagram[],
  ): void {
    this.#run(UNCOUNTED * batch.length, (endpoint, now) => {
      for (const { payload, remote } of batch) {
        if (transfer.isActive && transfer.local === local) {
          endpoint.receive(payload, local, remote, now);
        }
      }
    });
  }

  /** Runs an action on the endpoint, then sends its datagrams and handles its events. Never throws. */
  run(action: (endpoint: ServerEndpoint<DatagramTransport>, now: number) => void): void {
    this.#run(UNCOUNTED, action);
  }

  #run(
    uncounted: number,
    action: (endpoint: ServerEndpoint<DatagramTransport>, now: number) => void,
  ): void {
    if (this.#isRunning) {
      // A source called back from within a run: that run sends the datagrams that this action produces.
      this.#act(action);
      return;
    }
    this.#isRunning = true;
    try {
      this.#act(action);
      this.#uncountedLeft = uncounted;
      this.#pump();
    } finally {
      this.#isRunning = false;
    }
  }

  #act(action: (endpoint: ServerEndpoint<DatagramTransport>, now: number) => void): void {
    try {
      action(this.#endpoint, performance.now());
    } catch (error) {
      this.#handler.failed(error);
    }
  }

  /** Sends the remaining datagrams and stops the timer. */
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
    if (this.activeTransfers === 0) {
      this.#handler.idle();
    }
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
    this.#sendAnswers();
    let batch: RoutedDatagram<DatagramTransport>[] = [];
    let next = this.#take();
    while (next !== undefined) {
      if ('count' in next) {
        this.#sendSeries(next);
        next = this.#take();
      } else {
        batch.push(next);
        const { local } = next;
        next = this.#take();
        if (batch.length === BATCH || next?.local !== local || 'count' in next) {
          this.#sendBatch(local, batch);
          batch = [];
        }
      }
    }
  }

  /** Sends the datagrams that wait for no turn, together as far as they leave from one socket. */
  #sendAnswers(): void {
    if (this.#turnLeft === 0) {
      return;
    }
    const pack = this.#endpoint.nextPack();
    if (pack !== undefined) {
      this.#sendPack(pack);
      this.#count(pack.count);
    }
    const answers = this.#endpoint.nextAnswers();
    let first = answers[0];
    let start = 0;
    for (let end = 1; first !== undefined; end += 1) {
      const next = answers[end];
      if (next?.local !== first.local) {
        const isAll = next === undefined && start === 0;
        this.#sendBatch(first.local, isAll ? answers : answers.slice(start, end));
        first = next;
        start = end;
      }
    }
    this.#count(answers.length);
  }

  #sendBatch(local: DatagramTransport, batch: readonly RoutedDatagram<DatagramTransport>[]): void {
    try {
      local.send(batch);
    } catch (error) {
      this.#handler.failed(error);
    }
  }

  #sendPack(pack: RoutedPack<DatagramTransport>): void {
    const { local } = pack;
    try {
      if (local.sendPack === undefined) {
        local.send(unpacked(pack));
      } else {
        local.sendPack(pack);
      }
    } catch (error) {
      this.#handler.failed(error);
    }
  }

  #sendSeries(series: RoutedSeries<DatagramTransport>): void {
    const { local } = series;
    try {
      if (local.sendSeries === undefined) {
        local.send(datagramsOf(series));
      } else {
        local.sendSeries(series);
      }
    } catch (error) {
      this.#handler.failed(error);
    }
  }

  /**
   * Returns what to send next, if this turn of the event loop may send it. Once {@link MAX_A_TURN} is used up,
   * nothing is sent until the next turn, not even uncounted datagrams: they would split windows that are waiting.
   */
  #take(): RoutedDatagram<DatagramTransport> | RoutedSeries<DatagramTransport> | undefined {
    if (this.#turnLeft === 0) {
      return undefined;
    }
    const most = Math.min(BATCH, this.#uncountedLeft + this.#turnLeft);
    const series = this.#endpoint.nextSeries(most);
    const next = series ?? this.#endpoint.nextDatagram();
    if (next !== undefined) {
      this.#count(series?.count ?? 1);
    }
    return next;
  }

  /** Counts datagrams as sent in this turn. */
  #count(datagrams: number): void {
    const uncounted = Math.min(datagrams, this.#uncountedLeft);
    this.#uncountedLeft -= uncounted;
    if (datagrams > uncounted) {
      this.#turnLeft -= datagrams - uncounted;
      this.#nextTurn ??= setImmediate(() => {
        this.#nextTurn = undefined;
        this.#turnLeft = MAX_A_TURN;
        this.run(() => undefined);
      });
    }
  }
}
