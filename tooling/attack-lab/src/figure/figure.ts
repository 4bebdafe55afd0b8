/** Unit of a figure, which decides how it is written. */
export type Unit =
  | 'ratio'
  | 'count'
  | 'bytes'
  | 'megabytes'
  | 'bytes per second'
  | 'bytes per packet'
  | 'milliseconds'
  | 'microseconds';

/** Measured value and its target. */
export interface Figure {
  readonly title: string;
  readonly unit: Unit;
  /** Upper or lower bound. Without a target the value is only reported. */
  readonly target?: { readonly most: number } | { readonly least: number };
  /** True when a busy host makes it worse: its target may then be given a margin. */
  readonly dependsOnSpeed?: boolean;
}

/** A figure as measured with one build. */
export interface Measurement {
  readonly figure: Figure;
  /** Infinity when there is no such thing, as an attack that succeeds; NaN when nothing was measured. */
  readonly value: number;
  /** Short explanation of the value. */
  readonly note?: string | undefined;
}

/**
 * Compares a measurement with its target.
 *
 * @param margin - factor that targets of speed may be missed by, from 1
 * @returns undefined when there is no target
 */
export function meetsTarget({ figure, value }: Measurement, margin: number): boolean | undefined {
  const { target, dependsOnSpeed = false } = figure;
  if (target === undefined) {
    return undefined;
  }
  const factor = dependsOnSpeed ? margin : 1;
  return 'most' in target ? value <= target.most * factor : value >= target.least / factor;
}

/** Writes a value with its unit. */
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

/** Writes a target with its unit: `<= 200 MB`. */
export function formatTarget({ target, unit }: Figure): string {
  if (target === undefined) {
    return '';
  }
  return 'most' in target
    ? `<= ${formatValue(target.most, unit)}`
    : `>= ${formatValue(target.least, unit)}`;
}

/**
 * Names what went wrong, for a note: the first two of the names, and how many more there are.
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

/** Three digits, more only before the decimal point. */
function significant(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
