import { describe, expect, it } from 'vitest';

import { ClientReach } from './client-reach.js';

function transferOf(address: string, startedAt = 0) {
  return { remote: { address, port: 2_000, family: 'IPv4' as const }, startedAt };
}

describe('ClientReach', () => {
  it('remembers for an hour that an address is reachable from the listening port only', () => {
    const reach = new ClientReach();
    for (let index = 0; index < 1_025; index += 1) {
      reach.heardByListenerOnly(`client ${index}`, 0);
    }

    expect(reach.isByListenerOnly('client 0', 1)).toBe(false);
    expect(reach.isByListenerOnly('client 1024', 1)).toBe(true);
    expect(reach.isByListenerOnly('client 1024', 3_600_000)).toBe(false);
  });

  it('treats an address as reachable as soon as one of its clients answers', () => {
    const reach = new ClientReach();
    const [heard, silent] = [transferOf('a'), transferOf('a')];
    reach.answered(heard);
    reach.answered(silent);
    reach.lost(silent, 0);
    expect([reach.isOutOfReach('a', 899), reach.isOutOfReach('a', 900)]).toEqual([false, true]);

    reach.heard(heard, 901);
    reach.heardByListenerOnly('a', 902);

    expect(reach.isOutOfReach('a', 903)).toBe(false);
    expect(reach.isByListenerOnly('a', 903)).toBe(false);
    expect(reach.stalestUnanswered).toBe(silent);
    reach.ended(silent);
    expect(reach.stalestUnanswered).toBeUndefined();
  });

  it('remembers for a minute that a client was given up', () => {
    const reach = new ClientReach();
    reach.lost(transferOf('a'), 0);

    expect([reach.isOutOfReach('a', 59_999), reach.isOutOfReach('a', 60_000)]).toEqual([
      true,
      false,
    ]);
  });
});
