import { networkInterfaces } from 'node:os';

import { type HttpBootService } from '@pxe/dhcp-protocol/node';
import { fallbackReason } from '@pxe/udp-batch';

import { serveIpv6 } from './http-boot-ipv6.js';
import { ownAddress } from './own-address.js';
import {
  type LinkService,
  type ProxyDhcpOptions,
  type ProxyDhcpView,
  type ServedInterface,
  serveLink,
} from './proxy-dhcp-link.js';

/** Interval between checks of the interfaces' addresses, in milliseconds. */
const CHECK_EVERY_MS = 30_000;

/** ProxyDHCP service of the daemon. */
export interface ProxyDhcp {
  /** Returns what is known about each interface that is served now. */
  view(): readonly ProxyDhcpView[];
  /** Called when the client at an address has requested a file. */
  requestedFrom(address: string): void;
  close(): Promise<void>;
}

/** Interface that is configured, with its service while it has an address. */
interface ConfiguredInterface {
  /** Name of the interface; undefined for the one that machines can most likely reach. */
  readonly name: string | undefined;
  served?: ServedInterface | undefined;
  service?: LinkService | undefined;
  /** Service for HTTP Boot over IPv6, while the interface has an IPv6 address. */
  httpBoot?: HttpBootService | undefined;
  isWaiting: boolean;
}

/**
 * Starts the ProxyDHCP service on its interfaces. The service waits until an interface has an IPv4 address,
 * and follows changes to the address.
 *
 * @throws {@link ListenError} when a port cannot be bound; if a DHCP server uses the port, the hint contains
 * the configuration for that server
 */
export async function createProxyDhcp(options: ProxyDhcpOptions): Promise<ProxyDhcp> {
  const { settings, events, logger } = options;
  const names = possibleInterfaces(settings.interfaces ?? [undefined], logger);
  const configured = names.map((name): ConfiguredInterface => ({ name, isWaiting: false }));

  /** Opens, moves or closes the service of an interface if the addresses of the interface have changed. */
  async function follow(one: ConfiguredInterface): Promise<void> {
    const { name, served } = one;
    const next = await servedInterface(name);
    if (next === undefined && !one.isWaiting) {
      one.isWaiting = true;
      logger.warn(
        { event: 'dhcp.waiting', interface: name },
        `ProxyDHCP is waiting: ${name ?? 'this host'} has no IPv4 address`,
      );
    }
    if (
      next?.name === served?.name &&
      next?.address === served?.address &&
      next?.ipv6Address === served?.ipv6Address
    ) {
      return;
    }
    await close(one);
    one.served = undefined;
    if (next !== undefined) {
      one.service = await serveLink(options, next);
      one.httpBoot = await serveIpv6(options, next);
      one.served = next;
      one.isWaiting = false;
      logger.info(
        { event: 'dhcp.ready', interface: next.name, address: next.address },
        `ProxyDHCP answers boot clients on ${next.name} (${next.address}), UDP ports 67 and 4011`,
      );
    }
  }

  async function close(one: ConfiguredInterface): Promise<void> {
    await Promise.all([one.service?.close(), one.httpBoot?.close()]);
    one.service = undefined;
    one.httpBoot = undefined;
  }

  async function followAll(): Promise<void> {
    for (const one of configured) {
      await follow(one);
    }
  }

  async function closeAll(): Promise<void> {
    for (const one of configured) {
      await close(one);
    }
  }

  try {
    await followAll();
  } catch (error) {
    await closeAll();
    throw error;
  }
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(followAll).catch((error: unknown) => {
      events.dhcp({ type: 'error', error });
    });
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    view: () => configured.flatMap(({ service }) => service?.view() ?? []),
    requestedFrom(address) {
      for (const { service } of configured) {
        service?.requestedFrom(address);
      }
    },
    async close() {
      clearInterval(timer);
      await last;
      await closeAll();
    },
  };
}

/** Returns the interfaces that can be served: only the first if sockets cannot be bound to an interface. */
function possibleInterfaces(
  names: readonly (string | undefined)[],
  logger: ProxyDhcpOptions['logger'],
): readonly (string | undefined)[] {
  if (fallbackReason === undefined || names.length === 1) {
    return names;
  }
  const [first, ...others] = names;
  logger.warn(
    { event: 'dhcp.one-interface', interface: first, others, reason: fallbackReason },
    `ProxyDHCP answers only on ${first ?? ''}, not on ${others.join(' and ')}: serving several interfaces needs native sockets (${fallbackReason})`,
  );
  return [first];
}

/**
 * Returns the interface to serve, with its first IPv4 address and its first IPv6 address for URLs; undefined if it
 * has no IPv4 address.
 *
 * @param name - name of the interface; undefined for the one that machines can most likely reach
 */
async function servedInterface(name: string | undefined): Promise<ServedInterface | undefined> {
  const own = name === undefined ? await ownAddress() : undefined;
  for (const [link, addresses = []] of Object.entries(networkInterfaces())) {
    const found = addresses.find(
      ({ family, address }) =>
        family === 'IPv4' && (name === undefined ? address === own : link === name),
    );
    if (found !== undefined) {
      const { address, mac } = found;
      const ipv6 = addresses.find(
        (one) => one.family === 'IPv6' && one.scopeid === 0 && !one.address.startsWith('fe80:'),
      );
      return { name: link, address, ipv6Address: ipv6?.address, mac };
    }
  }
  return undefined;
}
