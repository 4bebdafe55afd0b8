import { readTerminatedText, readText, readUint16 } from './byte-fields.js';
import { DATA_HEADER_BYTES, MAX_REQUEST_BYTES, Opcode } from './constants.js';
import { type TftpOption, type TftpOptions, type TftpPacket } from './packet.js';

/**
 * Reason why a datagram is not a TFTP packet.
 *
 * - `truncated`: shorter than the fields required by its opcode
 * - `unknownOpcode`: none of the six opcodes
 * - `unterminatedFilename`, `emptyFilename`: a request without a usable file name
 * - `missingMode`: a request whose mode is absent, empty or unterminated
 * - `requestTooLong`: a request longer than {@link MAX_REQUEST_BYTES}
 */
export type DecodeFailureReason =
  | 'truncated'
  | 'unknownOpcode'
  | 'unterminatedFilename'
  | 'emptyFilename'
  | 'missingMode'
  | 'requestTooLong';

/** Result of {@link decodePacket}. */
export type DecodeResult =
  | { readonly ok: true; readonly packet: TftpPacket }
  | { readonly ok: false; readonly reason: DecodeFailureReason };

/**
 * Decodes one datagram. Never throws: invalid bytes give a reason.
 *
 * Lenient where real senders are sloppy and it does no harm: an ACK may be padded (Raspberry Pi 5), an ERROR
 * may lack its text (curl) or the NUL after it, and options end at an empty name (padding) or where they are
 * cut off.
 *
 * @param datagram - the UDP payload; a decoded DATA packet is a view into it
 */
export function decodePacket(datagram: Uint8Array): DecodeResult {
  const opcode = readUint16(datagram, 0);
  switch (opcode) {
    case undefined:
      return failed('truncated');
    case Opcode.rrq:
      return decodeRequest('rrq', datagram);
    case Opcode.wrq:
      return decodeRequest('wrq', datagram);
    case Opcode.data: {
      const block = readUint16(datagram, 2);
      return block === undefined
        ? failed('truncated')
        : decoded({ type: 'data', block, data: datagram.subarray(DATA_HEADER_BYTES) });
    }
    case Opcode.ack: {
      const block = readUint16(datagram, 2);
      return block === undefined ? failed('truncated') : decoded({ type: 'ack', block });
    }
    case Opcode.error: {
      const code = readUint16(datagram, 2);
      return code === undefined
        ? failed('truncated')
        : decoded({ type: 'error', code, message: decodeErrorText(datagram) });
    }
    case Opcode.oack:
      return decoded({ type: 'oack', options: decodeOptions(datagram, 2) });
    default:
      return failed('unknownOpcode');
  }
}

/**
 * Returns the block number of an ACK, and undefined for any other datagram. Does the same as {@link
 * decodePacket}, but creates no objects for the result: most datagrams that a server receives are ACKs.
 */
export function decodeAck(datagram: Uint8Array): number | undefined {
  return datagram[0] === 0 && datagram[1] === Opcode.ack ? readUint16(datagram, 2) : undefined;
}

function decodeRequest(type: 'rrq' | 'wrq', datagram: Uint8Array): DecodeResult {
  if (datagram.length > MAX_REQUEST_BYTES) {
    return failed('requestTooLong');
  }
  const filename = readTerminatedText(datagram, 2);
  if (filename === undefined) {
    return failed('unterminatedFilename');
  }
  if (filename.text === '') {
    return failed('emptyFilename');
  }
  const mode = readTerminatedText(datagram, filename.end);
  if (mode === undefined || mode.text === '') {
    return failed('missingMode');
  }
  const options = decodeOptions(datagram, mode.end);
  return decoded({ type, filename: filename.text, mode: mode.text, options });
}

function decodeOptions(datagram: Uint8Array, start: number): TftpOptions {
  const options: TftpOption[] = [];
  let offset = start;
  for (;;) {
    const name = readTerminatedText(datagram, offset);
    if (name === undefined || name.text === '') {
      return options;
    }
    const value = readTerminatedText(datagram, name.end);
    if (value === undefined) {
      return options;
    }
    options.push([name.text, value.text]);
    offset = value.end;
  }
}

function decodeErrorText(datagram: Uint8Array): string {
  const terminated = readTerminatedText(datagram, DATA_HEADER_BYTES);
  return terminated === undefined
    ? readText(datagram, DATA_HEADER_BYTES, datagram.length)
    : terminated.text;
}

function decoded(packet: TftpPacket): DecodeResult {
  return { ok: true, packet };
}

function failed(reason: DecodeFailureReason): DecodeResult {
  return { ok: false, reason };
}
