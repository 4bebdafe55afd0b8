import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';

import { MAX_BLKSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { readRoutes, RouteTable } from './routes.js';

/** Fallback MTU in bytes: Ethernet's. */
const ETHERNET_MTU = 1_500;

/** Size of the IP, UDP and DATA headers, in bytes. */
const OVERHEAD = { IPv4: 20 + 8 + 4, IPv6: 40 + 8 + 4 } as const;

/** Multicast address of all hosts on a link (RFC 4291 §2.7.1). */
const ALL_HOSTS = 'ff02::1';

/** Address of this host that clients can use. */
export interface LocalAddress {
  /** IP address, with its scope for link-local IPv6. */
  readonly address: string;
  /** Broadcast address of the network. */
  readonly broadcast: string | undefined;
  /** Multicast address of all hosts on the link; only for link-local IPv6 addresses. */
  readonly allHosts: string | undefined;
  /** Address with the prefix length of its network, as in `192.0.2.1/24`. */
  readonly cidr: string | undefined;
}

/**
 * Returns the current addresses of this host.
 *
 * @throws Node.js system error when the system cannot list them, for example without a free descriptor
 * (`EMFILE`)
 */
export function localAddresses(): LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info) => ({
      address: scopedAddress(name, info),
      broadcast: broadcastAddress(info),
      allHosts:
        info.family === 'IPv6' && info.scopeid !== 0 && !info.internal
          ? `${ALL_HOSTS}%${name}`
          : undefined,
      cidr: info.cidr ?? undefined,
    })),
  );
}

/**
 * Returns the largest `blksize` whose DATA packets pass a link without fragmentation: many boot ROMs
 * cannot reassemble fragments.
 *
 * @param mtu - MTU of the link in bytes, from {@link LinkMtus}
 * @param family - address family of the peer
 */
export function unfragmentedBlockSize(mtu: number, family: 'IPv4' | 'IPv6'): number {
  return Math.min(Math.max(mtu - OVERHEAD[family], MIN_BLKSIZE), MAX_BLKSIZE);
}

/** Time for which addresses, routes and MTUs of this host are cached, in milliseconds. */
const KEEP_LINKS_MS = 1_000;

/**
 * MTUs of the links of this host. What the system reports is read once for all clients: in a flood, every
 * request has another address.
 */
export class LinkMtus {
  readonly #mtus = new Map<string, number | undefined>();
  readonly #routes = new Map<'IPv4' | 'IPv6', RouteTable>();
  #own: OwnInterfaces | undefined;
  #until = -Infinity;

  /**
   * Returns the MTU in bytes of the link towards a client, or that of Ethernet if it is unknown. The link of
   * the local address would be wrong: a load balancer's virtual IP address may be on loopback.
   */
  towards({ address, family }: Pick<TftpEndpointAddress, 'address' | 'family'>): number {
    const now = performance.now();
    if (now >= this.#until) {
      this.#mtus.clear();
      this.#routes.clear();
      this.#own = undefined;
      this.#until = now + KEEP_LINKS_MS;
    }
    const [plain = '', scope] = address.split('%', 2);
    this.#own ??= ownInterfaces();
    const own = scope ?? this.#own.byAddress.get(plain) ?? loopbackOf(this.#own, plain);
    if (own !== undefined) {
      return this.#mtuOf(own) ?? ETHERNET_MTU;
    }
    const route = this.#routesOf(family).to(plain);
    const mtu =
      route === undefined || route.mtu > 0 ? route?.mtu : this.#mtuOf(route.interfaceName);
    return mtu ?? ETHERNET_MTU;
  }

  #mtuOf(name: string): number | undefined {
    if (!this.#mtus.has(name)) {
      this.#mtus.set(
        name,
        unlessItFails(() => interfaceMtu(name)),
      );
    }
    return this.#mtus.get(name);
  }

  #routesOf(family: 'IPv4' | 'IPv6'): RouteTable {
    let routes = this.#routes.get(family);
    if (routes === undefined) {
      routes = unlessItFails(() => readRoutes(family)) ?? new RouteTable([]);
      this.#routes.set(family, routes);
    }
    return routes;
  }
}

/** Interfaces that have an address of this host. */
interface OwnInterfaces {
  readonly byAddress: ReadonlyMap<string, string>;
  /** Interface that receives everything sent to 127.0.0.0/8. */
  readonly loopback: string | undefined;
}

function ownInterfaces(): OwnInterfaces {
  const byAddress = new Map<string, string>();
  let loopback: string | undefined;
  for (const [name, infos = []] of Object.entries(unlessItFails(networkInterfaces) ?? {})) {
    for (const info of infos) {
      byAddress.set(info.address, name);
      if (info.internal && info.family === 'IPv4') {
        loopback ??= name;
      }
    }
  }
  return { byAddress, loopback };
}

function loopbackOf({ loopback }: OwnInterfaces, address: string): string | undefined {
  return address.startsWith('127.') ? loopback : undefined;
}

/**
 * Returns undefined for what the system does not report: either it is not Linux and lacks these files, or no
 * file descriptor is free.
 */
function unlessItFails<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function scopedAddress(name: string, info: NetworkInterfaceInfo): string {
  return info.family === 'IPv6' && info.scopeid !== 0 ? `${info.address}%${name}` : info.address;
}

function broadcastAddress(info: NetworkInterfaceInfo): string | undefined {
  if (info.family !== 'IPv4' || info.internal) {
    return undefined;
  }
  const mask = info.netmask.split('.').map(Number);
  const bytes = info.address.split('.').map((part, index) => {
    const bits = mask[index] ?? 0xff;
    return (Number(part) & bits) | (~bits & 0xff);
  });
  const broadcast = bytes.join('.');
  return broadcast === info.address ? undefined : broadcast;
}

function interfaceMtu(name: string): number {
  return Number(readFileSync(`/sys/class/net/${name}/mtu`, 'latin1'));
}
