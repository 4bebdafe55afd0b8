import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { textContent } from '../content/content.js';
import { FileCache } from './file-cache.js';

describe('FileCache', () => {
  it('returns files unchanged, also those that it has compressed', () => {
    const cache = new FileCache();
    const textOf = (number: number): string => `LABEL ${number} ä\n`.repeat(500);
    for (let number = 0; number < 1000; number++) {
      cache.set(`${number}`, textContent(textOf(number), 'text/x'));
    }
    for (let number = 0; number < 1000; number++) {
      const file = cache.get(`${number}`);
      expect(new TextDecoder().decode(file?.bytes)).toBe(textOf(number));
      expect(file?.mediaType).toBe('text/x');
    }
    cache.clear();
    expect(cache.get('0')).toBeUndefined();
    expect(cache.get('999')).toBeUndefined();
  });

  it('forgets the least recent files once there are too many', () => {
    const cache = new FileCache();
    for (let number = 0; number < 10_000; number++) {
      cache.set(`${number}`, textContent('x'));
    }
    const isKept = Array.from({ length: 10_000 }, (_none, number) => `${number}`).filter(
      (key) => cache.get(key) !== undefined,
    );
    expect(isKept.length).toBeLessThan(9000);
    expect(isKept.at(-1)).toBe('9999');
    expect(isKept).not.toContain('0');
  });

  it('forgets files that take too much memory, even compressed', () => {
    const cache = new FileCache();
    for (let number = 0; number < 400; number++) {
      cache.set(`${number}`, textContent(randomBytes(32 * 1024).toString('base64')));
    }
    const keys = Array.from({ length: 400 }, (_none, number) => `${number}`);
    const bytes = keys.reduce((sum, key) => sum + (cache.get(key)?.bytes.byteLength ?? 0), 0);
    expect(bytes).toBeLessThan(16 * 1024 * 1024);
    expect(cache.get('399')).toBeDefined();
    expect(cache.get('0')).toBeUndefined();
  });
});
