import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';

import { MAX_BLKSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { readRoutes, type Route, routeTo } from './routes.js';

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

/** Time for which routes and MTUs are cached, in milliseconds. */
const KEEP_MTU_MS = 1_000;

/** Maximum number of addresses whose MTU is cached; a rack can send a thousand requests per second. */
const MAX_REMEMBERED = 4_096;

/** MTUs of the links of this host. */
export class LinkMtus {
  readonly #known = new Map<string, number>();
  #routes: Partial<Record<'IPv4' | 'IPv6', readonly Route[]>> = {};
  #interfaces: ReturnType<typeof networkInterfaces> | undefined;
  #until = -Infinity;

  /**
   * Returns the MTU in bytes of the link towards a client, or that of Ethernet if it is unknown. The link of
   * the local address would be wrong: a load balancer's virtual IP address may be on loopback.
   */
  towards({ address, family }: Pick<TftpEndpointAddress, 'address' | 'family'>): number {
    const now = performance.now();
    if (now >= this.#until || this.#known.size >= MAX_REMEMBERED) {
      this.#known.clear();
      this.#routes = {};
      this.#interfaces = undefined;
      this.#until = now + KEEP_MTU_MS;
    }
    const mtu = this.#known.get(address) ?? this.#lookUp(address, family) ?? ETHERNET_MTU;
    this.#known.set(address, mtu);
    return mtu;
  }

  #lookUp(address: string, family: 'IPv4' | 'IPv6'): number | undefined {
    try {
      const [plain = '', scope] = address.split('%');
      const own = scope ?? interfaceName((this.#interfaces ??= networkInterfaces()), plain);
      if (own !== undefined) {
        return interfaceMtu(own);
      }
      const routes = (this.#routes[family] ??= readRoutes(family));
      const route = routeTo(routes, plain);
      return route && (route.mtu > 0 ? route.mtu : interfaceMtu(route.interfaceName));
    } catch {
      // Either this system is not Linux and lacks these files, or no file descriptor is free.
      return undefined;
    }
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

/** Returns the interface that has an address, for clients on this host; undefined if none has it. */
function interfaceName(
  interfaces: ReturnType<typeof networkInterfaces>,
  address: string,
): string | undefined {
  const isSame = (info: NetworkInterfaceInfo): boolean =>
    info.address === address || (info.internal && isLoopback(address, info.family));
  const found = Object.entries(interfaces).find(([, infos = []]) => infos.some(isSame));
  return found?.[0];
}

function isLoopback(address: string, family: string): boolean {
  return family === 'IPv4' && address.startsWith('127.');
}
