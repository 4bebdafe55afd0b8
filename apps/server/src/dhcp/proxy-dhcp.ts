import { networkInterfaces } from 'node:os';

import { type GenerationManifest } from '@pxe/debian-netboot';
import {
  createProxyDhcpService,
  DhcpListenError,
  type ProxyDhcpService,
} from '@pxe/dhcp-protocol/node';

import { type AllowList } from '../access/allow-list.js';
import { type ServerConfig } from '../config/schema.js';
import { ListenError } from '../errors.js';
import { type BootEvents } from '../log/events.js';
import { type Logger } from '../log/logger.js';
import { bootPlan, type BootPlan } from './boot-files.js';
import { clientBootFile } from './client-boot-file.js';
import { ownAddress } from './own-address.js';
import { udpPortHolder } from './port-holder.js';
import { DHCP_SNIPPETS } from './snippets.js';

/** Interval between checks of the interface's address, in milliseconds. */
const CHECK_EVERY_MS = 30_000;

export interface ProxyDhcpOptions {
  readonly settings: ServerConfig['proxyDhcp'];
  /** Returns the manifest of the generation that is served; undefined while there is none. */
  readonly manifest: () => GenerationManifest | undefined;
  /**
   * Returns the addresses to advertise to the clients of a link.
   *
   * @param localAddress - address of this host on the link
   */
  readonly advertised: (localAddress: string) => AdvertisedAddresses;
  readonly allowList: AllowList;
  readonly events: Pick<BootEvents, 'dhcp'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Addresses at which clients reach this server. */
export interface AdvertisedAddresses {
  /** IPv4 address of the TFTP server. */
  readonly server: string;
  /** Base URL of boot HTTP. */
  readonly baseUrl: string;
}

/** ProxyDHCP service of the daemon. */
export interface ProxyDhcp {
  close(): Promise<void>;
}

/** Interface that is served, with the address of this host there. */
interface ServedInterface {
  readonly name: string;
  readonly address: string;
}

/**
 * Starts the ProxyDHCP service on its interface. It waits for an interface without an IPv4 address, and follows a
 * change of the address.
 *
 * @throws {@link ListenError} when a port is in use, with the lines that its DHCP server needs
 */
export async function createProxyDhcp(options: ProxyDhcpOptions): Promise<ProxyDhcp> {
  const { settings, manifest, advertised, allowList, events, logger } = options;
  let served: ServedInterface | undefined;
  let service: ProxyDhcpService | undefined;
  let isWaiting = false;

  const planOn = (address: string): BootPlan | undefined => {
    const current = manifest();
    const { server, baseUrl } = advertised(address);
    return current && bootPlan(current, server, baseUrl);
  };

  async function open({ name, address }: ServedInterface): Promise<ProxyDhcpService> {
    try {
      return await createProxyDhcpService({
        address,
        link: name,
        relays: settings.relays,
        bootFileFor: (client) => {
          const plan = planOn(address);
          return plan && clientBootFile(plan, client);
        },
        allows: (client) => allowList.allows(client),
        onEvent: (event) => {
          events.dhcp(event);
        },
      });
    } catch (error) {
      if (!(error instanceof DhcpListenError)) {
        throw error;
      }
      const { address: at, port, cause } = error;
      const hint = await hintFor(error, planOn(address));
      throw new ListenError('ProxyDHCP', `${at}:${port}`, cause, hint);
    }
  }

  /** Opens, closes or moves the service if the interface has changed. */
  async function follow(): Promise<void> {
    const next = await servedInterface(settings.interfaces?.[0]);
    if (next === undefined && !isWaiting) {
      isWaiting = true;
      const name = settings.interfaces?.[0];
      logger.warn(
        { event: 'dhcp.waiting', interface: name },
        `ProxyDHCP is waiting: ${name ?? 'this host'} has no IPv4 address`,
      );
    }
    if (next?.name === served?.name && next?.address === served?.address) {
      return;
    }
    await service?.close();
    service = undefined;
    served = undefined;
    if (next !== undefined) {
      service = await open(next);
      served = next;
      isWaiting = false;
      logger.info(
        { event: 'dhcp.ready', interface: next.name, address: next.address },
        `ProxyDHCP answers boot clients on ${next.name} (${next.address}), UDP ports 67 and 4011`,
      );
    }
  }

  await follow();
  let last = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(follow).catch((error: unknown) => {
      events.dhcp({ type: 'error', error });
    });
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await last;
      await service?.close();
    },
  };
}

/**
 * Returns the interface to serve, with its first IPv4 address; undefined if it has none.
 *
 * @param name - undefined for the interface that machines most likely reach
 */
async function servedInterface(name: string | undefined): Promise<ServedInterface | undefined> {
  const own = name === undefined ? await ownAddress() : undefined;
  for (const [link, addresses = []] of Object.entries(networkInterfaces())) {
    const found = addresses.find(
      ({ family, address }) =>
        family === 'IPv4' && (name === undefined ? address === own : link === name),
    );
    if (found !== undefined) {
      return { name: link, address: found.address };
    }
  }
  return undefined;
}

/** Names that `pxeboot dhcp` uses for the programs that serve DHCP. */
const SERVERS: Readonly<Record<string, string>> = {
  dnsmasq: 'dnsmasq',
  dhcpd: 'isc',
  'kea-dhcp4': 'kea',
};

/**
 * Returns the remedy for a port in use. A DHCP server that uses the port can name the boot files itself.
 */
async function hintFor(
  { port, cause }: DhcpListenError,
  plan: BootPlan | undefined,
): Promise<string> {
  const isInUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  if (!isInUse) {
    return 'port 67 needs root or CAP_NET_BIND_SERVICE; or set proxyDhcp.enabled: false';
  }
  const holder = await udpPortHolder(port);
  if (holder === undefined) {
    return `find the other program with "ss -lnup sport = ${port}"; or set proxyDhcp.enabled: false`;
  }
  const { program, pid } = holder;
  const server = SERVERS[program];
  if (server === undefined) {
    return `${program} (process ${pid}) uses it: stop it, or set proxyDhcp.enabled: false`;
  }
  const lines = plan && DHCP_SNIPPETS[server]?.(plan);
  const how =
    lines === undefined
      ? `once the images are fetched, "pxeboot dhcp ${server}" prints its lines`
      : `give it these lines:\n\n${lines}\n`;
  return `${program} (process ${pid}) uses it, and can name the boot files itself: set proxyDhcp.enabled: false, and ${how}`;
}
