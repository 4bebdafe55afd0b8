import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Boot } from '../machines/boot.js';
import { bootOfRow, bootRow, machineRows } from './rows.js';

const MAC = '52:54:00:12:34:56';
const UUID = '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11';

function boot(facts: Partial<Boot> = {}): Boot {
  return {
    id: 7,
    address: '10.0.0.1',
    startedAt: 1000,
    lastSeenAt: 2000,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'menu',
    ...facts,
  };
}

const time = fc.integer({ min: 0, max: 4e12 });
const transport = fc.constantFrom('tftp' as const, 'http' as const);
const result = fc.constantFrom('delivered' as const, 'interrupted' as const, 'notFound' as const);

const anyBoot: fc.Arbitrary<Boot> = fc.record(
  {
    id: fc.maxSafeInteger(),
    address: fc.string({ unit: 'binary' }),
    mac: fc.string(),
    uuid: fc.string(),
    firmware: fc.constantFrom('bios' as const, 'u-boot' as const),
    arch: fc.constantFrom('amd64' as const, 'arm64' as const),
    startedAt: time,
    lastSeenAt: time,
    stages: fc.array(
      fc.record(
        {
          name: fc.constantFrom('loader' as const, 'kernel' as const),
          path: fc.string({ unit: 'binary' }),
          transport,
          startedAt: time,
          endedAt: time,
          result,
          fetches: fc.nat(),
          bytes: fc.nat(),
          size: fc.nat(),
          blksize: fc.nat(),
          windowsize: fc.nat(),
        },
        {
          requiredKeys: ['name', 'path', 'transport', 'startedAt', 'endedAt', 'result', 'fetches'],
          noNullPrototype: true,
        },
      ),
    ),
    refused: fc.array(
      fc.record(
        { path: fc.string({ unit: 'binary' }), transport, result, reason: fc.string() },
        { requiredKeys: ['path', 'transport', 'result'], noNullPrototype: true },
      ),
    ),
    machinesAtAddress: fc.nat(),
    proven: fc.boolean(),
    outcome: fc.constantFrom('booting' as const, 'failed' as const),
    diagnosis: fc.record(
      { rule: fc.string(), cause: fc.string(), fix: fc.string() },
      { noNullPrototype: true },
    ),
  },
  {
    requiredKeys: [
      'id',
      'address',
      'startedAt',
      'lastSeenAt',
      'stages',
      'refused',
      'machinesAtAddress',
      'proven',
      'outcome',
    ],
    noNullPrototype: true,
  },
);

describe('rows of boots', () => {
  it('reads every boot back unchanged', () => {
    fc.assert(
      fc.property(anyBoot, (one) => {
        expect(bootOfRow(bootRow(one))).toEqual(one);
      }),
    );
  });

  it('produces columns that any database can store', () => {
    fc.assert(
      fc.property(anyBoot, (one) => {
        for (const value of Object.values(bootRow(one))) {
          expect(String(value)).not.toMatch(/[\0\p{Surrogate}]/u);
        }
      }),
    );
    expect(bootRow(boot({ mac: 'a\0b', startedAt: 1.6 }))).toMatchObject({
      mac: 'a\u{fffd}b',
      uuid: null,
      started_at: 2,
      proven: 1,
    });
  });

  it('keeps fields that a newer version has added', () => {
    const newer = { ...boot(), serial: 'X1' };
    expect(bootOfRow(bootRow(newer))).toEqual(newer);
  });

  it('leaves out records that it cannot read', () => {
    expect(bootOfRow({ boot: '{' })).toBeUndefined();
    expect(bootOfRow({ boot: '{"id":1}' })).toBeUndefined();
    expect(bootOfRow({ boot: JSON.stringify({ ...boot(), outcome: 'flying' }) })).toBeUndefined();
    expect(bootOfRow({ boot: JSON.stringify({ ...boot(), startedAt: 1e300 }) })).toBeUndefined();
  });
});

describe('rows of machines', () => {
  it('names a machine by its MAC address, or by its UUID until the MAC address is known', () => {
    expect(machineRows([boot({ mac: MAC, uuid: UUID })])).toMatchObject([
      { name: MAC, uuid: UUID },
    ]);
    expect(machineRows([boot({ uuid: UUID })])).toMatchObject([{ name: UUID, mac: null }]);
  });

  it('leaves out machines without an identifier and possibly forged ones', () => {
    expect(machineRows([boot(), boot({ mac: MAC, proven: false })])).toEqual([]);
  });

  it('merges the boots of one machine, whatever their order', () => {
    const first = boot({ id: 1, mac: MAC, uuid: UUID, firmware: 'uefi', arch: 'amd64' });
    const last = boot({ id: 2, mac: MAC, startedAt: 5000, lastSeenAt: 6000, outcome: 'installer' });
    const expected = {
      name: MAC,
      mac: MAC,
      uuid: UUID,
      address: '10.0.0.1',
      firmware: 'uefi',
      arch: 'amd64',
      first_seen_at: 1000,
      last_seen_at: 6000,
      last_boot: 2,
      last_outcome: 'installer',
    };
    expect(machineRows([first, last])).toEqual([expected]);
    expect(machineRows([last, first])).toEqual([expected]);
    const named = { ...last, uuid: 'other', firmware: 'bios', arch: 'arm64' } as const;
    expect(machineRows([first, named])).toMatchObject([
      { uuid: 'other', firmware: 'bios', arch: 'arm64' },
    ]);
  });
});
