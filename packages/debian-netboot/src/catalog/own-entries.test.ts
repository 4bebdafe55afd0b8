import { describe, expect, it } from 'vitest';

import { checkEntries, type EntrySelection, isEntryId, MAX_ENTRIES } from './own-entries.js';

const sha256 = 'a'.repeat(64);
const kernel = { path: '/boot/vmlinuz' };

describe('isEntryId', () => {
  it.each(['memtest', 'a', '7', 'rescue-6.1_x', 'a'.repeat(63)])('accepts %j', (id) => {
    expect(isEntryId(id)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    'a..b',
    '-a',
    'a-',
    'a/b',
    'A',
    'a b',
    'a\n',
    "a'b",
    'a$b',
    'é',
    'a'.repeat(64),
  ])('refuses %j', (id) => {
    expect(isEntryId(id)).toBe(false);
  });
});

describe('checkEntries', () => {
  it('accepts local files, URLs and packages', () => {
    const entries: EntrySelection[] = [
      { id: 'a', kernel, initrds: [{ url: 'http://192.0.2.1/i?x=1', sha256 }] },
      { id: 'b', loader: { path: '/b', sha256 } },
      { id: 'c', package: 'memtest86+' },
    ];
    expect(checkEntries(entries)).toEqual({ ok: true, value: entries });
  });

  it.each<[string, EntrySelection[], string]>([
    ['an invalid id', [{ id: '../x', kernel }], 'invalid id'],
    [
      'one id twice',
      [
        { id: 'a', kernel },
        { id: 'a', kernel },
      ],
      'two extra entries',
    ],
    ['nothing to start', [{ id: 'a' }], 'must have exactly one of kernel, loader and package'],
    [
      'two things to start',
      [{ id: 'a', kernel, loader: kernel }],
      'must have exactly one of kernel, loader and package',
    ],
    [
      'initrds of a loader',
      [{ id: 'a', loader: kernel, initrds: [kernel] }],
      'has initrds without a kernel',
    ],
    [
      'too many initrds',
      [{ id: 'a', kernel, initrds: Array(9).fill(kernel) as never }],
      'expected at most 8 initrds, got 9',
    ],
    ['a relative path', [{ id: 'a', kernel: { path: 'boot/x' } }], 'absolute path'],
    ['a path with a NUL', [{ id: 'a', kernel: { path: '/x\0' } }], 'absolute path'],
    ['a malformed hash', [{ id: 'a', kernel: { path: '/x', sha256: 'A' } }], '64 lower-case'],
    ['another scheme', [{ id: 'a', kernel: { url: 'ftp://h/x', sha256 } }], 'http or https'],
    ['no URL', [{ id: 'a', kernel: { url: 'x', sha256 } }], 'http or https'],
    [
      'credentials',
      [{ id: 'a', kernel: { url: 'http://u:p@h/x', sha256 } }],
      'without credentials',
    ],
    ['a fragment', [{ id: 'a', kernel: { url: 'http://h/x#y', sha256 } }], 'without credentials'],
    [
      'too many entries',
      Array.from({ length: MAX_ENTRIES + 1 }, (_, index) => ({ id: `e${index}`, kernel })),
      'expected at most 64 extra entries, got 65',
    ],
  ])('refuses %s', (_what, entries, message) => {
    const result = checkEntries(entries);
    expect(result.ok ? '' : result.error.message).toContain(message);
  });
});
