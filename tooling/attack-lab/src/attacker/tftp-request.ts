/** TFTP read request that an attacker sends. */
export interface RequestShape {
  readonly filename: string;
  /** Transfer mode (RFC 1350 §1). @default 'octet' */
  readonly mode?: string;
  /** Names and values, in order (RFC 2347). */
  readonly options?: readonly (readonly [name: string, value: string])[];
}

/** Builds a read request (RRQ). Characters are bytes (latin1). */
export function readRequest({ filename, mode = 'octet', options = [] }: RequestShape): Buffer {
  const words = [filename, mode, ...options.flat()];
  return Buffer.from(`\0\x01${words.join('\0')}\0`, 'latin1');
}

/** Builds an ACK. */
export function acknowledgement(block: number): Buffer {
  return Buffer.from([0, 4, (block >> 8) & 0xff, block & 0xff]);
}

/** Describes a request in a few words, for reports. */
export function describeShape({ filename, mode, options = [] }: RequestShape): string {
  const words = options.map(([name, value]) => `${name}=${value}`);
  return [filename, ...(mode === undefined ? [] : [mode]), ...words].join(' ');
}
