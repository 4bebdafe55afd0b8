import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bindable, BindingError } from './bindable.js';

describe('bindable', () => {
  it('turns booleans, dates and big integers into numbers', () => {
    expect(bindable(true)).toBe(1);
    expect(bindable(false)).toBe(0);
    expect(bindable(new Date(1_700_000_000_000))).toBe(1_700_000_000_000);
    expect(bindable(12n)).toBe(12);
    expect(bindable(-0)).toBe(0);
    expect(bindable(null)).toBeNull();
  });

  it.each([
    ['undefined', undefined, 'Undefined'],
    ['bytes', new Uint8Array([1]), 'Uint8Array'],
    ['an object', {}, 'Object'],
    ['an object without a prototype', Object.create(null), 'Object'],
    ['a list', [1], 'Array'],
    ['a symbol', Symbol('x'), 'Symbol'],
    ['an invalid date', new Date(NaN), 'NaN'],
    ['infinity', Infinity, 'Infinity'],
    ['a number above 2^53', 2 ** 53, '9007199254740992'],
    ['a big integer above 2^53', 2n ** 53n + 1n, '9007199254740992'],
    ['a text with a NUL', 'ab\0cd', 'NUL'],
    ['a lone surrogate', 'ab\ud800', 'a lone surrogate'],
  ])('refuses %s', (_title, value, named) => {
    expect(() => bindable(value)).toThrow(BindingError);
    expect(() => bindable(value)).toThrow(named);
  });

  describe('with libsql', () => {
    let directory: string;
    let database: Database.Database;

    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'pxeboot-bindable-'));
      database = new Database(join(directory, 'x.db'));
      database.exec('pragma synchronous = off');
      database.exec('create table stored (value)');
    });

    afterAll(() => {
      database.close();
      rmSync(directory, { recursive: true, force: true });
    });

    /** Returns the value after a round trip through the database. */
    function stored(value: unknown): unknown {
      database.exec('delete from stored');
      database.prepare('insert into stored values (?)').run([bindable(value)]);
      return (database.prepare('select value from stored').get() as { value: unknown }).value;
    }

    it('reads every accepted value back, and refuses others before the engine sees them', () => {
      const anything = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('\0', 'a\0b', '\ud800', '\u{10ffff}', ''),
        fc.double(),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
        fc.boolean(),
        fc.date({ noInvalidDate: false }),
        fc.uint8Array(),
        fc.anything(),
      );
      fc.assert(
        fc.property(anything, (value) => {
          let expected: unknown;
          try {
            expected = bindable(value);
          } catch (error) {
            expect(error).toBeInstanceOf(BindingError);
            return;
          }
          expect(stored(value)).toBe(expected);
        }),
        { numRuns: 500 },
      );
    });
  });
});
