import { lookup as lookUp } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { NetbootError } from '../../errors.js';

/**
 * Internal addresses, and those that do not belong to a single host: a server on the Internet has
 * no reason to redirect to them (RFC 6890, RFC 1918, RFC 4193, RFC 6598; multicast, RFC 5771 and
 * RFC 4291 §2.7; broadcast and reserved, RFC 1112; benchmarks, RFC 2544 and RFC 5180; local-use
 * NAT64, RFC 8215).
 */
const INTERNAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  INTERNAL.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['2001:2::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  INTERNAL.addSubnet(network, prefix, 'ipv6');
}

/**
 * Returns true if an address is loopback, link-local, private, multicast, reserved or unspecified.
 */
export function isInternalAddress(address: string): boolean {
  // Mapped, translated (RFC 6052) and 6to4 addresses contain an IPv4 address.
  const embedded = embeddedIpv4(address);
  if (embedded !== undefined) {
    return INTERNAL.check(embedded, 'ipv4');
  }
  return INTERNAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
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
 * Checks a mirror's redirect, which may lead only to web servers, never from https to http, and to internal
 * addresses only from an internal mirror. Anyone who controls a mirror on the Internet could otherwise make
 * this host send requests into its own network.
 *
 * @param isInternalName - returns true if the connections to a name went to internal addresses
 * @returns true if the connection must be limited to public addresses ({@link publicOnlyLookup}),
 *   since the name may resolve differently by then
 * @throws {@link NetbootError} `ERR_NETBOOT_FORBIDDEN_REDIRECT`
 */
export async function checkRedirect(
  mirror: URL,
  from: URL,
  to: URL,
  isInternalName: (hostname: string) => boolean = () => false,
): Promise<boolean> {
  const isWeb = to.protocol === 'https:' || to.protocol === 'http:';
  if (!isWeb) {
    throw forbidden(from, to, 'expected http or https');
  }
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw forbidden(from, to, 'redirects from https to http are not followed');
  }
  if (isInternalLiteral(mirror) ?? isInternalName(mirror.hostname)) {
    return false;
  }
  if (to.hostname !== mirror.hostname && (await isInternalHost(to))) {
    throw forbidden(
      from,
      to,
      'redirects from a public mirror to an internal address are not followed',
    );
  }
  return true;
}

/**
 * Resolves a name for a connection, and refuses internal addresses. Anyone who controls a name can
 * give a public address to a check, and an internal one to the connection.
 */
export const publicOnlyLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const [first] = found;
    const internal = found.find(({ address }) => isInternalAddress(address));
    if (internal !== undefined) {
      const refusal = new NetbootError(
        'ERR_NETBOOT_FORBIDDEN_REDIRECT',
        `refused a redirect from a public mirror: ${hostname} has the internal address ${internal.address}`,
        { hint: 'use another mirror, or configure the redirect target directly' },
      );
      callback(refusal, []);
    } else if (first === undefined || options.all === true) {
      callback(null, found);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

/**
 * Returns true if a host has an internal address; false for a name that only a proxy can resolve.
 */
async function isInternalHost(url: URL): Promise<boolean> {
  const isInternal = isInternalLiteral(url);
  if (isInternal !== undefined) {
    return isInternal;
  }
  const found = await lookup(url.hostname, { all: true }).catch(() => []);
  return found.some(({ address }) => isInternalAddress(address));
}

/** Returns true if a host is internal by its name alone; `undefined` if it must be resolved. */
function isInternalLiteral({ hostname }: URL): boolean | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    return isInternalAddress(host);
  }
  return /(?:^|\.)localhost\.?$/.test(host) ? true : undefined;
}

function forbidden(from: URL, to: URL, why: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_FORBIDDEN_REDIRECT',
    `${from.href} redirects to ${to.href}: ${why}`,
    { hint: 'use another mirror, or configure the redirect target directly' },
  );
}
