import { type GenerationManifest } from '@pxe/debian-netboot';
import {
  createProxyDhcpService,
  DhcpListenError,
  type DhcpServerKind,
  type ProxyDhcpEvent,
} from '@pxe/dhcp-protocol/node';
import { bindUdpSocket, fallbackReason } from '@pxe/udp-batch';

import { type AllowList } from '../access/allow-list.js';
import { type ServerConfig } from '../config/schema.js';
import { ListenError } from '../errors.js';
import { type BootEvents } from '../log/events.js';
import { type LineLimiter } from '../log/line-limiter.js';
import { type Logger } from '../log/logger.js';
import { portHolder } from '../port-holder.js';
import { bootPlan, type BootPlan } from './boot-files.js';
import { clientBootFile } from './client-boot-file.js';
import { PROBED_KINDS } from './known-servers.js';
import { type IgnoringMachine, NetworkWatch, type ObservedServer } from './network-watch.js';
import { isOwnAddress } from './own-address.js';
import { DHCP_SNIPPETS } from './snippets.js';

/** Interval between probes of other servers, in milliseconds. */
const PROBE_EVERY_MS = 10 * 60_000;

/** Interval between checks for ignored offers, in milliseconds. */
const SWEEP_EVERY_MS = 5_000;

/** UDP port of DHCP servers. */
const DHCP_PORT = 67;

export interface ProxyDhcpOptions {
  readonly settings: ServerConfig['proxyDhcp'];
  /** Returns the manifest of the served generation; undefined if there is none. */
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
  /** Rate-limits the log lines that requests from machines cause. */
  readonly admitsLine: LineLimiter['admits'];
}

/** Addresses at which clients reach this server. */
export interface AdvertisedAddresses {
  /** IPv4 address of the TFTP server. */
  readonly server: string;
  /** Base URL of boot HTTP. */
  readonly baseUrl: string;
}

/** Interface that is served. */
export interface ServedInterface {
  readonly name: string;
  /** IPv4 address of this host on that interface. */
  readonly address: string;
  /** IPv6 address of this host on that interface, other than a link-local one; undefined if it has none. */
  readonly ipv6Address: string | undefined;
  /** Hardware address, as in `52:54:00:12:34:56`. */
  readonly mac: string;
}

/** Facts about an interface with a ProxyDHCP service. */
export interface ProxyDhcpView {
  readonly interface: string;
  /** IPv4 address of this host on that interface. */
  readonly address: string;
  /** Other servers that answer DHCP clients there. */
  readonly servers: readonly ObservedServer[];
  readonly ignoring: readonly IgnoringMachine[];
}

/** ProxyDHCP service on one interface. */
export interface LinkService {
  view(): ProxyDhcpView;
  /** Called when the client at an address has requested a file. */
  requestedFrom(address: string): void;
  close(): Promise<void>;
}

/**
 * Starts the service on an interface, and watches which other servers answer there.
 *
 * @throws {@link ListenError} when a port cannot be bound; if a DHCP server uses the port, the hint contains
 * the configuration for that server
 */
