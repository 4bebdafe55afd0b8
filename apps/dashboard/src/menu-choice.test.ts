import { describe, expect, it } from 'vitest';

import { type Host, type Machine } from './api/types.js';
import { machineNamed, macNamed, platformOf } from './menu-choice.js';

const MAC = '52:54:00:12:34:56';
const UUID = '00000000-0000-0000-0000-000000000001';

function machine(changes: Partial<Machine>): Machine {
  return { id: MAC, addresses: ['192.0.2.7'], ...changes } as Machine;
}

function host(name: string, match: Host['match']): Host {
  return { name, match, boot: 'menu', source: 'file' };
}

describe('platform of a machine', () => {
  it.each([
    [{}, 'BIOS: PXELINUX'],
    [{ firmware: 'uefi', arch: 'arm64' }, 'UEFI arm64: GRUB'],
    [{ firmware: 'uefi' }, 'UEFI amd64: GRUB'],
    [{ firmware: 'ipxe', arch: 'amd64' }, 'iPXE for UEFI amd64'],
    [{ firmware: 'u-boot' }, 'U-Boot arm64'],
  ] as const)('%o has the menu of %s', (facts, title) => {
    expect(platformOf(facts).title).toBe(title);
  });
});

describe('machine with a name', () => {
  const machines = [
    machine({ mac: MAC }),
    machine({ uuid: UUID, addresses: ['192.0.2.8', '192.0.2.9'] }),
  ];

  it.each([
    [MAC.toUpperCase(), 0],
    [UUID, 1],
    ['192.0.2.9', 1],
    ['WEB1', 0],
    ['web2', 1],
    ['web3', 1],
  ])('%s is found', (name, index) => {
    const hosts = [
      host('web1', { mac: MAC }),
      host('web2', { uuid: UUID }),
      host('web3', { ip: '192.0.2.8' }),
    ];
    expect(machineNamed(name, machines, hosts)).toBe(machines[index]);
  });

  it('has the MAC address in its name, its host or its boots', () => {
    const hosts = [host('new', { mac: MAC }), host('web2', { uuid: UUID })];
    expect(macNamed('52-54-00-AA-BB-CC', machines, hosts)).toBe('52:54:00:aa:bb:cc');
    expect(macNamed('NEW', [], hosts)).toBe(MAC);
    expect(macNamed('192.0.2.7', machines, hosts)).toBe(MAC);
    expect(macNamed('web2', machines, hosts)).toBeUndefined();
  });

  it('is not found by the subnet of a host, or if it has never booted', () => {
    const hosts = [host('all', { subnet: '192.0.2.0/24' }), host('new', { ip: '192.0.2.99' })];
    expect(machineNamed('all', machines, hosts)).toBeUndefined();
    expect(machineNamed('new', machines, hosts)).toBeUndefined();
  });
});
