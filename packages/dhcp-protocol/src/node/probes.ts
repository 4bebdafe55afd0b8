import { randomInt } from 'node:crypto';

import { DHCP_CLIENT_PORT } from '../codec/constants.js';
import { BootProbe, type BootProbeResult, type ProbedClient } from '../probe/boot-probe.js';
import { type OpenPort } from './sockets.js';

/** First byte of a message to a client (RFC 2131 §2). */
const REPLY = 2;

/** Number of transaction ids. */
const TRANSACTION_IDS = 0x1_0000_0000;

/** Running probe of one client. */
interface RunningProbe {
  readonly probe: BootProbe;
  readonly clientPort: OpenPort;
  /** Called with the result, or with undefined if the probes are stopped. */
  readonly end: (result: BootProbeResult | undefined) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Settings of {@link Probes}. */
export interface ProbesOptions {
  /** Address from which questions to boot servers are sent. */
  readonly address: string;
  /** Returns port 4011, from which requests to boot servers are sent; undefined until it is open. */
  readonly bootServerPort: () => OpenPort | undefined;
}

/** Boot probes that run on the sockets of a service. */
export class Probes {
  readonly #options: ProbesOptions;
  readonly #running = new Map<number, RunningProbe>();

  constructor(options: ProbesOptions) {
    this.#options = options;
  }

  /**
   * Returns true if a datagram belongs to one of the probes: it is the question of a probe, which this host also
   * receives, or an answer to one, which is then passed to the probe.
   */
  takes(datagram: Uint8Array, sender: string): boolean {
    if (datagram.length < 8 || this.#running.size === 0) {
      return false;
    }
    const id = new DataView(datagram.buffer, datagram.byteOffset).getUint32(4);
    const running = this.#running.get(id);
    if (running === undefined) {
      return false;
    }
    if (datagram[0] === REPLY) {
      running.probe.receive(datagram, sender);
      this.#advance(id, running);
    }
    return true;
  }

  /**
   * Asks what servers on the link offer to a client of one kind.
   *
   * @param clientPort - open port 68, where offers arrive
   * @returns undefined if the probes are stopped in the meantime
   */
  run(
    client: ProbedClient,
    hardwareAddress: Uint8Array,
    clientPort: OpenPort,
  ): Promise<BootProbeResult | undefined> {
    const transactionId = randomInt(TRANSACTION_IDS);
    const localAddress = this.#options.address;
    const probe = new BootProbe(
      { client, hardwareAddress, transactionId, localAddress },
      performance.now(),
    );
    return new Promise((end) => {
      const running: RunningProbe = { probe, clientPort, end, timer: undefined };
      this.#running.set(transactionId, running);
      this.#advance(transactionId, running);
    });
  }

  /** Ends all probes without a result. */
  stop(): void {
    for (const { timer, end } of this.#running.values()) {
      clearTimeout(timer);
      end(undefined);
    }
    this.#running.clear();
  }

  /** Sends the datagrams that a probe has ready, and sets its timer or ends it. */
  #advance(id: number, running: RunningProbe): void {
    const { probe, clientPort, end } = running;
    clearTimeout(running.timer);
    const { deadline } = probe;
    if (deadline === undefined) {
      this.#running.delete(id);
      end(probe.result);
      return;
    }
    const datagram = probe.nextDatagram();
    if (datagram !== undefined) {
      const port =
        datagram.fromPort === DHCP_CLIENT_PORT ? clientPort : this.#options.bootServerPort();
      port?.send(datagram.bytes, datagram.to);
    }
    running.timer = setTimeout(
      () => {
        probe.timeout(performance.now());
        this.#advance(id, running);
      },
      Math.max(0, deadline - performance.now()),
    );
  }
}
