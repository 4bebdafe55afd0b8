import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Returns the source whose limits an address counts towards: the address itself for IPv4 and link-local IPv6,
 * or the /64 of any other IPv6 address, since one host can use any number of addresses in its /64.
 *
 * @param address - result of {@link plainAddress}
 */
export function sourceGroup(address: string): string {
  if (!isIPv6(address) || /^fe[89ab]/i.test(address)) {
    return address;
  }
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  const network = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0')].slice(0, 4);
  return `${network.join(':')}::/64`;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Returns true for a loopback address, which only programs on this host can use.
 *
 * @param address - result of {@link plainAddress}
 */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
