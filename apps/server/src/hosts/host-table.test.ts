import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createAllowList } from '../access/allow-list.js';
import { configSchema } from '../config/schema.js';
import { createHostTable, type Machine } from './host-table.js';

function tableOf(...matches: readonly object[]) {
  const { hosts } = configSchema.parse({
    hosts: matches.map((match, index) => ({ name: `h${index}`, match })),
  });
  const table = createHostTable(hosts);
  return (machine: Machine) => table.find(machine)?.name;
}

describe('createHostTable', () => {
  it('finds nothing without hosts', () => {
    expect(createHostTable().find({ address: '10.0.0.1', mac: '52:54:00:00:00:01' })).toBe(
      undefined,
    );
  });

  it('returns the first matching host in the order of the file, whatever it matches on', () => {
    const uuid = '4c4c4544-0042-3010-8056-b4c04f595131';
    const find = tableOf(
      { ip: '10.0.0.9' },
      { mac: '52-54-00-AB-00-01' },
      { subnet: '10.0.0.0/24' },
      { uuid: uuid.toUpperCase() },
      { subnet: '10.0.0.0/16' },
      { subnet: '2001:db8::/32' },
    );
    const mac = '52:54:00:ab:00:01';
    expect(find({ mac, address: '10.0.0.9' })).toBe('h0');
    expect(find({ mac, uuid, address: '10.0.0.8' })).toBe('h1');
    expect(find({ uuid, address: '10.0.0.8' })).toBe('h2');
    expect(find({ uuid, address: '10.0.1.8' })).toBe('h3');
    expect(find({ address: '10.0.1.8' })).toBe('h4');
    expect(find({ address: '2001:db8:0:1::8' })).toBe('h5');
    expect(find({ address: '2001:db9::8' })).toBe(undefined);
    expect(find({ mac: '52:54:00:ab:00:02', address: 'nonsense' })).toBe(undefined);
    expect(find({})).toBe(undefined);
  });

  it('interprets subnets in the same way as the allow-list', () => {
    const pairs = fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6(), fc.ipV6()));
    fc.assert(
      fc.property(pairs, fc.nat(128), ([network, address], bits) => {
        const subnet = `${network}/${network.includes(':') ? bits : bits % 33}`;
        expect(tableOf({ subnet })({ address }) !== undefined).toBe(
          createAllowList([subnet]).allows(address),
        );
        expect(tableOf({ subnet })({ address: network })).toBe('h0');
      }),
    );
  });
});
