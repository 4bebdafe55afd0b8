import * as v from 'valibot';
import { describe, expect, it } from 'vitest';

import { isoTime, jsonRecord } from './record-schemas.js';

describe('isoTime', () => {
  it('accepts a time as Date writes it', () => {
    expect(v.is(isoTime, new Date(0).toISOString())).toBe(true);
  });

  it.each(['2026-02-30T00:00:00.000Z', '2026-01-01T00:00:00Z', '2026-01-01', 'now', 0])(
    'refuses %s',
    (text) => {
      expect(v.is(isoTime, text)).toBe(false);
    },
  );
});

describe('jsonRecord', () => {
  const schema = jsonRecord(v.picklist(['trixie', 'bookworm']), v.number());

  it('accepts an object with some of its keys', () => {
    expect(v.parse(schema, { trixie: 1 })).toEqual({ trixie: 1 });
  });

  it.each([[[]], [[1]], [null], ['trixie'], [{ buster: 1 }], [{ trixie: 'one' }]])(
    'refuses %j',
    (value) => {
      expect(v.is(schema, value)).toBe(false);
    },
  );
});
