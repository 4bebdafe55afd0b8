import { OptionCode } from '../codec/constants.js';
import { type DhcpOptions } from '../codec/message.js';

/** Program that serves DHCP. */
export type DhcpServerKind = 'dnsmasq' | 'isc' | 'kea';

// Codes of RFC 2132 that `OptionCode` lacks.
const RENEWAL_TIME = 58;
const REBINDING_TIME = 59;
const BROADCAST_ADDRESS = 28;

const { messageType, serverIdentifier, leaseTime, subnetMask } = OptionCode;

/**
 * Returns the program that has most likely made an offer of an address: each writes its options in an order of
 * its own.
 *
 * | program   | order of the options                                                        |
 * | --------- | --------------------------------------------------------------------------- |
 * | dnsmasq   | type, server, lease time, ..., renewal and rebinding time, mask, broadcast  |
 * | ISC dhcpd | type, server, lease time, mask, ...                                         |
 * | Kea       | type, then by their numbers                                                 |
 *
 * @returns undefined for other programs
 */
export function dhcpServerKind(options: DhcpOptions): DhcpServerKind | undefined {
  const codes = [...options.keys()];
  const mask = codes.indexOf(subnetMask);
  const startsWith = (...expected: readonly number[]): boolean =>
    expected.every((code, index) => codes[index] === code);
  if (startsWith(messageType, serverIdentifier, leaseTime)) {
    const around = [codes[mask - 2], codes[mask - 1], codes[mask + 1]];
    if (
      around[0] === RENEWAL_TIME &&
      around[1] === REBINDING_TIME &&
      around[2] === BROADCAST_ADDRESS
    ) {
      return 'dnsmasq';
    }
    return mask === 3 && around[2] !== BROADCAST_ADDRESS ? 'isc' : undefined;
  }
  const [first, ...others] = codes;
  const isSorted = String(others) === String([...others].sort((one, other) => one - other));
  return first === messageType && isSorted && mask === 1 && options.has(leaseTime)
    ? 'kea'
    : undefined;
}
