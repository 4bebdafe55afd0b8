/** Unit of a figure, which determines its format. */
export type Unit =
  | 'ratio'
  | 'count'
  | 'bytes'
  | 'megabytes'
  | 'bytes per second'
  | 'bytes per packet'
  | 'milliseconds'
  | 'microseconds';

/** Quantity to measure, and its target. */
export interface Figure {
  readonly title: string;
  readonly unit: Unit;
  /** Upper or lower limit. Without a target the value is only reported. */
  readonly target?: { readonly most: number } | { readonly least: number };
}

/** Returns a figure with an upper limit, in the unit without its prefix (megabytes: bytes). */
export function atMost(title: string, most: number, unit: Unit): Figure {
  return { title, unit, target: { most } };
}

/** Returns a figure with a lower limit, in the unit without its prefix. */
export function atLeast(title: string, least: number, unit: Unit): Figure {
  return { title, unit, target: { least } };
}

/** Measured value of a figure for one build. */
export interface Measurement {
  readonly figure: Figure;
  /**
   * Infinity if no value exists, such as the cost of an attack that never succeeds; NaN if nothing
   * was measured.
   */
  readonly value: number;
  /** Short explanation of the value. */
  readonly note?: string | undefined;
}

/**
 * Compares a measurement with its target.
 *
 * @param margin - factor that widens speed targets, at least 1
 * @returns undefined if there is no target
 */
export function meetsTarget({ figure, value }: Measurement, margin: number): boolean | undefined {
  const { target, unit } = figure;
  if (target === undefined) {
    return undefined;
  }
  // A busy host makes times worse, and nothing else.
  const factor = unit === 'milliseconds' || unit === 'microseconds' ? margin : 1;
  return 'most' in target ? value <= target.most * factor : value >= target.least / factor;
}

/** Formats a value with its unit. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) {
    return 'not measured';
  }
  if (value === Infinity) {
    return 'none';
  }
  switch (unit) {
    case 'ratio':
      return `${significant(value)}x`;
    case 'count':
      return grouped(value);
    case 'bytes':
      return `${grouped(value)} B`;
    case 'megabytes':
      return `${grouped(Math.round(value / 1e6))} MB`;
    case 'bytes per second':
      return value >= 1e6 ? `${significant(value / 1e6)} MB/s` : `${significant(value / 1e3)} kB/s`;
    case 'bytes per packet':
      return `${significant(value)} B`;
    case 'microseconds':
      return `${significant(value)} µs`;
    case 'milliseconds':
      return `${grouped(Math.round(value))} ms`;
  }
}

/** Formats a target with its unit, such as `<= 200 MB`. */
export function formatTarget({ target, unit }: Figure): string {
  if (target === undefined) {
    return '';
  }
  return 'most' in target
    ? `<= ${formatValue(target.most, unit)}`
    : `>= ${formatValue(target.least, unit)}`;
}

/**
 * Lists failures for a note: the first two names and the number of others.
 *
 * @returns undefined when there are none
 */
export function noteOf(names: readonly string[]): string | undefined {
  if (names.length === 0) {
    return undefined;
  }
  const more = names.length - 2;
  return names.slice(0, 2).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** Formats a number with three digits, or more if it has more before the decimal point. */
function significant(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
