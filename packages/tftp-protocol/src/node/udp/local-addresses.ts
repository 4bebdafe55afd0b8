import { readFileSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

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

/** The addresses of this host at present. */
export function localAddresses(): LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info) => ({
      address: scopedAddress(name, info),
      broadcast: broadcastAddress(info),
    })),
  );
}

/**
 * Largest `blksize` whose DATA packets pass the link of a local address unfragmented, since many
 * network boot ROMs cannot put fragments together.
 *
 * @param family - what the peer speaks
 */
export function unfragmentedBlockSize(address: string, family: 'IPv4' | 'IPv6'): number {
  return interfaceMtu(address) - OVERHEAD[family];
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

function interfaceMtu(address: string): number {
  const name = interfaceName(address);
  if (name === undefined) {
    return ETHERNET_MTU;
  }
  try {
    return Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
  } catch {
    // Only Linux tells the MTU there; everywhere else Ethernet's is the safe choice.
    return ETHERNET_MTU;
  }
}

function interfaceName(address: string): string | undefined {
  const found = Object.entries(networkInterfaces()).find(([name, infos = []]) =>
    infos.some((info) => scopedAddress(name, info) === address),
  );
  return found?.[0];
}
