import { describe, expect, it } from 'vitest';

import { clientQuirks } from './client-quirks.js';

describe('clientQuirks', () => {
  it('returns the first entry whose subnet contains the client', () => {
    const quirksOf = clientQuirks([
      { match: '10.1.2.3', maxBlockSize: 512 },
      { match: '10.1.0.0/16', refuse: ['windowsize', 'tsize'] },
    ]);
    expect(quirksOf('10.1.2.3')).toEqual({ maxBlockSize: 512 });
    expect(quirksOf('::ffff:10.1.9.9')).toEqual({ refuseOptions: ['windowsize', 'tsize'] });
    expect(quirksOf('10.2.0.1')).toBeUndefined();
    expect(clientQuirks()('10.1.2.3')).toBeUndefined();
  });
});