export async function serveLink(
  { settings, manifest, advertised, allowList, events, logger, admitsLine }: ProxyDhcpOptions,
  { name, address, mac }: ServedInterface,
): Promise<LinkService> {
  const plan = (): BootPlan | undefined => {
    const current = manifest();
    const { server, baseUrl } = advertised(address);
    return current && bootPlan(current, server, baseUrl);
  };
  const watch = new NetworkWatch({ link: name, isOwn: isOwnAddress, plan, logger, admitsLine });
  /** Program that serves DHCP on this host, once known. */
  let ownProgram: DhcpServerKind | undefined;

  function onEvent(event: ProxyDhcpEvent): void {
    if (event.type === 'leaseRequested') {
      // Anyone can send many lease requests, and reading the addresses of this host is slow.
      const program =
        ownProgram !== undefined && isOwnAddress(event.server) ? ownProgram : undefined;
      watch.leaseRequested(event, now(), program);
      return;
    }
    if (event.type === 'answered') {
      const { service, client, bootFile } = event;
      if (service === 'proxyDhcp') {
        watch.offered(client, bootFile.file, now());
      } else {
        watch.acknowledged(client.mac);
      }
    }
    events.dhcp(event);
  }

  async function open(): ReturnType<typeof createProxyDhcpService> {
    try {
      return await createProxyDhcpService({
        address,
        link: name,
        relays: settings.relays,
        bootFileFor: (client) => {
          const current = plan();
          return current && clientBootFile(current, client);
        },
        allows: (client) => allowList.allows(client),
        onEvent,
        ...(fallbackReason === undefined && { bind: bindUdpSocket }),
      });
    } catch (error) {
      if (!(error instanceof DhcpListenError)) {
        throw error;
      }
      const { address: at, port, cause } = error;
      throw new ListenError('ProxyDHCP', `${at}:${port}`, cause, {
        hint: await hintFor(error, plan()),
      });
    }
  }

  const service = await open();
  let hasWarned = false;

  /** Sends probes to other servers, to learn what they offer. */
  async function probe(): Promise<void> {
    const holder = await portHolder('udp', DHCP_PORT);
    ownProgram = holder && DHCP_PROGRAMS[holder.program];
    try {
      const clients = PROBED_KINDS.map(({ probed }) => probed);
      const results = await service.probe(clients, macBytes(mac));
      if (results !== undefined) {
        watch.probed(results, now());
      }
    } catch (error) {
      if (error instanceof DhcpListenError && !hasWarned) {
        hasWarned = true;
        logger.warn(
          { event: 'dhcp.no-probe', interface: name, err: error },
          `DHCP: cannot probe other servers on ${name}: ${error.message}`,
        );
      } else if (!(error instanceof DhcpListenError)) {
        events.dhcp({ type: 'error', error });
      }
    }
  }

  let last = probe();
  const timers = [
    setInterval(() => {
      last = last.then(probe);
    }, PROBE_EVERY_MS),
    setInterval(() => {
      watch.reportIgnored(now());
    }, SWEEP_EVERY_MS),
  ];
  for (const timer of timers) {
    timer.unref();
  }
  return {
    view: () => ({
      interface: name,
      address,
      servers: watch.servers(now()),
      ignoring: watch.ignoring(now()),
    }),
    requestedFrom(client) {
      watch.requestedFrom(client);
    },
    async close() {
      for (const timer of timers) {
        clearInterval(timer);
      }
      await service.close();
      await last;
    },
  };
}

/** Returns the time in milliseconds since 1970, according to a clock that never goes back. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Returns the bytes of a hardware address such as `52:54:00:12:34:56`. */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (digits) => Number.parseInt(digits, 16));
}

/** Names that `pxeboot dhcp` uses for the programs that serve DHCP. */
const DHCP_PROGRAMS: Readonly<Record<string, DhcpServerKind>> = {
  dnsmasq: 'dnsmasq',
  dhcpd: 'isc',
  'kea-dhcp4': 'kea',
};

/** Returns the hint for a port in use. A DHCP server that uses the port can name the boot files itself. */
async function hintFor(
  { port, cause }: DhcpListenError,
  plan: BootPlan | undefined,
): Promise<string> {
  const isInUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  if (!isInUse) {
    return 'port 67 needs root or CAP_NET_BIND_SERVICE; or set proxyDhcp.enabled: false';
  }
  const holder = await portHolder('udp', port);
  if (holder === undefined) {
    return `find the other program with "ss -lnup sport = ${port}"; or set proxyDhcp.enabled: false`;
  }
  const { program, pid } = holder;
  const server = DHCP_PROGRAMS[program];
  if (server === undefined) {
    return `${program} (process ${pid}) uses it: stop it, or set proxyDhcp.enabled: false`;
  }
  const lines = plan && DHCP_SNIPPETS[server]?.(plan);
  const how =
    lines === undefined
      ? `once the images have been fetched, "pxeboot dhcp ${server}" prints its configuration`
      : `add these lines to its configuration:\n\n${lines}\n`;
  return `${program} (process ${pid}) uses it, and can name the boot files itself: set proxyDhcp.enabled: false, and ${how}`;
}
