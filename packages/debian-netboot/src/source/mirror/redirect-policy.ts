import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { NetbootError } from '../../errors.js';

/**
 * Distances of an address, farthest first: on the Internet, in a private network, on the same link, on this
 * host. A redirect must not lead nearer than the mirror: otherwise this host would, on the mirror's behalf,
 * send requests to services that the mirror cannot reach, and pass on their responses.
 */
const DISTANCES = ['public', 'private', 'link', 'host'] as const;
export type Distance = (typeof DISTANCES)[number];

/**
 * Networks whose addresses are not public, or do not belong to a single host (RFC 6890, RFC 1918, RFC 4193,
 * RFC 6598; multicast, RFC 5771 and RFC 4291 §2.7; broadcast and reserved, RFC 1112; benchmarks, RFC 2544 and
 * RFC 5180; local-use NAT64, RFC 8215). Connections to unspecified addresses go to this host.
 */
const NETWORKS: Readonly<Record<Exclude<Distance, 'public'>, BlockList>> = {
  host: blockList(['0.0.0.0/8', '127.0.0.0/8'], ['::/127']),
  link: blockList(['169.254.0.0/16'], ['fe80::/10']),
  private: blockList(
    [
      ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16'],
      ...['198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
    ],
    ['64:ff9b:1::/48', '2001:2::/48', 'fc00::/7', 'fec0::/10', 'ff00::/8'],
  ),
};

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [family, networks] of [
    ['ipv4', ipv4],
    ['ipv6', ipv6],
  ] as const) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      list.addSubnet(address, Number(prefix), family);
    }
  }
  return list;
}

/** Returns the distance of an IP address. */
export function distanceOf(address: string): Distance {
  // Mapped, translated (RFC 6052) and 6to4 addresses contain an IPv4 address.
  const plain = embeddedIpv4(address) ?? address;
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  const distances = ['host', 'link', 'private'] as const;
  return distances.find((distance) => NETWORKS[distance].check(plain, family)) ?? 'public';
}

/** Returns true if one distance is nearer to this host than another. */
export function isNearer(one: Distance, other: Distance): boolean {
  return DISTANCES.indexOf(one) > DISTANCES.indexOf(other);
}

function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) {
    return undefined;
  }
  // The URL parser normalises every IPv6 address to its shortest form.
  const groups = expandIpv6(
    new URL(`http://[${address.split('%', 1)[0] ?? ''}]/`).hostname.slice(1, -1),
  );
  const prefix = groups.slice(0, 6).join(':');
  if (prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0') {
    return ipv4Of(groups.slice(6));
  }
  return groups[0] === '2002' ? ipv4Of(groups.slice(1, 3)) : undefined;
}

function expandIpv6(shortest: string): string[] {
  const [head = '', tail] = shortest.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
}

function ipv4Of(groups: readonly string[]): string {
  return groups
    .map((group) => parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/**
 * Checks a mirror's redirect, which may lead only to web servers, never from https to http, and never nearer to
 * this host than the mirror ({@link Distance}).
 *
 * @param distanceOfName - returns the distance of the farthest address that a connection to a host may have
 *   used
 * @returns the distance that the connection must keep ({@link lookupWithin}), since the name may resolve
 *   differently by then
 * @throws {@link NetbootError} `ERR_NETBOOT_FORBIDDEN_REDIRECT`
 */
export async function checkRedirect(
  mirror: URL,
  from: URL,
  to: URL,
  distanceOfName: (hostname: string) => Distance = () => 'public',
): Promise<Distance> {
  const isWeb = to.protocol === 'https:' || to.protocol === 'http:';
  if (!isWeb) {
    throw forbidden(from, to, 'expected http or https');
  }
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw forbidden(from, to, 'redirects from https to http are not followed');
  }
  const limit = distanceOfLiteral(mirror) ?? distanceOfName(mirror.hostname);
  if (to.hostname !== mirror.hostname && isNearer(await nearestDistance(to), limit)) {
    throw forbidden(
      from,
      to,
      `redirects from a mirror ${PLACES[limit]} to an address nearer to this host are not followed`,
    );
  }
  return limit;
}

const PLACES: Readonly<Record<Distance, string>> = {
  public: 'on the Internet',
  private: 'in a private network',
  link: 'on the same link',
  host: 'on this host',
};

/**
 * Returns a resolver for connections that uses only some addresses of a name.
 *
 * @param choose - returns the addresses to use, or the error if there are none
 */
export function resolverOf(
  choose: (hostname: string, found: LookupAddress[]) => LookupAddress[] | NetbootError,
): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      const chosen = error ?? choose(hostname, found);
      if (chosen instanceof Error) {
        callback(chosen, []);
        return;
      }
      const [first] = chosen;
      if (first === undefined || options.all === true) {
        callback(null, chosen);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

/**
 * Returns a resolver for connections that leaves out addresses nearer than a limit, and refuses names that
 * have no other addresses. Anyone who controls a name can give one address to a check, and another to the
 * connection.
 */
export function lookupWithin(limit: Distance): LookupFunction {
  return resolverOf((hostname, found) => {
    const allowed = found.filter(({ address }) => !isNearer(distanceOf(address), limit));
    const [tooNear] = found;
    if (allowed.length > 0 || tooNear === undefined) {
      return allowed;
    }
    return new NetbootError(
      'ERR_NETBOOT_FORBIDDEN_REDIRECT',
      `refused a redirect from a mirror ${PLACES[limit]}: ${hostname} has the address ${tooNear.address}, which is nearer to this host`,
      { hint: HINT },
    );
  });
}

/** Returns the distance of a host's nearest address; `public` for a name that only a proxy can resolve. */
async function nearestDistance(url: URL): Promise<Distance> {
  const known = distanceOfLiteral(url);
  if (known !== undefined) {
    return known;
  }
  const found = await lookup(url.hostname, { all: true }).catch(() => []);
  return found
    .map(({ address }) => distanceOf(address))
    .reduce((nearest, next) => (isNearer(next, nearest) ? next : nearest), 'public');
}

/** Returns the distance of a host if its name alone determines it; `undefined` if it must be resolved. */
function distanceOfLiteral({ hostname }: URL): Distance | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    return distanceOf(host);
  }
  return /(?:^|\.)localhost\.?$/.test(host) ? 'host' : undefined;
}

const HINT = 'use another mirror, or configure the redirect target directly';

function forbidden(from: URL, to: URL, why: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_FORBIDDEN_REDIRECT',
    `${from.href} redirects to ${to.href}: ${why}`,
    { hint: HINT },
  );
}
