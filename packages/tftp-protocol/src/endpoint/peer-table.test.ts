import { describe, expect, it } from 'vitest';

import { PeerTable, type TftpEndpointAddress } from './peer-table.js';

function peer(address: string, port: number) {
  return { remote: { address, port, family: 'IPv4' as const } };
}

describe('PeerTable', () => {
  it('distinguishes paths by socket, port and address', () => {
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

  it('forgets only removed transfers', () => {
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

describe('PeerTable with one port for all', () => {
  it('finds each of many addresses', () => {
    const table = new PeerTable<string, ReturnType<typeof peer>>();
    const paths = Array.from({ length: 40 }, (_, index) => peer(`address ${index}`, 2_070));
    for (const path of paths) {
      table.add('socket', path);
    }

    expect(paths.every((path) => table.find('socket', path.remote) === path)).toBe(true);
    table.remove('socket', peer('address 0', 2_070));
    expect(table.find('socket', paths[0]!.remote)).toBe(paths[0]);
    for (const path of paths) {
      table.remove('socket', path);
      expect(table.find('socket', path.remote)).toBeUndefined();
    }
    table.remove('socket', paths[0]!);
  });

  it('compares only a few of them, however many exist', () => {
    const table = new PeerTable<string, { remote: TftpEndpointAddress }>();
    let looks = 0;
    for (let index = 0; index < 4_000; index += 1) {
      const address = `address ${index}`;
      table.add('socket', {
        get remote() {
          looks += 1;
          return { address, port: 2_070, family: 'IPv4' as const };
        },
      });
    }
    looks = 0;
    for (let index = 0; index < 4_000; index += 1) {
      table.find('socket', peer(`address ${index}`, 2_070).remote);
    }

    expect(looks).toBeLessThan(40_000);
  });
});
