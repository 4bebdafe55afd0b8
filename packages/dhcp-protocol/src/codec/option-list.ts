import { joinBytes } from './byte-fields.js';
import { OptionCode } from './constants.js';
import { type DhcpOptions } from './message.js';

/** Parts of each option by code, in order of appearance. */
export type OptionParts = Map<number, Uint8Array[]>;

/**
 * Adds the options of one field: a code, a length and that many bytes each, with zeros as padding, up to the
 * end mark (255) or the end of the field.
 *
 * @returns false if an option is longer than the rest of the field
 */
export function collectOptions(field: Uint8Array, parts: OptionParts): boolean {
  let offset = 0;
  for (;;) {
    const code = field[offset];
    if (code === undefined || code === OptionCode.end) {
      return true;
    }
    offset += 1;
    if (code === OptionCode.pad) {
      continue;
    }
    const length = field[offset];
    if (length === undefined || offset + 1 + length > field.length) {
      return false;
    }
    const value = field.subarray(offset + 1, offset + 1 + length);
    const values = parts.get(code);
    if (values === undefined) {
      parts.set(code, [value]);
    } else {
      values.push(value);
    }
    offset += 1 + length;
  }
}

/** Joins the parts of each option (RFC 3396); an option of one part stays a view. */
export function joinParts(parts: OptionParts): DhcpOptions {
  return new Map(Array.from(parts, ([code, values]) => [code, joinBytes(values)]));
}

/** Result of {@link decodeSubOptions}. */
export type SubOptionsResult =
  | { readonly ok: true; readonly options: DhcpOptions }
  | { readonly ok: false; readonly reason: 'truncatedOption' };

/**
 * Decodes options inside an option, such as vendor-specific information (43) or those of iPXE (175). Never
 * throws.
 *
 * @param value - value of the outer option
 */
export function decodeSubOptions(value: Uint8Array): SubOptionsResult {
  const parts: OptionParts = new Map();
  return collectOptions(value, parts)
    ? { ok: true, options: joinParts(parts) }
    : { ok: false, reason: 'truncatedOption' };
}

/**
 * Encodes options inside an option, in their order, with an end mark.
 *
 * @throws RangeError when a code is not an integer from 1 to 254 or a value is longer than 255 bytes
 */
export function encodeSubOptions(options: DhcpOptions): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [code, value] of options) {
    if (!Number.isInteger(code) || code <= OptionCode.pad || code >= OptionCode.end) {
      throw new RangeError(`sub-option code must be an integer from 1 to 254, got ${code}`);
    }
    if (value.length > 0xff) {
      throw new RangeError(`sub-option ${code}: expected at most 255 bytes, got ${value.length}`);
    }
    bytes.push(code, value.length, ...value);
  }
  return Uint8Array.from([...bytes, OptionCode.end]);
}
