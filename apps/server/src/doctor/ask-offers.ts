import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import {
  BootProbe,
  type BootProbeResult,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  PXE_BOOT_SERVER_PORT,
} from '@pxe/dhcp-protocol';

import { type Link } from '../self-check/link.js';
import { CLIENT_FACTS } from './client-facts.js';
import { type ClientKind } from './client-kind.js';

const EVERYBODY = '255.255.255.255';

/** Interval at which the deadlines of probes are checked, in milliseconds. */
const TICK_MS = 50;

/** Answers for each kind of client, or the reason why nothing could be asked. */
export type Offers =
  { readonly results: ReadonlyMap<ClientKind, BootProbeResult> } | { readonly skipped: string };

/** Sockets of a boot client. */
interface ClientSockets {
  /** Receives the broadcasts to clients. */
  readonly offers: Socket;
  /**
   * Sends broadcasts on the link. Connected, so that it does not take datagrams away from another DHCP
   * client.
   */
  readonly questions: Socket;
  /** Sends requests to boot servers, and receives their answers. */
  readonly bootServer: Socket;
}

/**
 * Asks which boot files the link offers, as all the given kinds of clients at the same time. Never requests a
 * lease.
 *
 * @throws the reason of the signal when it is aborted
 */
export async function askOffers(
  { address, mac }: Link,
  kinds: readonly ClientKind[],
  signal: AbortSignal,
): Promise<Offers> {
  let sockets: ClientSockets;
  try {
    sockets = await openSockets(address);
  } catch (error) {
    return { skipped: reasonOf(error) };
  }
  const hardwareAddress = clientMac(mac);
  const start = performance.now();
  const probes = kinds.map(
    (kind) =>
      new BootProbe(
        {
          client: CLIENT_FACTS[kind].client,
          hardwareAddress,
          transactionId: randomInt(2 ** 32),
          localAddress: address,
        },
        start,
      ),
  );
  const send = (): void => {
    for (const probe of probes) {
      for (let out = probe.nextDatagram(); out !== undefined; out = probe.nextDatagram()) {
        if (out.to.port === DHCP_SERVER_PORT) {
          sockets.questions.send(out.bytes);
        } else {
          sockets.bootServer.send(out.bytes, out.to.port, out.to.address);
        }
      }
    }
  };
  for (const socket of [sockets.offers, sockets.bootServer]) {
    socket.on('message', (datagram, remote) => {
      for (const probe of probes) {
        probe.receive(datagram, remote.address);
      }
      send();
    });
  }
  for (const socket of Object.values(sockets) as Socket[]) {
    // The boot server may not be listening; its missing answer is reported.
    socket.on('error', () => undefined);
  }
  try {
    send();
    while (probes.some(({ deadline }) => deadline !== undefined)) {
      await delay(TICK_MS, undefined, { signal });
      for (const probe of probes) {
        probe.timeout(performance.now());
      }
      send();
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    for (const socket of Object.values(sockets) as Socket[]) {
      socket.close();
    }
  }
  const results = new Map<ClientKind, BootProbeResult>();
  for (const [index, kind] of kinds.entries()) {
    const result = probes[index]?.result;
    if (result !== undefined) {
      results.set(kind, result);
    }
  }
  return { results };
}

/**
 * Returns the hardware address to send in requests: that of the interface, turned into a locally administered
 * one. It differs from this host's own address, for which a server may have a lease, and is always the same,
 * so that servers set aside only one address.
 */
export function clientMac(mac: string): Uint8Array {
  const bytes = Uint8Array.from(mac.split(':'), (text) => Number.parseInt(text, 16));
  const [first = 0] = bytes;
  bytes[0] = first ^ 2;
  return bytes;
}

async function openSockets(address: string): Promise<ClientSockets> {
  const opened: Socket[] = [];
  const bound = async (at: string, port: number, shared: boolean): Promise<Socket> => {
    const socket = createSocket({ type: 'udp4', reuseAddr: shared });
    opened.push(socket);
    socket.bind({ address: at, port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  };
  try {
    const offers = await bound(EVERYBODY, DHCP_CLIENT_PORT, true);
    const questions = await bound(address, DHCP_CLIENT_PORT, true);
    questions.setBroadcast(true);
    questions.connect(DHCP_SERVER_PORT, EVERYBODY);
    await once(questions, 'connect');
    // A boot server on this host may use port 4011; servers answer to any port.
    const bootServer = await bound(address, PXE_BOOT_SERVER_PORT, false).catch(() =>
      bound(address, 0, false),
    );
    return { offers, questions, bootServer };
  } catch (error) {
    for (const socket of opened) {
      socket.close();
    }
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'port 68 needs root: run "sudo pxeboot doctor"';
    case 'EADDRINUSE':
      return 'another DHCP client has exclusive use of port 68: find it with "ss -lnup sport = 68" and stop it';
    default:
      return `port 68 cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
