import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';

import { MAX_BLKSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { readRoutes, type Route, routeTo } from './routes.js';

/** MTU that is assumed where the system does not tell one: Ethernet's. */
const ETHERNET_MTU = 1_500;

/** Headers of IP and UDP, and the four bytes of a DATA packet's own. */
const OVERHEAD = { IPv4: 20 + 8 + 4, IPv6: 40 + 8 + 4 } as const;

/** All hosts of a link (RFC 4291 §2.7.1). */
const ALL_HOSTS = 'ff02::1';

/** An address of this host on which clients can ask. */
export interface LocalAddress {
  /** IP address, with its scope for link-local IPv6. */
  readonly address: string;
  /** Address to which its network broadcasts, for requests sent there. */
  readonly broadcast: string | undefined;
  /** Address of all hosts of its link: of a link-local IPv6 address only, which each link has. */
  readonly allHosts: string | undefined;
  /** With the length of its network's prefix, as in `192.0.2.1/24`. */
  readonly cidr: string | undefined;
}

/**
 * The addresses of this host at present.
 *
 * @throws Error of Node when the system does not tell them, for lack of a descriptor (`EMFILE`) for
 * one
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
 * Largest `blksize` whose DATA packets pass a link unfragmented, since many network boot ROMs cannot
 * put fragments together.
 *
 * @param mtu - what the link carries, in bytes: {@link LinkMtus}
 * @param family - what the peer speaks
 */
export function unfragmentedBlockSize(mtu: number, family: 'IPv4' | 'IPv6'): number {
  return Math.min(Math.max(mtu - OVERHEAD[family], MIN_BLKSIZE), MAX_BLKSIZE);
}

/** How long routes and links are taken to be as they were, in milliseconds. */
const KEEP_MTU_MS = 1_000;

/** Addresses whose MTU is remembered; a rack asks a thousand times a second. */
const MAX_REMEMBERED = 4_096;

/** What the links of this host carry. */
export class LinkMtus {
  readonly #known = new Map<string, number>();
  #routes: Partial<Record<'IPv4' | 'IPv6', readonly Route[]>> = {};
  #interfaces: ReturnType<typeof networkInterfaces> | undefined;
  #until = -Infinity;

  /**
   * The MTU in bytes of the link over which a client is reached; Ethernet's when the system does not
   * tell it. It is not that of the link that has the local address, which may be loopback's: a virtual
   * IP address of a load balancer.
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
      // Only Linux tells routes and MTUs there, and only while the process has a descriptor left.
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

/** The interface that has an address, for clients on this very host. */
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
