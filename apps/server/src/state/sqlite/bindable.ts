/** Value that libsql stores and reads back unchanged. */
export type BindableValue = null | number | string;

/** Thrown for a value that the database would lose or change. */
export class BindingError extends TypeError {
  override readonly name = 'BindingError';
  readonly code = 'ERR_PXEBOOT_BINDING';
}

/**
 * Converts a value for libsql: a boolean becomes 0 or 1, a Date becomes milliseconds since 1970, and a bigint
 * becomes a number.
 *
 * Every value must pass through here, since libsql does not check values: a boolean aborts the process, a
 * Date or Uint8Array is stored as NULL, a string is cut off at a NUL, and integers above 2^53 are read back
 * incorrectly.
 *
 * @throws {@link BindingError} for a value that would be read back differently
 */
export function bindable(value: unknown): BindableValue {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0;
    case 'number':
      return bindableNumber(value);
    case 'bigint':
      return bindableNumber(Number(value));
    case 'string':
      return bindableText(value);
    default:
      if (value === null) {
        return null;
      }
      if (value instanceof Date) {
        return bindableNumber(value.getTime());
      }
      throw new BindingError(`the database cannot store a value of type ${typeName(value)}`);
  }
}

function bindableNumber(value: number): number {
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!isExact) {
    throw new BindingError(`the database cannot store the number ${value} exactly`);
  }
  // SQLite does not distinguish negative zero.
  return value === 0 ? 0 : value;
}

function bindableText(value: string): string {
  if (/[\0\p{Surrogate}]/u.test(value)) {
    throw new BindingError('the database cannot store a text with a NUL or a lone surrogate');
  }
  return value;
}

function typeName(value: unknown): string {
  // `[object Uint8Array]`
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
