import { architectureOf, isKnownArchitecture } from '../client/architectures.js';
import { type BootClient } from '../client/boot-client.js';
import { hexText, readText, readUint } from '../codec/byte-fields.js';
import { type Dhcpv6Message, Dhcpv6OptionCode, type Dhcpv6Options } from './message.js';

/** Types of DHCP unique identifiers that contain a hardware address or a UUID (RFC 8415 §11, RFC 6355). */
const DuidType = { linkLayerTime: 1, linkLayer: 3, uuid: 4 } as const;

/** Hardware type of Ethernet. */
const ETHERNET = 1;

/** Vendor class of HTTP Boot firmware with its architecture, as in `HTTPClient:Arch:00016:UNDI:003001`. */
const HTTP_CLIENT = /^HTTPClient(?::Arch:(\d{5}))?/;

/**
 * Returns the UEFI HTTP Boot client that sent a DHCPv6 message.
 *
 * @param source - IPv6 address that the message came from, which often contains the hardware address
 * @returns undefined if the sender is not an HTTP Boot client
 */
export function classifyHttpBootClient(
  { options }: Dhcpv6Message,
  source: string,
): BootClient | undefined {
  const match = vendorClasses(options)
    .map((text) => HTTP_CLIENT.exec(text))
    .find((found) => found !== null);
  if (match === undefined) {
    return undefined;
  }
  const [, number] = match;
  const architectures = numbersOf(options.get(Dhcpv6OptionCode.clientArchitecture)?.[0]);
  const architecture =
    architectures.find(isKnownArchitecture) ??
    architectures[0] ??
    (number === undefined ? undefined : Number(number));
  const identifier = options.get(Dhcpv6OptionCode.clientIdentifier)?.[0] ?? new Uint8Array(0);
  return {
    mac: macOfIdentifier(identifier) ?? macOfSource(source) ?? '',
    vendorClass: 'HTTPClient',
    program: 'firmware',
    architecture,
    ...architectureOf(architecture ?? -1),
    uuid: uuidOfIdentifier(identifier),
  };
}

/** Returns the texts of the vendor classes (RFC 8415 §21.16): an enterprise number, then texts with their lengths. */
function vendorClasses(options: Dhcpv6Options): string[] {
  const texts: string[] = [];
  for (const value of options.get(Dhcpv6OptionCode.vendorClass) ?? []) {
    let offset = 4;
    while (offset + 2 <= value.length) {
      const end = offset + 2 + readUint(value.subarray(offset, offset + 2));
      texts.push(readText(value.subarray(offset + 2, end)));
      offset = end;
    }
  }
  return texts;
}

function numbersOf(value: Uint8Array = new Uint8Array(0)): number[] {
  return Array.from({ length: Math.floor(value.length / 2) }, (_, index) =>
    readUint(value.subarray(2 * index, 2 * index + 2)),
  );
}

function macOfIdentifier(identifier: Uint8Array): string | undefined {
  const type = readUint(identifier.subarray(0, 2));
  const start = { [DuidType.linkLayerTime]: 8, [DuidType.linkLayer]: 4 }[type];
  return start !== undefined &&
    identifier.length === start + 6 &&
    readUint(identifier.subarray(2, 4)) === ETHERNET
    ? hexText(identifier.subarray(start), ':')
    : undefined;
}

/** Returns the hardware address in the low 64 bits of a link-local address (RFC 4291, appendix A). */
function macOfSource(source: string): string | undefined {
  const groups = source.replace(/%.*/, '').split(':').slice(-4);
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  if (!/^[\da-f]{6}fffe[\da-f]{6}$/i.test(digits)) {
    return undefined;
  }
  const hex = `${digits.slice(0, 6)}${digits.slice(10)}`;
  const bytes = Array.from({ length: 6 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
  // The second lowest bit of the first byte is inverted.
  return hexText(
    Uint8Array.from(bytes, (byte, index) => (index === 0 ? byte ^ 2 : byte)),
    ':',
  );
}

function uuidOfIdentifier(identifier: Uint8Array): string | undefined {
  if (identifier.length !== 18 || readUint(identifier.subarray(0, 2)) !== DuidType.uuid) {
    return undefined;
  }
  const hex = hexText(identifier.subarray(2));
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
