import { type Socket } from 'node:dgram';

import { type BootClient } from '../client/boot-client.js';
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
import { closed, openSockets, type SendAnswer, sendFrom } from './sockets.js';

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
   * True to answer the questions that relay agents send to `address`. A DHCP server cannot run on this host then.
   *
   * @default false
   */
  readonly relays?: boolean;
  /** @default the default rates of AnswerLimits */
  readonly limits?: AnswerLimits;
  /** Called for each question, and for socket errors. An error that it throws is not caught. */
  readonly onEvent?: (event: ProxyDhcpEvent) => void;
}

/** Event of a {@link ProxyDhcpService}. */
export type ProxyDhcpEvent =
  | {
      /** An answer was sent. */
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
      /** Client that sent the question, once known. */
      readonly client?: BootClient;
      readonly from: DatagramAddress;
    }
  | {
      /** A socket cannot send or receive, or `bootFileFor` or `allows` has thrown. The service continues. */
      readonly type: 'error';
      readonly error: unknown;
    };

/** ProxyDHCP service and PXE boot server on one interface. */
export interface ProxyDhcpService extends AsyncDisposable {
  /** Closes the sockets. */
  close(): Promise<void>;
}

/**
 * Starts a ProxyDHCP service on UDP port 67 and a PXE boot server on port 4011 of one interface. Both
 * ports need root, or the capability `CAP_NET_BIND_SERVICE` for port 67.
 *
 * Node does not report the interface on which a broadcast has arrived, so a question from the network of another
 * interface is answered on this one, where no machine waits for the answer.
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
  onEvent,
}: ProxyDhcpServiceOptions): Promise<ProxyDhcpService> {
  const options: ResponderOptions = { bootFileFor, allows, limits };
  const reportError = (error: unknown): void => {
    onEvent?.({ type: 'error', error });
  };
  const { proxy, sendFromProxy, bootServer, all } = await openSockets(address, relays, reportError);
  let isOpen = true;

  /** Answers the questions that arrive at a socket. */
  function serve(
    service: 'proxyDhcp' | 'bootServer',
    socket: Socket,
    respond: (question: Question, now: number) => ResponderResult,
    send: SendAnswer,
  ): void {
    socket.on('message', (datagram, remote) => {
      const from = { address: remote.address, port: remote.port };
      let result: ResponderResult;
      try {
        result = respond({ datagram, from, localAddress: address, link }, performance.now());
      } catch (error) {
        reportError(error);
        return;
      }
      if (result.type === 'unanswered') {
        const { reason, client } = result;
        onEvent?.({ type: 'unanswered', service, reason, from, ...(client && { client }) });
        return;
      }
      const { answer, client, bootFile } = result;
      send(answer, (error) => {
        if (error === null) {
          onEvent?.({ type: 'answered', service, client, bootFile, from, to: answer.to });
        } else if (isOpen) {
          reportError(error);
        }
      });
    });
  }

  // An answer to a relay has to come from the address that the relay asked.
  const proxyDhcp = new ProxyDhcpResponder({
    ...options,
    allows: (relay) => relays && allows(relay),
  });
  const boot = new BootServerResponder(options);
  for (const socket of proxy) {
    serve('proxyDhcp', socket, (question, now) => proxyDhcp.receive(question, now), sendFromProxy);
  }
  serve(
    'bootServer',
    bootServer,
    (question, now) => boot.receive(question, now),
    sendFrom(bootServer),
  );

  async function close(): Promise<void> {
    if (isOpen) {
      isOpen = false;
      await Promise.all(all.map(closed));
    }
  }

  return { close, [Symbol.asyncDispose]: close };
}
