import { readFileSync } from 'node:fs';

/** Route of this host. */
export interface Route {
  readonly interfaceName: string;
  /** Leading bits that all addresses of the destination share, as a string of `0` and `1`. */
  readonly prefix: string;
  /** Metric; the lowest wins among routes of one prefix length. */
  readonly metric: number;
  /** MTU of the route in bytes; 0 for the MTU of its interface. */
  readonly mtu: number;
}

/** RTF_UP of `linux/route.h`. */
const FLAG_UP = 0x1;

/** RTF_REJECT of `linux/route.h`. */
const FLAG_REJECT = 0x200;

/** Routes of one address family. */
export class RouteTable {
  /** Best route to each prefix. */
  readonly #routes = new Map<string, Route>();
  /** Lengths of the prefixes, longest first. */
  readonly #lengths: readonly number[];

  constructor(routes: Iterable<Route>) {
    for (const route of routes) {
      const known = this.#routes.get(route.prefix);
      if (known === undefined || route.metric < known.metric) {
        this.#routes.set(route.prefix, route);
      }
    }
    const lengths = new Set([...this.#routes.keys()].map(({ length }) => length));
    this.#lengths = [...lengths].toSorted((one, other) => other - one);
  }

  /** Returns the route to an address; undefined if there is none. Looks up one prefix of each length. */
  to(address: string): Route | undefined {
    const bits = bitsOfAddress(address);
    for (const length of this.#lengths) {
      const route = this.#routes.get(bits.slice(0, length));
      if (route !== undefined) {
        return route;
      }
    }
    return undefined;
  }
}

/**
 * Reads the routes of one address family from Linux's main table in /proc; policy routing is ignored.
 *
 * @throws Node.js system error when the table cannot be read, for example without a free descriptor
 */
export function readRoutes(family: 'IPv4' | 'IPv6'): RouteTable {
  return new RouteTable(
    family === 'IPv4'
      ? parseRoutes4(readFileSync('/proc/net/route', 'latin1'))
      : parseRoutes6(readFileSync('/proc/net/ipv6_route', 'latin1')),
  );
}

/** Parses /proc/net/route, with hexadecimal addresses in host byte order (little-endian). */
export function parseRoutes4(table: string): Route[] {
  return rowsOf(table).flatMap((row) => {
    const [interfaceName = '', address = '', , flags = '', , , metric, mask = '', mtu] = row;
    if (!/^[0-9A-F]{8}$/.test(address) || !isUsable(flags)) {
      return [];
    }
    const length = bitsOf(bytesOf(mask)).replaceAll('0', '').length;
    const prefix = bitsOf(bytesOf(address).reverse()).slice(0, length);
    return [{ interfaceName, prefix, metric: Number(metric), mtu: Number(mtu) }];
  });
}

/** Parses /proc/net/ipv6_route, which lacks the MTU of routes. */
export function parseRoutes6(table: string): Route[] {
  return rowsOf(table).flatMap((row) => {
    const [address = '', length = '', , , , metric = '', , , flags = '', interfaceName = ''] = row;
    if (!/^[0-9a-f]{32}$/.test(address) || !isUsable(flags)) {
      return [];
    }
    const prefix = bitsOf(bytesOf(address)).slice(0, Number.parseInt(length, 16));
    return [{ interfaceName, prefix, metric: Number.parseInt(metric, 16), mtu: 0 }];
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

function bitsOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** Returns the bits of a valid IP address without a scope. */
function bitsOfAddress(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const start = bitsOfGroups(head);
  if (tail === undefined) {
    return start;
  }
  const end = bitsOfGroups(tail);
  return start + '0'.repeat(128 - start.length - end.length) + end;
}

/** Returns the bits of the groups on one side of `::`; the last one may be an IPv4 address. */
function bitsOfGroups(groups: string): string {
  return groups
    .split(':')
    .map((group) => {
      if (group.includes('.')) {
        return bitsOf(group.split('.').map(Number));
      }
      return group === '' ? '' : Number.parseInt(group, 16).toString(2).padStart(16, '0');
    })
    .join('');
}
