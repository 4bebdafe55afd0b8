import { describe, expect, it } from 'vitest';

import { DenialLog } from './denial-log.js';

describe('DenialLog', () => {
  it('tells of an address once a minute', () => {
    const log = new DenialLog();

    expect([log.isNew('a', 0), log.isNew('a', 59_999), log.isNew('b', 59_999)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(log.isNew('a', 60_000)).toBe(true);
  });

  it('remembers a bounded number of addresses', () => {
    const log = new DenialLog();
    for (let index = 0; index < 2_000; index += 1) {
      log.isNew(`address ${index}`, 0);
    }

    expect(log.isNew('address 1999', 1)).toBe(false);
    expect(log.isNew('address 0', 1)).toBe(true);
  });
});
