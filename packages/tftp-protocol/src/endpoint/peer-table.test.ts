import { describe, expect, it } from 'vitest';

import { PeerTable } from './peer-table.js';

function peer(address: string, port: number) {
  return { remote: { address, port, family: 'IPv4' as const } };
}

describe('PeerTable', () => {
  it('tells paths apart by socket, port and address', () => {
    const table = new PeerTable<string, ReturnType<typeof peer>>();
    const paths = [peer('a', 1), peer('b', 1), peer('a', 2)];
    for (const path of paths) {
      table.add('socket', path);
    }

    for (const path of paths) {
      expect(table.find('socket', path.remote)).toBe(path);
      expect(table.find('other', path.remote)).toBeUndefined();
    }
    expect(table.find('socket', peer('c', 1).remote)).toBeUndefined();
    expect(table.find('socket', peer('a', 3).remote)).toBeUndefined();
  });

  it('forgets what is taken out, and only that', () => {
    const table = new PeerTable<string, ReturnType<typeof peer>>();
    const [first, second, third] = [peer('a', 1), peer('b', 1), peer('a', 2)] as const;
    table.add('socket', first);
    table.add('socket', second);
    table.add('socket', third);

    table.remove('socket', first);
    table.remove('socket', first);
    table.remove('elsewhere', second);

    expect(table.find('socket', first.remote)).toBeUndefined();
    expect(table.find('socket', second.remote)).toBe(second);
    table.remove('socket', second);
    table.remove('socket', third);
    expect(table.find('socket', third.remote)).toBeUndefined();
  });
});
