import { readFileSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { performance } from 'node:perf_hooks';

import { MAX_BLKSIZE, MIN_BLKSIZE } from '../../codec/constants.js';

/** MTU that is assumed where the system does not tell one: Ethernet's. */
const ETHERNET_MTU = 1_500;

/** Headers of IP and UDP, and the four bytes of a DATA packet's own. */
const OVERHEAD = { IPv4: 20 + 8 + 4, IPv6: 40 + 8 + 4 } as const;

/** An address of this host on which clients can ask. */
export interface LocalAddress {
  /** IP address, with its scope for link-local IPv6. */
  readonly address: string;
  /** Address to which its network broadcasts, for requests sent there. */
  readonly broadcast: string | undefined;
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

/** How long a link is taken to be as it was, in milliseconds; a rack asks a thousand times then. */
const KEEP_MTU_MS = 1_000;

/** What the links of this host carry. */
export class LinkMtus {
  readonly #known = new Map<string, { readonly mtu: number; readonly until: number }>();

  /**
   * The MTU in bytes of the link that has a local address; the last one known, or Ethernet's, when
   * the system does not tell it.
   */
  of(address: string): number {
    const now = performance.now();
    const known = this.#known.get(address);
    if (known !== undefined && now < known.until) {
      return known.mtu;
    }
    const mtu = interfaceMtu(address) ?? known?.mtu ?? ETHERNET_MTU;
    this.#known.set(address, { mtu, until: now + KEEP_MTU_MS });
    return mtu;
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

function interfaceMtu(address: string): number | undefined {
  try {
    const name = interfaceName(address);
    return name === undefined
      ? ETHERNET_MTU
      : Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
  } catch {
    // Only Linux tells the MTU there, and only while the process has a descriptor left.
    return undefined;
  }
}

function interfaceName(address: string): string | undefined {
  const found = Object.entries(networkInterfaces()).find(([name, infos = []]) =>
    infos.some((info) => scopedAddress(name, info) === address),
  );
  return found?.[0];
}
