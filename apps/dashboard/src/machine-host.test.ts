import { describe, expect, it } from 'vitest';

import { type Host } from './api/types.js';
import { hostFinder, type MachineIds } from './machine-host.js';

function host(name: string, match: Host['match']): Host {
  return { name, match, boot: 'menu', source: 'file' };
}

const hostOf = (machine: MachineIds, hosts: readonly Host[]): Host | undefined =>
  hostFinder(hosts)(machine);

describe('host of a machine', () => {
  const machine = { mac: '52:54:00:12:34:56', addresses: ['192.0.2.7'] };

  it('is the first one that matches the machine', () => {
    const hosts = [
      host('other', { mac: '52:54:00:00:00:01' }),
      host('by-ip', { ip: '192.0.2.7' }),
      host('by-mac', { mac: '52:54:00:12:34:56' }),
    ];
    expect(hostOf(machine, hosts)?.name).toBe('by-ip');
    expect(hostOf({ addresses: ['192.0.2.8'], uuid: 'u' }, [host('u', { uuid: 'u' })])?.name).toBe(
      'u',
    );
  });

  it('is not one that matches a subnet or another identifier', () => {
    expect(hostOf(machine, [host('lab', { subnet: '192.0.2.0/24' })])).toBeUndefined();
    expect(hostOf({ addresses: [] }, [host('x', { uuid: 'u' })])).toBeUndefined();
    expect(hostOf(machine, [])).toBeUndefined();
  });
});
