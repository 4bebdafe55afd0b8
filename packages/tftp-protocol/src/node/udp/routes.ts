import { readFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';

/** Route of this host. */
export interface Route {
  readonly interfaceName: string;
  readonly destination: BlockList;
  readonly prefixLength: number;
  /** Metric; the lowest wins among routes of one prefix length. */
  readonly metric: number;
  /** MTU of the route in bytes; 0 for the MTU of its interface. */
  readonly mtu: number;
}

/** RTF_UP of `linux/route.h`. */
const FLAG_UP = 0x1;

/** RTF_REJECT of `linux/route.h`. */
const FLAG_REJECT = 0x200;

/**
 * Reads the routes of one address family from Linux's main table in /proc; policy routing is ignored.
 *
 * @throws Node.js system error when the table cannot be read, for example without a free descriptor
 */
export function readRoutes(family: 'IPv4' | 'IPv6'): Route[] {
  return family === 'IPv4'
    ? parseRoutes4(readFileSync('/proc/net/route', 'latin1'))
    : parseRoutes6(readFileSync('/proc/net/ipv6_route', 'latin1'));
}

/** Returns the route to an address; undefined if there is none. */
export function routeTo(routes: readonly Route[], address: string): Route | undefined {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  let best: Route | undefined;
  for (const route of routes) {
    const isBetter =
      best === undefined ||
      route.prefixLength > best.prefixLength ||
      (route.prefixLength === best.prefixLength && route.metric < best.metric);
    if (isBetter && route.destination.check(address, family)) {
      best = route;
    }
  }
  return best;
}

/** Parses /proc/net/route, with hexadecimal addresses in host byte order (little-endian). */
export function parseRoutes4(table: string): Route[] {
  return rowsOf(table).flatMap((row) => {
    const [interfaceName = '', address = '', , flags = '', , , metric, mask = '', mtu] = row;
    if (!/^[0-9A-F]{8}$/.test(address) || !isUsable(flags)) {
      return [];
    }
    const prefixLength = bitsOf(mask);
    const destination = new BlockList();
    destination.addSubnet(bytesOf(address).reverse().join('.'), prefixLength, 'ipv4');
    const numbers = { metric: Number(metric), mtu: Number(mtu) };
    return [{ interfaceName, destination, prefixLength, ...numbers }];
  });
}

/** Parses /proc/net/ipv6_route, which lacks the MTU of routes. */
export function parseRoutes6(table: string): Route[] {
  return rowsOf(table).flatMap((row) => {
    const [address = '', prefix = '', , , , metric = '', , , flags = '', interfaceName = ''] = row;
    if (!/^[0-9a-f]{32}$/.test(address) || !isUsable(flags)) {
      return [];
    }
    const prefixLength = Number.parseInt(prefix, 16);
    const destination = new BlockList();
    destination.addSubnet((address.match(/.{4}/g) ?? []).join(':'), prefixLength, 'ipv6');
    return [
      { interfaceName, destination, prefixLength, metric: Number.parseInt(metric, 16), mtu: 0 },
    ];
  });
}

function rowsOf(table: string): string[][] {
  return table.split('\n').map((line) => line.trim().split(/\s+/));
}

function isUsable(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & FLAG_UP) !== 0 && (bits & FLAG_REJECT) === 0;
}

function bytesOf(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
}

function bitsOf(mask: string): number {
  return Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
}
