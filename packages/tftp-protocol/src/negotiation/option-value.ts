/**
 * Name of an option supported by this package.
 *
 * @see RFC 2348 (blksize), RFC 2349 (timeout, tsize), RFC 7440 (windowsize); blksize2, utimeout and rollover
 * are de-facto options of tftp-hpa
 */
export type KnownOption =
  'blksize' | 'blksize2' | 'tsize' | 'timeout' | 'utimeout' | 'windowsize' | 'rollover';

const KNOWN_OPTIONS: ReadonlySet<string> = new Set<KnownOption>([
  'blksize',
  'blksize2',
  'tsize',
  'timeout',
  'utimeout',
  'windowsize',
  'rollover',
]);

/** Parses an option name, ignoring case; undefined if the option is not supported. */
export function parseOptionName(name: string): KnownOption | undefined {
  const lower = name.toLowerCase();
  return isKnownOption(lower) ? lower : undefined;
}

function isKnownOption(name: string): name is KnownOption {
  return KNOWN_OPTIONS.has(name);
}

/**
 * Parses the decimal value of an option: only ASCII digits, without sign, space, exponent or radix prefix,
 * and at most 15 of them, so that the number is exact. Returns undefined for anything else.
 */
export function parseDecimal(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
