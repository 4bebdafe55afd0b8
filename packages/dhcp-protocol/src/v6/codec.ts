import { expectUint, readUint } from '../codec/byte-fields.js';
import { type Dhcpv6Message, Dhcpv6MessageType, type Dhcpv6Options } from './message.js';

/** Size of the fields before the options, in bytes. */
const HEADER_BYTES = 4;

/** Size of the code and the length of an option, in bytes. */
const OPTION_HEADER_BYTES = 4;

/** Largest message that fits in a UDP datagram, in bytes. */
const MAX_MESSAGE_BYTES = 65_527;

/**
 * Reason why a datagram is not a DHCPv6 message between a client and a server.
 *
 * - `truncated`: shorter than the fixed fields
 * - `tooLong`: longer than a UDP datagram can be
 * - `relayMessage`: a Relay-forward or Relay-reply message, which has a different header
 * - `truncatedOption`: an option is longer than the rest of the message
 */
export type Dhcpv6DecodeFailureReason =
  'truncated' | 'tooLong' | 'relayMessage' | 'truncatedOption';

/** Result of {@link decodeDhcpv6Message}. */
export type Dhcpv6DecodeResult =
  | { readonly ok: true; readonly message: Dhcpv6Message }
  | { readonly ok: false; readonly reason: Dhcpv6DecodeFailureReason };

/**
 * Decodes a DHCPv6 message between a client and a server. Never throws.
 *
 * @param datagram - UDP payload; the values of the options are views into it
 */
export function decodeDhcpv6Message(datagram: Uint8Array): Dhcpv6DecodeResult {
  const [messageType] = datagram;
  if (messageType === undefined || datagram.length < HEADER_BYTES) {
    return { ok: false, reason: 'truncated' };
  }
  if (datagram.length > MAX_MESSAGE_BYTES) {
    return { ok: false, reason: 'tooLong' };
  }
  if (
    messageType === Dhcpv6MessageType.relayForward ||
    messageType === Dhcpv6MessageType.relayReply
  ) {
    return { ok: false, reason: 'relayMessage' };
  }
  const options = decodeOptions(datagram.subarray(HEADER_BYTES));
  return options === undefined
    ? { ok: false, reason: 'truncatedOption' }
    : {
        ok: true,
        message: { messageType, transactionId: readUint(datagram.subarray(1, 4)), options },
      };
}

/** Decodes a list of options, of a message or inside an option; undefined if one is longer than the rest. */
export function decodeOptions(field: Uint8Array): Dhcpv6Options | undefined {
  const options = new Map<number, Uint8Array[]>();
  let offset = 0;
  while (offset < field.length) {
    const start = offset + OPTION_HEADER_BYTES;
    const code = readUint(field.subarray(offset, offset + 2));
    const end = start + readUint(field.subarray(offset + 2, start));
    if (end > field.length) {
      return undefined;
    }
    const value = field.subarray(start, end);
    const values = options.get(code);
    if (values === undefined) {
      options.set(code, [value]);
    } else {
      values.push(value);
    }
    offset = end;
  }
  return options;
}

/**
 * Encodes a DHCPv6 message; options follow each other in the order of the map.
 *
 * @throws RangeError when a field is out of range, or the message does not fit in a UDP datagram
 */
export function encodeDhcpv6Message({
  messageType,
  transactionId,
  options,
}: Dhcpv6Message): Uint8Array<ArrayBuffer> {
  expectUint('messageType', messageType, 0xff);
  expectUint('transactionId', transactionId, 0xff_ff_ff);
  const values = [...options].flatMap(([code, list]) =>
    list.map((value) => ({ code: expectUint('option code', code, 0xff_ff), value })),
  );
  const size = values.reduce(
    (sum, { value }) => sum + OPTION_HEADER_BYTES + value.length,
    HEADER_BYTES,
  );
  if (size > MAX_MESSAGE_BYTES) {
    throw new RangeError(`message: expected at most ${MAX_MESSAGE_BYTES} bytes, got ${size}`);
  }
  const bytes = new Uint8Array(size);
  const fields = new DataView(bytes.buffer);
  fields.setUint32(0, messageType * 0x100_0000 + transactionId);
  let offset = HEADER_BYTES;
  for (const { code, value } of values) {
    fields.setUint16(offset, code);
    fields.setUint16(offset + 2, value.length);
    bytes.set(value, offset + OPTION_HEADER_BYTES);
    offset += OPTION_HEADER_BYTES + value.length;
  }
  return bytes;
}
