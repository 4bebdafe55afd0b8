import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import {
  bootSolicit,
  decodeDhcpv6Message,
  DHCPV6_CLIENT_PORT,
  DHCPV6_SERVER_PORT,
  DHCPV6_SERVERS_ADDRESS,
  type Dhcpv6BootOffer,
  encodeDhcpv6Message,
  readDhcpv6BootOffer,
} from '@pxe/dhcp-protocol';

import { type Link } from '../self-check/link.js';
import { clientMac } from './ask-offers.js';
import { CLIENT_FACTS } from './client-facts.js';
import { type ClientKind } from './client-kind.js';

/** Time to wait for answers, in milliseconds; servers on the link answer immediately. */
const PATIENCE_MS = 4_000;

/** Time after which the questions are repeated, in milliseconds. */
const RESEND_MS = 1_500;

/** Maximum number of answers kept; more would be a flood. */
const MAX_ANSWERS = 64;

/** Question of a boot client over DHCPv6. */
export interface Ipv6Question {
  readonly kind: ClientKind;
  /** True for an INFORMATION-REQUEST, which does not request an address. */
  readonly isStateless: boolean;
}

/** Answer from a DHCPv6 server. */
export interface Ipv6Answer extends Ipv6Question {
  /** Address of the server, without an interface. */
  readonly from: string;
  readonly offer: Dhcpv6BootOffer;
}

/** Answers to all questions, or the reason why nothing could be asked. */
export type Ipv6Answers =
  | { readonly questions: readonly Ipv6Question[]; readonly answers: readonly Ipv6Answer[] }
  | { readonly skipped: string };

/**
 * Asks DHCPv6 servers for boot files as the given kinds of clients. Never requests a lease.
 *
 * @throws the reason of the signal when it is aborted
 */
export async function askIpv6(
  { name, mac }: Link,
  kinds: readonly ClientKind[],
  signal: AbortSignal,
): Promise<Ipv6Answers> {
  // BIOS firmware has no IPv6.
  const asking = kinds.filter((kind) => kind !== 'bios');
  const [first] = asking;
  if (first === undefined) {
    return { skipped: 'a BIOS boots over IPv4 only' };
  }
  const own = networkInterfaces()[name]?.find(
    ({ family, address }) => family === 'IPv6' && /^fe[89ab]/i.test(address),
  );
  if (own === undefined) {
    return { skipped: `${name} has no link-local IPv6 address` };
  }
  let socket: Socket;
  try {
    socket = await openSocket(`${own.address}%${name}`, name);
  } catch (error) {
    return { skipped: reasonOf(error) };
  }
  const questions = [
    ...asking.map((kind) => ({ kind, isStateless: false })),
    { kind: first, isStateless: true },
  ].map((question) => ({ question, transactionId: randomInt(2 ** 24) }));
  const send = (): void => {
    for (const { question, transactionId } of questions) {
      const { kind, isStateless } = question;
      const bytes = encodeDhcpv6Message(
        bootSolicit({
          client: CLIENT_FACTS[kind].client,
          hardwareAddress: clientMac(mac),
          transactionId,
          isStateless,
        }),
      );
      socket.send(bytes, DHCPV6_SERVER_PORT, `${DHCPV6_SERVERS_ADDRESS}%${name}`);
    }
  };
  const answers = new Map<string, Ipv6Answer>();
  socket.on('message', (datagram, { address }) => {
    const decoded = decodeDhcpv6Message(datagram);
    const offer = decoded.ok ? readDhcpv6BootOffer(decoded.message) : undefined;
    const asked = questions.find(
      ({ transactionId }) => decoded.ok && decoded.message.transactionId === transactionId,
    );
    const from = address.replace(/%.*/, '');
    // Two servers on one host have different identifiers.
    const key = `${asked?.transactionId ?? ''} ${from} ${offer?.serverIdentifier?.join('.') ?? ''}`;
    if (offer !== undefined && asked !== undefined && answers.size < MAX_ANSWERS) {
      answers.set(key, { ...asked.question, from, offer });
    }
  });
  // Without a route, nothing can be sent, so nobody answers.
  socket.on('error', () => undefined);
  try {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      send();
      await delay(Math.min(RESEND_MS, Math.max(0, end - performance.now())), undefined, { signal });
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    socket.close();
  }
  return { questions: questions.map(({ question }) => question), answers: [...answers.values()] };
}

async function openSocket(address: string, device: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp6', reuseAddr: true });
  try {
    socket.bind({ address, port: DHCPV6_CLIENT_PORT, exclusive: true });
    await once(socket, 'listening');
    socket.setMulticastInterface(`::%${device}`);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM'
    ? 'port 546 needs root: run "sudo pxeboot doctor"'
    : `port 546 cannot be used: ${error instanceof Error ? error.message : String(error)}`;
}
