import { type BootClient } from '../client/boot-client.js';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT } from '../codec/constants.js';
import { decodeMessage } from '../codec/decode.js';
import { type BootProbeResult, type ProbedClient } from '../probe/boot-probe.js';
import { type LeaseRequest, readLeaseRequest } from '../probe/lease-request.js';
import { AnswerLimits } from '../responder/answer-limits.js';
import { BootServerResponder } from '../responder/boot-server.js';
import { ProxyDhcpResponder } from '../responder/proxy-dhcp.js';
import {
  type BootFile,
  type DatagramAddress,
  type Question,
  type ResponderOptions,
  type ResponderResult,
  type UnansweredReason,
} from '../responder/responder.js';
import { Probes } from './probes.js';
import {
  openBootServerPort,
  openBroadcastPort,
  type OpenPort,
  type PortHandler,
  type SocketLink,
} from './sockets.js';
import { type BindDhcpSocket } from './udp-socket.js';

/** Settings of {@link createProxyDhcpService}. */
export interface ProxyDhcpServiceOptions {
  /** IPv4 address of this host on the interface to serve. */
  readonly address: string;
  /** Name of that interface, as in `eth0`. */
  readonly link: string;
  /** Chooses the boot file of a client; undefined leaves the client without an answer. */
  readonly bootFileFor: ResponderOptions['bootFileFor'];
  /** Decides whether an answer may go to an address; see {@link ResponderOptions.allows}. */
  readonly allows: ResponderOptions['allows'];
  /**
   * True to answer the questions that relay agents send to `address`. No DHCP server can run on this host at
   * the same time.
   *
   * @default false
   */
  readonly relays?: boolean;
  /** @default limits with the default rates of {@link AnswerLimits} */
  readonly limits?: AnswerLimits;
  /**
   * Binds sockets to `link`, as `bindUdpSocket` of `@pxe/udp-batch` does with native sockets. A host can then
   * serve several interfaces, each with its own service.
   *
   * @default sockets of `node:dgram`, which also receive broadcasts from other interfaces
   */
  readonly bind?: BindDhcpSocket;
  /** Called with each event. An error that it throws is not caught. */
  readonly onEvent?: (event: ProxyDhcpEvent) => void;
}

/** Event of a {@link ProxyDhcpService}. */
export type ProxyDhcpEvent =
  | {
      /** An answer was sent; an `error` follows if the system does not accept it. */
      readonly type: 'answered';
      readonly service: 'proxyDhcp' | 'bootServer';
      readonly client: BootClient;
      readonly bootFile: BootFile;
      /** Sender of the question. */
      readonly from: DatagramAddress;
      readonly to: DatagramAddress;
    }
  | {
      /** A question got no answer. */
      readonly type: 'unanswered';
      readonly service: 'proxyDhcp' | 'bootServer';
      readonly reason: UnansweredReason;
      /** Client that sent the question, if it is known. */
      readonly client?: BootClient;
      readonly from: DatagramAddress;
    }
  | ({
      /** A client requests a lease that a DHCP server has offered. Anyone can forge such a request. */
      readonly type: 'leaseRequested';
    } & LeaseRequest)
  | {
      /** A socket cannot send or receive, or `bootFileFor` or `allows` has thrown. The service continues. */
      readonly type: 'error';
      readonly error: unknown;
    };

/** ProxyDHCP service and PXE boot server on one interface. */
export interface ProxyDhcpService extends AsyncDisposable {
  /**
   * Asks what other servers offer on the link, as clients of the given kinds that start at the same time.
   * Keeps port 68 open meanwhile. Never requests a lease.
   *
   * A DHCP server on this host that reads packets from the interface, such as ISC dhcpd and Kea, does not see the
   * questions.
   *
   * @param hardwareAddress - address to ask with, 1 to 16 bytes. Switches that inspect DHCP drop messages
   * with an address other than that of the interface
   * @returns a result for each client, in the given order; undefined if the service is closed meanwhile
   * @throws {@link DhcpListenError} when port 68 cannot be bound, RangeError when an architecture is not an
   *   integer from 0 to 65,535 or the hardware address is longer than 16 bytes
   */
  probe(
    clients: readonly ProbedClient[],
    hardwareAddress: Uint8Array,
  ): Promise<readonly BootProbeResult[] | undefined>;
  /** Closes the sockets, and ends probes. */
  close(): Promise<void>;
}

