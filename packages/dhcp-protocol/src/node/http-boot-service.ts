import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { type BootClient } from '../client/boot-client.js';
import { AnswerLimits } from '../responder/answer-limits.js';
import { type DatagramAddress, type UnansweredReason } from '../responder/responder.js';
import { HttpBootResponder, type HttpBootResponderOptions } from '../v6/http-boot-responder.js';
import { DHCPV6_SERVER_PORT, DHCPV6_SERVERS_ADDRESS } from '../v6/message.js';
import { DhcpListenError } from './listen-error.js';

/** Hardware type of Ethernet, and the type of an identifier that is a hardware address (RFC 8415 §11.4). */
const LINK_LAYER_IDENTIFIER = [0, 3, 0, 1] as const;

/** Settings of {@link createHttpBootService}. */
export interface HttpBootServiceOptions {
  /** Name of the interface to serve, as in `eth0`. */
  readonly link: string;
  /** Hardware address of the interface, from which the server identifier is made. */
  readonly hardwareAddress: Uint8Array;
  /** Returns the URL of a client's boot file; undefined leaves the client without an answer. */
  readonly bootUrlFor: HttpBootResponderOptions['bootUrlFor'];
  /** @default limits with the default rates of {@link AnswerLimits} */
  readonly limits?: AnswerLimits;
  /** Called with each event. An error that it throws is not caught. */
  readonly onEvent?: (event: HttpBootEvent) => void;
}

/** Event of an {@link HttpBootService}. */
export type HttpBootEvent =
  | {
      /** An answer was sent; an `error` follows if the system does not accept it. */
      readonly type: 'answered';
      readonly client: BootClient;
      readonly url: string;
      readonly to: DatagramAddress;
    }
  | {
      /** A question got no answer. */
      readonly type: 'unanswered';
      readonly reason: UnansweredReason;
      /** Client that sent the question, if it is known. */
      readonly client?: BootClient;
      readonly from: DatagramAddress;
    }
  | {
      /** The socket cannot send or receive, or `bootUrlFor` has thrown. The service continues. */
      readonly type: 'error';
      readonly error: unknown;
    };

/** DHCPv6 service for UEFI HTTP Boot on one interface. */
export interface HttpBootService extends AsyncDisposable {
  /** Closes the socket. */
  close(): Promise<void>;
}

/**
 * Starts a service that gives UEFI HTTP Boot firmware its URL over IPv6, with an `HttpBootResponder`.
 *
 * Its socket is bound to the multicast address of DHCPv6 servers, so a DHCPv6 server on this host that shares
 * port 547 keeps receiving everything that is sent to its own addresses.
 *
 * @throws {@link DhcpListenError} when port 547 cannot be bound
 */
export async function createHttpBootService({
  link,
  hardwareAddress,
  bootUrlFor,
  limits = new AnswerLimits(),
  onEvent,
}: HttpBootServiceOptions): Promise<HttpBootService> {
  const serverIdentifier = Uint8Array.of(...LINK_LAYER_IDENTIFIER, ...hardwareAddress);
  const responder = new HttpBootResponder({ bootUrlFor, serverIdentifier, limits });
  const socket = await openSocket(link);
  const failed = (error: unknown): void => {
    onEvent?.({ type: 'error', error });
  };

  function received(datagram: Uint8Array, { address, port }: RemoteInfo): void {
    const from = { address, port };
    let result: ReturnType<HttpBootResponder['receive']>;
    try {
      result = responder.receive({ datagram, from, link }, performance.now());
    } catch (error) {
      failed(error);
      return;
    }
    if (result.type === 'unanswered') {
      onEvent?.({ ...result, from });
      return;
    }
    const { answer, client, url } = result;
    socket.send(answer.bytes, answer.to.port, answer.to.address, (error) => {
      if (error !== null) {
        failed(error);
      }
    });
    onEvent?.({ type: 'answered', client, url, to: answer.to });
  }

  socket.on('message', received);
  socket.on('error', failed);
  let isOpen = true;

  async function close(): Promise<void> {
    if (isOpen) {
      isOpen = false;
      const end = once(socket, 'close');
      socket.close();
      await end;
    }
  }

  return { close, [Symbol.asyncDispose]: close };
}

/** Opens port 547 for multicasts on a link. */
async function openSocket(link: string): Promise<Socket> {
  const address = `${DHCPV6_SERVERS_ADDRESS}%${link}`;
  const socket = createSocket({ type: 'udp6', reuseAddr: true, ipv6Only: true });
  try {
    // Exclusive: each worker of a cluster binds its own socket.
    socket.bind({ address, port: DHCPV6_SERVER_PORT, exclusive: true });
    await once(socket, 'listening');
    socket.addMembership(DHCPV6_SERVERS_ADDRESS, `::%${link}`);
    return socket;
  } catch (error) {
    socket.close();
    throw new DhcpListenError(address, DHCPV6_SERVER_PORT, error);
  }
}
