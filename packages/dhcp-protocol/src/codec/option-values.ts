import { formatAddress } from './address.js';
import { hexText, readTerminatedText, readText, readUint } from './byte-fields.js';
import { OptionCode } from './constants.js';
import { type DhcpMessage, type DhcpOptions } from './message.js';

/** Returns the message type (option 53); undefined if it is missing or not one byte. */
export function messageTypeOf(options: DhcpOptions): number | undefined {
  const value = options.get(OptionCode.messageType);
  return value?.length === 1 ? value[0] : undefined;
}

/**
 * Returns the text of an option up to its first NUL, one character per byte: senders differ on whether a NUL
 * belongs to the value. Undefined if the option is missing.
 */
export function textOption(options: DhcpOptions, code: number): string | undefined {
  const value = options.get(code);
  return value === undefined ? undefined : readTerminatedText(value);
}

/**
 * Returns the IPv4 addresses of an option; undefined if it is missing, empty or not a multiple of four bytes
 * long.
 */
export function addressesOption(options: DhcpOptions, code: number): string[] | undefined {
  const value = options.get(code);
  if (value === undefined || value.length === 0 || value.length % 4 !== 0) {
    return undefined;
  }
  return Array.from({ length: value.length / 4 }, (_, index) =>
    formatAddress(value.subarray(4 * index, 4 * index + 4)),
  );
}

/**
 * Returns the architectures of a client (option 93, RFC 4578 §2.1), in its order of preference; undefined if
 * the option is missing, empty or not a multiple of two bytes long.
 */
export function architecturesOf(options: DhcpOptions): number[] | undefined {
  const value = options.get(OptionCode.clientArchitecture);
  if (value === undefined || value.length === 0 || value.length % 2 !== 0) {
    return undefined;
  }
  return Array.from({ length: value.length / 2 }, (_, index) =>
    readUint(value.subarray(2 * index, 2 * index + 2)),
  );
}

/** Network interface of a client (option 94, RFC 4578 §2.2). */
export interface NetworkInterface {
  /** 1 for UNDI, the only registered type. */
  readonly type: number;
  readonly major: number;
  readonly minor: number;
}

/** Returns the network interface of a client; undefined if option 94 is missing or not three bytes. */
export function networkInterfaceOf(options: DhcpOptions): NetworkInterface | undefined {
  const [type, major, minor, ...rest] = options.get(OptionCode.clientNetworkInterface) ?? [];
  return type === undefined || major === undefined || minor === undefined || rest.length > 0
    ? undefined
    : { type, major, minor };
}

/**
 * Returns the UUID of a client (option 97, RFC 4578 §2.3), as in `00112233-4455-6677-8899-aabbccddeeff`. Its
 * first three fields are little-endian on the wire, as in SMBIOS.
 *
 * @returns undefined if the option is missing, of another type or not 17 bytes
 */
export function machineUuidOf(options: DhcpOptions): string | undefined {
  const value = options.get(OptionCode.clientMachineIdentifier);
  if (value?.length !== 17 || value[0] !== 0) {
    return undefined;
  }
  return [
    value.slice(1, 5).reverse(),
    value.slice(5, 7).reverse(),
    value.slice(7, 9).reverse(),
    value.subarray(9, 11),
    value.subarray(11, 17),
  ]
    .map((field) => hexText(field))
    .join('-');
}

/**
 * Returns the user classes of a client (option 77). Each class in the list has a length byte (RFC 3004), but
 * iPXE and others send the bare text, which is then the only class.
 */
export function userClassesOf(options: DhcpOptions): string[] {
  const value = options.get(OptionCode.userClass);
  if (value === undefined || value.length === 0) {
    return [];
  }
  const classes: string[] = [];
  let offset = 0;
  for (;;) {
    const length = value[offset];
    if (length === undefined) {
      return classes;
    }
    const end = offset + 1 + length;
    if (length === 0 || end > value.length) {
      return [readText(value)];
    }
    classes.push(readText(value.subarray(offset + 1, end)));
    offset = end;
  }
}

/**
 * Returns the boot file that a message names: option 67, otherwise the `file` field; empty if it names none.
 */
export function bootFileOf({ options, file }: DhcpMessage): string {
  return textOption(options, OptionCode.bootFileName) ?? file;
}

/** Returns the hardware address of a client as in `52:54:00:12:34:56`. */
export function macOf({ hardwareAddress }: Pick<DhcpMessage, 'hardwareAddress'>): string {
  return hexText(hardwareAddress, ':');
}
