import { describe, expect, it } from 'vitest';

import { clientQuirks } from './client-quirks.js';

describe('clientQuirks', () => {
  it('returns the first entry whose subnet contains the client', () => {
    const quirksOf = clientQuirks({
      maxWindowSize: 8,
      quirks: [
        { match: '10.1.2.3', maxBlockSize: 512 },
        { match: '10.1.0.0/16', refuse: ['windowsize', 'tsize'] },
      ],
    });
    expect(quirksOf('10.1.2.3')).toEqual({ maxWindowSize: 8, maxBlockSize: 512 });
    expect(quirksOf('::ffff:10.1.9.9')).toEqual({
      maxWindowSize: 8,
      refuseOptions: ['windowsize', 'tsize'],
    });
    expect(quirksOf('10.2.0.1')).toEqual({ maxWindowSize: 8 });
    expect(clientQuirks({ maxWindowSize: 64 })('10.1.2.3')).toEqual({ maxWindowSize: 64 });
  });
});
