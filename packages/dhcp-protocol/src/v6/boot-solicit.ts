import { expectUint, joinBytes, readText, textBytes } from '../codec/byte-fields.js';
import { type ProbedClient } from '../probe/boot-probe.js';
import { decodeOptions } from './codec.js';
import { type Dhcpv6Message, Dhcpv6MessageType, Dhcpv6OptionCode } from './message.js';

/** Settings of {@link bootSolicit}. */
export interface BootSolicitOptions {
  readonly client: ProbedClient;
  /** Hardware address to ask with, which becomes the client identifier. Servers may remember it. */
  readonly hardwareAddress: Uint8Array;
  /** 24-bit random number that answers repeat. */
  readonly transactionId: number;
  /**
   * True for an INFORMATION-REQUEST, which asks for no address: clients send it where routers announce DHCPv6 for
   * other settings only (RFC 8415 §18.2.6).
   *
   * @default false
   */
  readonly isStateless?: boolean;
}

/** Part of a DHCPv6 server's answer that matters to a boot client. */
export interface Dhcpv6BootOffer {
  /** Identifier of the server (option 2); undefined if it is missing. */
  readonly serverIdentifier: Uint8Array | undefined;
  /** Offered IPv6 address, 16 bytes; undefined if there is none. */
  readonly address: Uint8Array | undefined;
  /** URL of the boot file (option 59, RFC 5970), one character per byte; undefined if there is none. */
  readonly bootFileUrl: string | undefined;
}

/** Hardware type of Ethernet in a client identifier. */
const ETHERNET = 1;

/** Type of a client identifier that consists of a hardware address (RFC 8415 §11.4). */
const LINK_LAYER = 3;

/** Enterprise number of Intel, which defined PXE. */
const INTEL = 343;

/** Identity association without preferences: an id, two durations and no address, all zero. */
const NO_PREFERENCES = new Uint8Array(12);

/** Interface of the firmware: UNDI 3.1. */
const INTERFACE = Uint8Array.of(1, 3, 1);

/** Code of the option with an address, inside the one of an identity association. */
const ADDRESS = 5;

/** Size of an address option: the address and two lifetimes, in bytes. */
const ADDRESS_OPTION_BYTES = 24;

/**
 * Returns the SOLICIT of a boot client, which asks for an address and the URL of a boot file; or, with `isStateless`,
 * its INFORMATION-REQUEST, which only asks for the URL. The SOLICIT does not allow a rapid commit, so servers only say
 * what they would assign.
 *
 * @throws RangeError when the architecture is out of range
 */
export function bootSolicit({
  client,
  hardwareAddress,
  transactionId,
  isStateless = false,
}: BootSolicitOptions): Dhcpv6Message {
  const { vendorClass, architecture, isIpxe = false } = client;
  const number = String(architecture).padStart(5, '0');
  const name = textBytes(`${vendorClass}:Arch:${number}:UNDI:003001`);
  const { bootFileUrl, bootFileParameters } = Dhcpv6OptionCode;
  const options: (readonly [number, Uint8Array])[] = [
    [
      Dhcpv6OptionCode.clientIdentifier,
      joinBytes([uint16(LINK_LAYER), uint16(ETHERNET), hardwareAddress]),
    ],
    ...(isStateless ? [] : [[Dhcpv6OptionCode.identityAssociation, NO_PREFERENCES] as const]),
    [Dhcpv6OptionCode.elapsedTime, uint16(0)],
    [
      Dhcpv6OptionCode.optionRequest,
      joinBytes([uint16(bootFileUrl), uint16(bootFileParameters), uint16(23)]),
    ],
    [Dhcpv6OptionCode.clientNetworkInterface, INTERFACE],
    [
      Dhcpv6OptionCode.clientArchitecture,
      uint16(expectUint('architecture', architecture, 0xff_ff)),
    ],
    [
      Dhcpv6OptionCode.vendorClass,
      joinBytes([uint16(0), uint16(INTEL), uint16(name.length), name]),
    ],
    ...(isIpxe
      ? [[Dhcpv6OptionCode.userClass, joinBytes([uint16(4), textBytes('iPXE')])] as const]
      : []),
  ];
  const messageType = isStateless
    ? Dhcpv6MessageType.informationRequest
    : Dhcpv6MessageType.solicit;
  return {
    messageType,
    transactionId,
    options: new Map(options.map(([code, value]) => [code, [value]])),
  };
}

/**
 * Reads the answer from a server to a boot client.
 *
 * @returns undefined for messages other than ADVERTISE and REPLY
 */
export function readDhcpv6BootOffer({
  messageType,
  options,
}: Dhcpv6Message): Dhcpv6BootOffer | undefined {
  if (messageType !== Dhcpv6MessageType.advertise && messageType !== Dhcpv6MessageType.reply) {
    return undefined;
  }
  const [url] = options.get(Dhcpv6OptionCode.bootFileUrl) ?? [];
  const addresses = (options.get(Dhcpv6OptionCode.identityAssociation) ?? []).flatMap(
    (value) => decodeOptions(value.subarray(NO_PREFERENCES.length))?.get(ADDRESS) ?? [],
  );
  return {
    serverIdentifier: options.get(Dhcpv6OptionCode.serverIdentifier)?.[0],
    address: addresses.find(({ length }) => length >= ADDRESS_OPTION_BYTES)?.subarray(0, 16),
    bootFileUrl: url === undefined ? undefined : readText(url),
  };
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
