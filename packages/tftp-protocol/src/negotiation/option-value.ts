/**
 * Options whose value this package understands.
 *
 * @see RFC 2348 (blksize), RFC 2349 (timeout, tsize), RFC 7440 (windowsize); blksize2, utimeout and
 * rollover are de-facto options of tftp-hpa
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

/** The option that `name` means in any case, or undefined when it is none that is understood. */
export function parseOptionName(name: string): KnownOption | undefined {
  const lower = name.toLowerCase();
  return isKnownOption(lower) ? lower : undefined;
}

function isKnownOption(name: string): name is KnownOption {
  return KNOWN_OPTIONS.has(name);
}

/**
 * A decimal number as options carry it: ASCII digits only, no sign, blank, exponent or radix
 * prefix, and at most 15 digits, so that it is exact.
 */
export function parseDecimal(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
