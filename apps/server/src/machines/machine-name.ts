import { isIPv6, SocketAddress } from 'node:net';

import { plainAddress } from '../access/allow-list.js';

/** Identifiers of a machine, in the form used in a boot: in lower case, and the MAC address with colons. */
interface Identifiers {
  readonly mac?: string | undefined;
  readonly uuid?: string | undefined;
  readonly address: string;
}

/**
 * MAC address without separators, possibly after the hardware type of Ethernet, which PXELINUX writes before
 * it.
 */
const MAC_DIGITS = /^(?:01)?([\da-f]{12})$/;

/**
 * Returns true if a text written by a person or a program is the MAC address, UUID or IP address of a
 * machine. Case is ignored, and a MAC address may have the format of DHCP servers, switches or PXELINUX:
 * `52:54:00:12:34:56`, `52-54-00-12-34-56`, `5254.0012.3456`, `525400123456` or `01-52-54-00-12-34-56`.
 */
export function isNamed({ mac, uuid, address }: Identifiers, text: string): boolean {
  const name = text.toLowerCase();
  return (
    name === uuid || plainIpAddress(name) === address || (mac !== undefined && macOf(name) === mac)
  );
}

/** Returns the identifiers for which {@link isNamed} accepts a text. */
export function identifiersNamed(text: string): readonly string[] {
  const name = text.toLowerCase();
  const mac = macOf(name);
  return [...new Set([name, plainIpAddress(name), ...(mac === undefined ? [] : [mac])])];
}

function macOf(name: string): string | undefined {
  const [, digits] = MAC_DIGITS.exec(name.replaceAll(/[:.-]/g, '')) ?? [];
  return digits?.replaceAll(/..(?!$)/g, '$&:');
}

/** Returns an IPv6 address in its shortest form, and any other text unchanged. */
function plainIpAddress(name: string): string {
  const address = plainAddress(name.replaceAll(/^\[|\]$/g, ''));
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}
