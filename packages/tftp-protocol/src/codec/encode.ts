import { isWireText, writeTerminatedText, writeUint16 } from './byte-fields.js';
import { DATA_HEADER_BYTES, MAX_CONTROL_BYTES, MAX_REQUEST_BYTES, Opcode } from './constants.js';
import { type RequestPacket, type TftpOptions, type TftpPacket } from './packet.js';

/**
 * Returns the length of an encoded packet in bytes.
 *
 * @throws RangeError when a text other than that of an ERROR has a NUL or a character above U+00FF
 */
export function encodedLength(packet: TftpPacket): number {
  switch (packet.type) {
    case 'rrq':
    case 'wrq':
      return 2 + textBytes(packet.filename) + textBytes(packet.mode) + optionBytes(packet.options);
    case 'data':
      return DATA_HEADER_BYTES + packet.data.length;
    case 'ack':
      return 4;
    case 'error':
      return 4 + textBytes(errorText(packet.message));
    case 'oack':
      return 2 + optionBytes(packet.options);
  }
}

/**
 * Encodes one packet. The text of an ERROR is cut to keep the packet within {@link MAX_CONTROL_BYTES}; NULs
 * and characters above U+00FF become `?`.
 *
 * @throws RangeError when the packet cannot be encoded: a number that is not an unsigned 16-bit integer; text
 * with a NUL or a character above U+00FF; an empty file name, mode or option name; a request above
 * {@link MAX_REQUEST_BYTES} or an OACK above {@link MAX_CONTROL_BYTES}
 */
export function encodePacket(packet: TftpPacket): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(encodedLength(packet));
  writeUint16(bytes, 0, Opcode[packet.type]);
  switch (packet.type) {
    case 'rrq':
    case 'wrq':
      encodeRequest(bytes, packet);
      break;
    case 'data':
      writeUint16(bytes, 2, expectUint16('block', packet.block));
      bytes.set(packet.data, DATA_HEADER_BYTES);
      break;
    case 'ack':
      writeUint16(bytes, 2, expectUint16('block', packet.block));
      break;
    case 'error':
      writeUint16(bytes, 2, expectUint16('code', packet.code));
      writeTerminatedText(bytes, 4, errorText(packet.message));
      break;
    case 'oack':
      expectAtMost('OACK', bytes.length, MAX_CONTROL_BYTES);
      encodeOptions(bytes, 2, packet.options);
      break;
  }
  return bytes;
}

/**
 * Encodes the header of a DATA packet alone, so that the payload can be sent without a copy.
 *
 * @param block - block number on the wire, 0 to 65,535
 */
export function encodeDataHeader(block: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(DATA_HEADER_BYTES);
  writeDataHeader(head, 0, block);
  return head;
}

/** Writes the header of a DATA packet at `offset` of `bytes`, whose bytes there are 0. */
export function writeDataHeader(bytes: Uint8Array, offset: number, block: number): void {
  bytes[offset + 1] = Opcode.data;
  writeUint16(bytes, offset + 2, block);
}

function encodeRequest(bytes: Uint8Array, packet: RequestPacket): void {
  expectAtMost('request', bytes.length, MAX_REQUEST_BYTES);
  expectNotEmpty('filename', packet.filename);
  expectNotEmpty('mode', packet.mode);
  const mode = writeTerminatedText(bytes, 2, packet.filename);
  encodeOptions(bytes, writeTerminatedText(bytes, mode, packet.mode), packet.options);
}

function encodeOptions(bytes: Uint8Array, start: number, options: TftpOptions): void {
  let offset = start;
  for (const [name, value] of options) {
    expectNotEmpty('option name', name);
    offset = writeTerminatedText(bytes, offset, name);
    offset = writeTerminatedText(bytes, offset, value);
  }
}

function optionBytes(options: TftpOptions): number {
  return options.reduce((sum, [name, value]) => sum + textBytes(name) + textBytes(value), 0);
}

function textBytes(text: string): number {
  if (!isWireText(text)) {
    throw new RangeError(`text has a NUL or a character above U+00FF: ${JSON.stringify(text)}`);
  }
  return text.length + 1;
}

function errorText(message: string): string {
  const room = MAX_CONTROL_BYTES - 5;
  return Array.from(message.slice(0, room), (char) => (isWireText(char) ? char : '?')).join('');
}

function expectUint16(field: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new RangeError(`${field} must be an integer from 0 to 65535, got ${value}`);
  }
  return value;
}

function expectNotEmpty(field: string, text: string): void {
  if (text === '') {
    throw new RangeError(`${field} must not be empty`);
  }
}

function expectAtMost(what: string, length: number, most: number): void {
  if (length > most) {
    throw new RangeError(`${what} of ${length} bytes exceeds the limit of ${most}`);
  }
}
