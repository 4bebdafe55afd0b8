import { isIP } from 'node:net';

import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostSettings } from '../config/hosts.js';

/** Everything known about a machine that is matched against the hosts. */
export interface Machine extends MachineIdentity {
  /** IP address, without a zone or an IPv4-mapped prefix (`::ffff:`). */
  readonly address?: string;
}

/** Configured hosts. The time of a lookup does not depend on their number. */
export interface HostTable {
  /** Returns the first host, in the order of the configuration, that matches the machine. */
  find(machine: Machine): HostSettings | undefined;
}

/** Indexes of the hosts that match subnets of one family and prefix length, by the number of the network. */
interface Prefix {
  readonly family: 4 | 6;
  readonly length: number;
  readonly hosts: Map<bigint, number>;
}

const BITS = { 4: 32, 6: 128 } as const;

/**
 * Indexes hosts by MAC address, UUID and address. Subnets are looked up once per prefix length, of which
 * there are at most 162, so that the number of hosts does not matter.
 */
export function createHostTable(hosts: readonly HostSettings[] = []): HostTable {
  const keys = new Map<string, number>();
  const prefixes = new Map<string, Prefix>();
  for (const [index, host] of hosts.entries()) {
    const { mac, uuid, ip, subnet } = host.match;
    for (const key of [mac, uuid]) {
      if (key !== undefined && !keys.has(key)) {
        keys.set(key, index);
      }
    }
    if (ip !== undefined || subnet !== undefined) {
      addPrefix(prefixes, ip ?? subnet ?? '', index);
    }
  }

  return {
    find({ mac, uuid, address }) {
      let first = Math.min(keys.get(mac ?? '') ?? Infinity, keys.get(uuid ?? '') ?? Infinity);
      const family = address === undefined || prefixes.size === 0 ? 0 : isIP(address);
      if (family !== 0 && address !== undefined) {
        const value = addressValue(address);
        for (const prefix of prefixes.values()) {
          if (prefix.family === family) {
            first = Math.min(first, prefix.hosts.get(networkOf(value, prefix)) ?? Infinity);
          }
        }
      }
      return first === Infinity ? undefined : hosts[first];
    },
  };
}

function addPrefix(prefixes: Map<string, Prefix>, text: string, index: number): void {
  const [address = '', bits] = text.split('/');
  const family = isIP(address) === 6 ? 6 : 4;
  const length = bits === undefined ? BITS[family] : Number(bits);
  const key = `${family}/${length}`;
  const prefix = prefixes.get(key) ?? { family, length, hosts: new Map<bigint, number>() };
  prefixes.set(key, prefix);
  const network = networkOf(addressValue(address), prefix);
  if (!prefix.hosts.has(network)) {
    prefix.hosts.set(network, index);
  }
}

function networkOf(value: bigint, { family, length }: Pick<Prefix, 'family' | 'length'>): bigint {
  return value >> BigInt(BITS[family] - length);
}

/** Converts an IPv4 or IPv6 address to a number. */
function addressValue(address: string): bigint {
  if (isIP(address) === 4) {
    return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  }
  const [plain = ''] = address.split('%', 1);
  const [head = '', tail] = withoutDots(plain).split('::');
  const groupsOf = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const missing = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...missing, ...right].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** Writes the IPv4 part at the end of an IPv6 address, if there is one, as two groups. */
function withoutDots(address: string): string {
  const start = address.lastIndexOf(':') + 1;
  const parts = address.slice(start).split('.');
  if (parts.length !== 4) {
    return address;
  }
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return `${address.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
