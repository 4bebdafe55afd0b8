import { describe, expect, it } from 'vitest';

import { ClientPace } from './client-pace.js';

describe('ClientPace', () => {
  it('measures how fast a client accepts the bytes that wait for it', () => {
    let now = 0;
    const pace = new ClientPace(() => now);
    pace.offered();
    now = 1000;
    pace.progressed(5000);
    now = 4000;
    pace.offered();
    now = 5000;
    expect(pace.restart(2000)).toBe(2.5);
    expect(pace.bytes).toBe(5000);
    now = 7000;
    expect(pace.restart(2000)).toBe(0);
  });

  it('does not judge a client that mostly waits', () => {
    let now = 0;
    const pace = new ClientPace(() => now);
    expect(pace.restart(1)).toBe(Infinity);
    pace.offered();
    now = 999;
    expect(pace.restart(1000)).toBe(Infinity);
  });
});
