import { performance } from 'node:perf_hooks';

import { WireErrorCode } from '../../codec/constants.js';
import { encodePacket } from '../../codec/encode.js';
import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { wireMessage } from '../../errors.js';
import { type TransferEvent, type TransferMachine } from '../../transfer/machine.js';
import { type DatagramTransport, type ReceivedDatagram } from '../udp/datagram-transport.js';
import { bindDgramTransport } from '../udp/dgram-transport.js';

/** Datagrams from strangers that are answered by ERROR 5, for one transfer. */
const MAX_STRANGERS_ANSWERED = 8;

/** What a {@link ClientTransfer} tells its owner. */
export interface ClientTransferHandler {
  /** Something happened; called in order. */
  event(event: TransferEvent): void;
  /** Datagrams went and came; the machine's counters may have moved. */
  moved(): void;
  /** The socket failed, and the transfer with it. */
  failed(error: Error): void;
  /** Nothing more will come: the socket is closed. */
  closed(): void;
}

/**
 * Gives one machine of a client its socket and its clock. Answers are taken from the server's
 * address only, and from one port of it: the first that answers (RFC 1350 §4).
 */
export class ClientTransfer<Machine extends TransferMachine> {
  readonly machine: Machine;
  readonly #handler: ClientTransferHandler;
  #transport: DatagramTransport | undefined;
  #server: TftpEndpointAddress;
  #isServerPortKnown = false;
  #strangers = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #closed: Promise<void> | undefined;
  #hasEnded = false;

  /** @param server - where requests go */
  constructor(machine: Machine, server: TftpEndpointAddress, handler: ClientTransferHandler) {
    this.machine = machine;
    this.#server = server;
    this.#handler = handler;
  }

  /** Opens the socket and sends the request. */
  async start(localAddress: string | undefined): Promise<void> {
    const any = this.#server.family === 'IPv6' ? '::' : '0.0.0.0';
    const transport = await bindDgramTransport(
      { at: { address: localAddress ?? any, port: 0 } },
      {
        received: (batch) => {
          this.#receive(batch);
        },
        failed: (error) => {
          this.#handler.failed(error);
        },
      },
    );
    if (this.#closed !== undefined) {
      await transport.close();
      return;
    }
    this.#transport = transport;
    this.run();
  }

  /** Does something with the machine, then all that follows from it. */
  run(action?: (machine: Machine, now: number) => void): void {
    action?.(this.machine, performance.now());
    const transport = this.#transport;
    if (transport === undefined || this.#closed !== undefined) {
      return;
    }
    let event: TransferEvent | undefined;
    do {
      const remote = this.#server;
      for (let out = this.machine.nextDatagram(); out; out = this.machine.nextDatagram()) {
        transport.send([{ remote, ...out }]);
      }
      event = this.machine.nextEvent();
      if (event !== undefined) {
        this.#hasEnded ||= event.type === 'completed' || event.type === 'failed';
        this.#handler.event(event);
      }
    } while (event !== undefined);
    this.#handler.moved();
    this.#setTimer();
  }

  /** Closes the socket, whatever is under way. */
  close(): Promise<void> {
    if (this.#closed === undefined) {
      clearTimeout(this.#timer);
      this.#closed = this.#transport?.close() ?? Promise.resolve();
      this.#handler.closed();
    }
    return this.#closed;
  }

  #receive(batch: readonly ReceivedDatagram[]): void {
    for (const { payload, remote } of batch) {
      if (this.#isServer(remote)) {
        this.#server = remote;
        this.#isServerPortKnown = true;
        this.machine.receive(payload, performance.now());
      } else {
        this.#refuseStranger(payload, remote);
      }
    }
    this.run();
  }

  #isServer({ address, port }: TftpEndpointAddress): boolean {
    return (
      address === this.#server.address && (!this.#isServerPortKnown || port === this.#server.port)
    );
  }

  #refuseStranger(payload: Uint8Array, remote: TftpEndpointAddress): void {
    if (this.#strangers < MAX_STRANGERS_ANSWERED && payload[1] !== 5) {
      this.#strangers += 1;
      const code = WireErrorCode.unknownTransferId;
      const head = encodePacket({ type: 'error', code, message: wireMessage(code) });
      this.#transport?.send([{ remote, head }]);
    }
  }

  #setTimer(): void {
    const at = this.machine.deadline;
    if (at === undefined) {
      void this.close();
      return;
    }
    // A deadline that moved away is found out when the timer fires; that saves resetting it.
    if (at < this.#timerAt) {
      clearTimeout(this.#timer);
      this.#timerAt = at;
      const delayMs = Math.max(0, Math.ceil(at - performance.now()));
      this.#timer = setTimeout(() => {
        // After the loop was busy, answers lie in the socket already; they are read first.
        setImmediate(() => {
          this.#timerAt = Infinity;
          this.run((machine, now) => {
            machine.timeout(now);
          });
        });
      }, delayMs);
    }
    if (this.#hasEnded) {
      // What is left is to answer a repeated last block; that need not keep the process alive.
      this.#timer?.unref();
      this.#transport?.unref();
    }
  }
}
