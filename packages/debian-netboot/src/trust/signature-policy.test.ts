import { describe, expect, it } from 'vitest';

import { isKeyInForce } from './signature-policy.js';

describe('isKeyInForce', () => {
  it.each([
    ['a signature made and read before the key expires', 10, 100, 50, true],
    ['a signature made before the key expired, and read afterwards', 10, 100, 100, false],
    ['a signature made after the key had expired', 150, 100, 50, false],
    ['a key that does not expire', 10, Infinity, 1e15, true],
  ])('checks %s', (_what, createdAt, keyExpiresAt, now, counts) => {
    expect(isKeyInForce({ createdAt, keyExpiresAt }, now)).toBe(counts);
  });
});
