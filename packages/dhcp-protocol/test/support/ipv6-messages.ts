import {
  type Dhcpv6Message,
  Dhcpv6MessageType,
  Dhcpv6OptionCode,
  type Dhcpv6Options,
  encodeDhcpv6Message,
} from '../../src/index.js';
import { bytesOf } from './messages.js';

/** DUID with the hardware address 52:54:00:12:34:56 and a time, as EDK2 sends it. */
export const CLIENT_IDENTIFIER = Uint8Array.of(
  ...[0, 1, 0, 1, 0x31, 0xe5, 2, 0x44],
  ...[0x52, 0x54, 0, 0x12, 0x34, 0x56],
);

export const LINK_LOCAL = 'fe80::5054:ff:fe12:3456%eth0';

/** Returns a vendor class option with Intel's enterprise number. */
export function vendorClass(...names: readonly string[]): Uint8Array {
  return Uint8Array.of(
    ...[0, 0, 1, 0x57],
    ...names.flatMap((name) => [0, name.length, ...bytesOf(name)]),
  );
}

/** Returns the options of EDK2's SOLICIT. */
export function firmwareOptions(
  architecture: number,
  vendor = 'HTTPClient',
): Map<number, readonly Uint8Array[]> {
  const name = `${vendor}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003001`;
  return new Map<number, readonly Uint8Array[]>([
    [Dhcpv6OptionCode.clientIdentifier, [CLIENT_IDENTIFIER]],
    [Dhcpv6OptionCode.identityAssociation, [new Uint8Array(12)]],
    [Dhcpv6OptionCode.elapsedTime, [Uint8Array.of(0, 0)]],
    [Dhcpv6OptionCode.optionRequest, [Uint8Array.of(0, 59, 0, 60, 0, 23, 0, 16)]],
    [Dhcpv6OptionCode.clientNetworkInterface, [Uint8Array.of(1, 3, 1)]],
    [Dhcpv6OptionCode.clientArchitecture, [Uint8Array.of(architecture >> 8, architecture & 0xff)]],
    [Dhcpv6OptionCode.vendorClass, [vendorClass(name)]],
  ]);
}

/** Encodes a message, by default a SOLICIT. */
export function encoded(
  options: Dhcpv6Options,
  messageType: Dhcpv6Message['messageType'] = Dhcpv6MessageType.solicit,
): Uint8Array<ArrayBuffer> {
  return encodeDhcpv6Message({ messageType, transactionId: 0x12_34_56, options });
}
