/** Longest interval supported by Node's timers, in milliseconds. */
export const MAX_TIMER_MS = 0x7fff_ffff;

/** Range of a number; both ends are included. */
export interface NumberRange {
  readonly least: number;
  /** @default `Number.MAX_SAFE_INTEGER` */
  readonly most?: number;
  /**
   * True to accept `Infinity`, for no limit.
   *
   * @default false
   */
  readonly orInfinity?: boolean;
}

/**
 * Returns an integer option.
 *
 * @param name - name of the option, for the message
 * @throws RangeError when the value is not an integer in the range
 */
export function expectInteger(name: string, value: number, range: NumberRange): number {
  return expectInRange(name, 'an integer', value, Number.isInteger(value), range);
}

/**
 * Returns a numeric option that may have a fraction.
 *
 * @param name - name of the option, for the message
 * @throws RangeError when the value is not a number in the range
 */
export function expectNumber(name: string, value: number, range: NumberRange): number {
  return expectInRange(name, 'a number', value, Number.isFinite(value), range);
}

/**
 * Returns an option that has one of a few values.
 *
 * @param name - name of the option, for the message
 * @throws RangeError when the value is not one of the choices
 */
export function expectChoice<T extends string | number>(
  name: string,
  value: T,
  choices: readonly T[],
): T {
  if (!choices.includes(value)) {
    throw new RangeError(`${name} must be ${choices.join(' or ')}, got ${value}`);
  }
  return value;
}

function expectInRange(
  name: string,
  kind: string,
  value: number,
  isOfKind: boolean,
  { least, most = Number.MAX_SAFE_INTEGER, orInfinity = false }: NumberRange,
): number {
  const isUnlimited = orInfinity && value === Infinity;
  if (!isUnlimited && !(isOfKind && value >= least && value <= most)) {
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    const other = orInfinity ? ' or Infinity' : '';
    throw new RangeError(`${name} must be ${kind} ${range}${other}, got ${value}`);
  }
  return value;
}
