import { formatAddress } from './address.js';
import { readTerminatedText } from './byte-fields.js';
import { MAX_MESSAGE_BYTES, OptionCode, OPTIONS_OFFSET } from './constants.js';
import {
  FILE_BYTES,
  FILE_OFFSET,
  MAGIC_COOKIE,
  MAX_HARDWARE_ADDRESS_BYTES,
  Overload,
  SERVER_NAME_OFFSET,
} from './layout.js';
import { type DhcpMessage, type DhcpOptions } from './message.js';
import { collectOptions, joinParts, type OptionParts } from './option-list.js';

/**
 * Reason why a datagram is not a DHCPv4 message.
 *
 * - `truncated`: shorter than the fixed fields and the magic cookie
 * - `tooLong`: longer than a UDP datagram can be
 * - `unknownOperation`: `op` is neither 1 nor 2
 * - `hardwareAddressTooLong`: `hlen` is above 16
 * - `missingCookie`: the options do not begin with the magic cookie, as in plain BOOTP
 * - `truncatedOption`: an option is longer than the rest of its field
 */
export type DecodeFailureReason =
  | 'truncated'
  | 'tooLong'
  | 'unknownOperation'
  | 'hardwareAddressTooLong'
  | 'missingCookie'
  | 'truncatedOption';

/** Result of {@link decodeMessage}. */
export type DecodeResult =
  | { readonly ok: true; readonly message: DhcpMessage }
  | { readonly ok: false; readonly reason: DecodeFailureReason };

/**
 * Decodes one datagram. Never throws: invalid bytes give a reason.
 *
 * Lenient where real senders are sloppy and no harm is done: the end mark may be missing, anything may follow
 * it, and the names in the fixed fields may lack their NUL.
 *
 * @param datagram - the UDP payload; short values of the message are views into it
 */
export function decodeMessage(datagram: Uint8Array): DecodeResult {
  if (datagram.length < OPTIONS_OFFSET) {
    return failed('truncated');
  }
  if (datagram.length > MAX_MESSAGE_BYTES) {
    return failed('tooLong');
  }
  const fields = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const op = fields.getUint8(0);
  if (op !== 1 && op !== 2) {
    return failed('unknownOperation');
  }
  const hardwareLength = fields.getUint8(2);
  if (hardwareLength > MAX_HARDWARE_ADDRESS_BYTES) {
    return failed('hardwareAddressTooLong');
  }
  if (fields.getUint32(OPTIONS_OFFSET - 4) !== MAGIC_COOKIE) {
    return failed('missingCookie');
  }
  const nameField = datagram.subarray(SERVER_NAME_OFFSET, FILE_OFFSET);
  const fileField = datagram.subarray(FILE_OFFSET, FILE_OFFSET + FILE_BYTES);
  const decoded = decodeOptions(datagram.subarray(OPTIONS_OFFSET), fileField, nameField);
  if (decoded === undefined) {
    return failed('truncatedOption');
  }
  const { options, overload } = decoded;
  return {
    ok: true,
    message: {
      operation: op === 1 ? 'request' : 'reply',
      hardwareType: fields.getUint8(1),
      hardwareAddress: datagram.subarray(28, 28 + hardwareLength),
      hops: fields.getUint8(3),
      transactionId: fields.getUint32(4),
      seconds: fields.getUint16(8),
      flags: fields.getUint16(10),
      clientAddress: formatAddress(datagram.subarray(12, 16)),
      yourAddress: formatAddress(datagram.subarray(16, 20)),
      nextServer: formatAddress(datagram.subarray(20, 24)),
      relayAddress: formatAddress(datagram.subarray(24, 28)),
      serverName: overload & Overload.serverName ? '' : readTerminatedText(nameField),
      file: overload & Overload.file ? '' : readTerminatedText(fileField),
      options,
    },
  };
}

/** Decodes the options field, then those of the other fields that hold options (RFC 2131 §4.1). */
function decodeOptions(
  field: Uint8Array,
  fileField: Uint8Array,
  nameField: Uint8Array,
): { readonly options: DhcpOptions; readonly overload: number } | undefined {
  const parts: OptionParts = new Map();
  if (!collectOptions(field, parts)) {
    return undefined;
  }
  const overload = parts.get(OptionCode.overload)?.[0]?.[0] ?? 0;
  if (
    (overload & Overload.file && !collectOptions(fileField, parts)) ||
    (overload & Overload.serverName && !collectOptions(nameField, parts))
  ) {
    return undefined;
  }
  parts.delete(OptionCode.overload);
  return { options: joinParts(parts), overload };
}

function failed(reason: DecodeFailureReason): DecodeResult {
  return { ok: false, reason };
}
