import { describe, expect, it } from 'vitest';

import { RequestMemory } from './request-memory.js';

const CLIENT = { address: '192.0.2.1', port: 2_070, family: 'IPv4' as const };

describe('RequestMemory', () => {
  it('recognises a client that repeats its request at the intervals of firmware', () => {
    const memory = new RequestMemory();

    expect(memory.isRepeated(CLIENT, 10_000)).toBe(false);
    expect(memory.isRepeated(CLIENT, 10_100)).toBe(false);
    expect(memory.isRepeated(CLIENT, 11_000)).toBe(true);
    expect(memory.isRepeated(CLIENT, 18_000)).toBe(true);
    expect(memory.isRepeated({ ...CLIENT, port: 2_071 }, 18_000)).toBe(false);
    expect(memory.isRepeated({ ...CLIENT, address: '192.0.2.2' }, 18_000)).toBe(false);
  });

  it('treats a request after more than half a minute as a new one', () => {
    const memory = new RequestMemory();
    memory.isRepeated(CLIENT, 10_000);

    expect(memory.isRepeated(CLIENT, 43_000)).toBe(false);
    expect(memory.isRepeated(CLIENT, 44_000)).toBe(true);
  });

  it('still recognises most clients after 20,000 other requests, and after 8 seconds of them', () => {
    const memory = new RequestMemory();
    const clients = Array.from({ length: 200 }, (_, index) => ({ ...CLIENT, port: index }));
    const known = (now: number): number =>
      clients.filter((client) => memory.isRepeated(client, now)).length;
    known(0);
    for (let index = 0; index < 20_000; index += 1) {
      const address = `10.${index >> 8}.${index & 0xff}.9`;
      memory.isRepeated({ address, port: (index * 7) & 0xffff, family: 'IPv4' }, 500);
    }

    expect(known(1_000)).toBeGreaterThan(180);
  });
});
