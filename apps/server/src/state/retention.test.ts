import { describe, expect, it } from 'vitest';

import {
  bootsThatFit,
  isTrimDue,
  MAX_DATABASE_BYTES,
  MAX_LOG_BYTES,
  MAX_WRITE_BYTES,
  RETENTION,
  REWRITE_AT_BYTES,
  TRIM_AT_BYTES,
  TRIM_EVERY_MS,
} from './retention.js';

describe('retention', () => {
  it('is due after many bytes, after some bytes and a while, or after ten minutes', () => {
    expect(isTrimDue({ writtenBytes: 2 ** 20 - 1, elapsedMs: 9_999 })).toBe(false);
    expect(isTrimDue({ writtenBytes: 2 ** 20, elapsedMs: 0 })).toBe(true);
    expect(isTrimDue({ writtenBytes: 200 * 1024 - 1, elapsedMs: TRIM_EVERY_MS - 1 })).toBe(false);
    expect(isTrimDue({ writtenBytes: 200 * 1024, elapsedMs: 10_000 })).toBe(true);
    expect(isTrimDue({ writtenBytes: 0, elapsedMs: TRIM_EVERY_MS })).toBe(true);
  });

  it('drops a tenth of the boots when the database is too large', () => {
    expect(bootsThatFit(TRIM_AT_BYTES - 1, 1000)).toBeUndefined();
    expect(bootsThatFit(TRIM_AT_BYTES, 1000)).toBe(900);
  });

  it('keeps database and log below 64 MB', () => {
    expect(MAX_DATABASE_BYTES + MAX_LOG_BYTES + MAX_WRITE_BYTES).toBeLessThan(64_000_000);
    expect(REWRITE_AT_BYTES).toBeLessThan(64_000_000);
    expect(TRIM_AT_BYTES).toBeLessThan(MAX_DATABASE_BYTES);
    expect(RETENTION.boots).toBe(20_000);
  });
});
