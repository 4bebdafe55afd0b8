import { addressBytes } from './address.js';
import { expectUint, textBytes } from './byte-fields.js';
import { MAX_MESSAGE_BYTES, MIN_MESSAGE_BYTES, OptionCode, OPTIONS_OFFSET } from './constants.js';
import {
  FILE_BYTES,
  FILE_OFFSET,
  HARDWARE_ADDRESS_OFFSET,
  MAGIC_COOKIE,
  MAX_HARDWARE_ADDRESS_BYTES,
  Overload,
  SERVER_NAME_BYTES,
  SERVER_NAME_OFFSET,
} from './layout.js';
import { type DhcpMessage, type DhcpOptions } from './message.js';

/** Settings of {@link encodeMessage}. */
export interface EncodeOptions {
  /**
   * Maximum size of the message in bytes, at most 65,507, for example the value of option 57 in the question,
   * less 28 bytes for IP and UDP headers. Messages are padded to 300 bytes all the same. Options that do not
   * fit move to the `file` and `sname` fields if these are empty.
   *
   * @default 65_507
   */
  readonly maxBytes?: number;
}

/** Longest value of one option on the wire, in bytes; a longer one is split (RFC 3396). */
const MAX_FRAGMENT_BYTES = 0xff;

/** Size of the overload option in bytes. */
const OVERLOAD_BYTES = 3;

/**
 * Encodes a message, padded to the 300 bytes of BOOTP. Options keep their order, except that the message type
 * comes first and relay agent information last (RFC 3046 §2.1). Values above 255 bytes are split (RFC 3396).
 *
 * @throws RangeError when the message cannot be encoded: a number out of range, an address that is not IPv4,
 * a name with a NUL or a character above U+00FF or too long for its field, a hardware address above 16 bytes,
 * an option code of 0, 52, 255 or out of range, or options that do not fit
 */
export function encodeMessage(
  message: DhcpMessage,
  { maxBytes = MAX_MESSAGE_BYTES }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  expectUint('maxBytes', maxBytes, MAX_MESSAGE_BYTES);
  if (message.hardwareAddress.length > MAX_HARDWARE_ADDRESS_BYTES) {
    throw new RangeError(
      `hardwareAddress: expected at most ${MAX_HARDWARE_ADDRESS_BYTES} bytes, got ${message.hardwareAddress.length}`,
    );
  }
  const { field, file, serverName } = placeOptions(message, maxBytes - OPTIONS_OFFSET);
  const length = Math.max(MIN_MESSAGE_BYTES, OPTIONS_OFFSET + field.length);
  const bytes = new Uint8Array(length);
  const fields = new DataView(bytes.buffer);
  fields.setUint8(0, message.operation === 'request' ? 1 : 2);
  fields.setUint8(1, expectUint('hardwareType', message.hardwareType, 0xff));
  fields.setUint8(2, message.hardwareAddress.length);
  fields.setUint8(3, expectUint('hops', message.hops, 0xff));
  fields.setUint32(4, expectUint('transactionId', message.transactionId, 0xffff_ffff));
  fields.setUint16(8, expectUint('seconds', message.seconds, 0xffff));
  fields.setUint16(10, expectUint('flags', message.flags, 0xffff));
  bytes.set(addressBytes(message.clientAddress), 12);
  bytes.set(addressBytes(message.yourAddress), 16);
  bytes.set(addressBytes(message.nextServer), 20);
  bytes.set(addressBytes(message.relayAddress), 24);
  bytes.set(message.hardwareAddress, HARDWARE_ADDRESS_OFFSET);
  bytes.set(serverName, SERVER_NAME_OFFSET);
  bytes.set(file, FILE_OFFSET);
  fields.setUint32(OPTIONS_OFFSET - 4, MAGIC_COOKIE);
  bytes.set(field, OPTIONS_OFFSET);
  return bytes;
}

/** Contents of the three fields that can hold options. */
interface PlacedOptions {
  readonly field: readonly number[];
  readonly file: ArrayLike<number>;
  readonly serverName: ArrayLike<number>;
}

/**
 * Places the options in the options field, and those that do not fit there in unused name fields.
 */
function placeOptions({ file, serverName, options }: DhcpMessage, room: number): PlacedOptions {
  const fileName = nameBytes('file', file, FILE_BYTES);
  const serverNameBytes = nameBytes('serverName', serverName, SERVER_NAME_BYTES);
  const fragments = optionFragments(options);
  const relay = fragments.filter(([code]) => code === OptionCode.relayAgentInformation).flat();
  const others = fragments.filter(([code]) => code !== OptionCode.relayAgentInformation);
  const whole = [...others.flat(), ...relay, OptionCode.end];
  if (whole.length <= room) {
    return { field: whole, file: fileName, serverName: serverNameBytes };
  }
  const field = takeFragments(others, room - OVERLOAD_BYTES - relay.length - 1);
  const inFile = file === '' ? takeFragments(others, FILE_BYTES - 1) : [];
  const inServerName = serverName === '' ? takeFragments(others, SERVER_NAME_BYTES - 1) : [];
  if (others.length > 0 || field.length + OVERLOAD_BYTES + relay.length + 1 > room) {
    throw new RangeError(`options do not fit into ${room} bytes and the fields without a name`);
  }
  const overload =
    (inFile.length > 0 ? Overload.file : 0) | (inServerName.length > 0 ? Overload.serverName : 0);
  return {
    field: [...field, OptionCode.overload, 1, overload, ...relay, OptionCode.end],
    file: inFile.length > 0 ? [...inFile, OptionCode.end] : fileName,
    serverName: inServerName.length > 0 ? [...inServerName, OptionCode.end] : serverNameBytes,
  };
}

/** Removes the leading fragments that fit into `room` bytes together, and returns their bytes. */
function takeFragments(fragments: (readonly number[])[], room: number): number[] {
  const taken: number[] = [];
  for (;;) {
    const [next] = fragments;
    if (next === undefined || taken.length + next.length > room) {
      return taken;
    }
    taken.push(...next);
    fragments.shift();
  }
}

/** Returns the options as on the wire, code and length included, the message type first. */
function optionFragments(options: DhcpOptions): (readonly number[])[] {
  const fragments: (readonly number[])[] = [];
  for (const [code, value] of options) {
    expectUint('option code', code, 0xff);
    if (code === OptionCode.pad || code === OptionCode.overload || code === OptionCode.end) {
      throw new RangeError(`option ${code} belongs to the encoding`);
    }
    const parts: (readonly number[])[] = [];
    let offset = 0;
    do {
      const part = value.subarray(offset, offset + MAX_FRAGMENT_BYTES);
      parts.push([code, part.length, ...part]);
      offset += MAX_FRAGMENT_BYTES;
    } while (offset < value.length);
    if (code === OptionCode.messageType) {
      fragments.unshift(...parts);
    } else {
      fragments.push(...parts);
    }
  }
  return fragments;
}

/** Returns the bytes of a name, which must leave room for a NUL in its field. */
function nameBytes(field: string, name: string, size: number): Uint8Array {
  const bytes = textBytes(name);
  if (bytes.length >= size) {
    throw new RangeError(`${field}: expected at most ${size - 1} bytes, got ${bytes.length}`);
  }
  return bytes;
}
