import { describe, expect, it } from 'vitest';

import { searchWords } from './search-words.js';

describe('words of a search', () => {
  it('are lower-cased, and split at spaces', () => {
    expect(searchWords('  UEFI  amd64 ')).toEqual(['uefi', 'amd64']);
    expect(searchWords(' ')).toEqual([]);
  });

  it.each(['52-54-00-12-34-AB', '5254.0012.34ab', '5254001234ab', '52:54:00:12:34:ab'])(
    'include MAC addresses with colons: %s',
    (written) => {
      expect(searchWords(written)).toEqual(['52:54:00:12:34:ab']);
    },
  );

  it('may be the first half of a MAC address', () => {
    expect(searchWords('52-54-00')).toEqual(['52:54:00']);
    expect(searchWords('2026-11-29 ipxe-bios-loader')).toEqual(['2026-11-29', 'ipxe-bios-loader']);
  });
});