/**
 * Starts a ProxyDHCP service on UDP port 67 and a PXE boot server on port 4011 of one interface. Port 67, and
 * port 68 for probes, need root or the capability `CAP_NET_BIND_SERVICE`.
 *
 * Node does not report the interface on which a broadcast has arrived. Without {@link ProxyDhcpServiceOptions.bind},
 * a question from the network of another interface is answered on this one, where no machine waits for the answer.
 *
 * @throws {@link DhcpListenError} when a port cannot be bound
 */
export async function createProxyDhcpService({
  address,
  link,
  bootFileFor,
  allows,
  relays = false,
  limits = new AnswerLimits(),
  bind,
  onEvent,
}: ProxyDhcpServiceOptions): Promise<ProxyDhcpService> {
  const options: ResponderOptions = { bootFileFor, allows, limits };
  const socketLink: SocketLink = { address, link, bind };
  const ports: { proxyDhcp?: OpenPort; bootServer?: OpenPort } = {};
  const probes = new Probes({ address, bootServerPort: () => ports.bootServer });
  let isOpen = true;

  const failed = (error: unknown): void => {
    if (isOpen) {
      onEvent?.({ type: 'error', error });
    }
  };

  /** Returns the handler of a port that answers questions. */
  function serve(
    service: 'proxyDhcp' | 'bootServer',
    respond: (question: Question, now: number) => ResponderResult,
  ): PortHandler {
    function received(datagram: Uint8Array, from: DatagramAddress): void {
      const port = ports[service];
      // The first datagram may arrive before the port can send.
      if (port === undefined || probes.takes(datagram, from.address)) {
        return;
      }
      if (service === 'proxyDhcp') {
        reportLeaseRequest(datagram);
      }
      let result: ResponderResult;
      try {
        result = respond({ datagram, from, localAddress: address, link }, performance.now());
      } catch (error) {
        failed(error);
        return;
      }
      if (result.type === 'unanswered') {
        const { reason, client } = result;
        onEvent?.({ type: 'unanswered', service, reason, from, ...(client && { client }) });
        return;
      }
      const { answer, client, bootFile } = result;
      port.send(answer.bytes, answer.to);
      onEvent?.({ type: 'answered', service, client, bootFile, from, to: answer.to });
    }
    return { received, failed };
  }

  const proxyDhcp = new ProxyDhcpResponder({
    ...options,
    allows: (relay) => relays && allows(relay),
  });
  const boot = new BootServerResponder(options);
  try {
    const proxyHandler = serve('proxyDhcp', (question, now) => proxyDhcp.receive(question, now));
    ports.proxyDhcp = await openBroadcastPort(socketLink, DHCP_SERVER_PORT, proxyHandler, {
      relays,
    });
    const bootHandler = serve('bootServer', (question, now) => boot.receive(question, now));
    ports.bootServer = await openBootServerPort(socketLink, bootHandler);
  } catch (error) {
    await close();
    throw error;
  }

  function reportLeaseRequest(datagram: Uint8Array): void {
    const decoded = decodeMessage(datagram);
    const request = decoded.ok ? readLeaseRequest(decoded.message) : undefined;
    if (request !== undefined) {
      onEvent?.({ type: 'leaseRequested', ...request });
    }
  }

  async function probe(
    clients: readonly ProbedClient[],
    hardwareAddress: Uint8Array,
  ): ReturnType<ProxyDhcpService['probe']> {
    await using clientPort = await openBroadcastPort(socketLink, DHCP_CLIENT_PORT, {
      received: (datagram, { address: sender }) => probes.takes(datagram, sender),
      failed,
    });
    if (!isOpen) {
      return undefined;
    }
    const results = await Promise.all(
      clients.map((client) => probes.run(client, hardwareAddress, clientPort)),
    );
    return results.every((result) => result !== undefined) ? results : undefined;
  }

  async function close(): Promise<void> {
    if (isOpen) {
      isOpen = false;
      probes.stop();
      await Promise.all([ports.proxyDhcp?.close(), ports.bootServer?.close()]);
    }
  }

  return { probe, close, [Symbol.asyncDispose]: close };
}
