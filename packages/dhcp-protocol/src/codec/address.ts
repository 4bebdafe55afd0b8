const DOTTED = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Formats four bytes as an IPv4 address, as in `192.0.2.1`. */
export function formatAddress(bytes: Uint8Array): string {
  return bytes.join('.');
}

/** Parses an IPv4 address in dotted decimal form; undefined for any other text. */
export function parseAddress(text: string): Uint8Array<ArrayBuffer> | undefined {
  const numbers = DOTTED.exec(text)?.slice(1).map(Number);
  return numbers === undefined || numbers.some((number) => number > 0xff)
    ? undefined
    : Uint8Array.from(numbers);
}

/**
 * Returns the bytes of an IPv4 address.
 *
 * @throws RangeError when the text is not an IPv4 address in dotted decimal form
 */
export function addressBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = parseAddress(text);
  if (bytes === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address`);
  }
  return bytes;
}
