import { describe, expect, it } from 'vitest';

import { type Boot } from '../machines/boot.js';
import { type BootHistory, createBootHistory } from '../state/boot-history.js';
import { describeBoot, findMachine, pageOf, pageOfMachines } from './boot-view.js';
import { bootQuery, machineQuery } from './schemas.js';

const MAC = '52:54:00:12:34:56';
const UUID = '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11';

function boot(id: number, changes: Partial<Boot> = {}): Boot {
  return {
    id,
    address: '192.0.2.1',
    startedAt: 1_000 * id,
    lastSeenAt: 1_000 * id + 500,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'booting',
    ...changes,
  };
}

const newestFirst = (boots: readonly Boot[]): Boot[] =>
  boots.toSorted((one, other) => other.startedAt - one.startedAt || other.id - one.id);

/** Returns a history of boots that is kept only in memory. */
function memory(boots: readonly Boot[]): BootHistory {
  return createBootHistory({ journal: { boots: () => boots } });
}

describe('pageOf', () => {
  it('returns every boot exactly once, including those that started at the same time', async () => {
    const boots = newestFirst(
      Array.from({ length: 23 }, (_, index) => boot(index, { startedAt: Math.floor(index / 5) })),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOf(memory(boots), bootQuery.parse({ limit: '4', cursor }));
      expect(page.boots.length).toBeLessThanOrEqual(4);
      seen.push(...page.boots.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(boots.map(({ id }) => String(id)));
  });

  it('continues at the same place when newer boots arrive in the meantime', async () => {
    const boots = newestFirst([boot(1), boot(2), boot(3)]);
    const { next } = await pageOf(memory(boots), bootQuery.parse({ limit: 2 }));
    const later = await pageOf(
      memory([boot(4), ...boots]),
      bootQuery.parse({ limit: 2, cursor: next }),
    );
    expect(later).toMatchObject({ boots: [{ id: '1' }] });
    expect(later.next).toBeUndefined();
  });

  it.each([
    [{ machine: '52-54-00-12-34-56' }, ['3']],
    [{ machine: MAC.toUpperCase() }, ['3']],
    [{ machine: `01-${MAC.replaceAll(':', '-')}` }, ['3']],
    [{ machine: UUID }, ['3']],
    [{ machine: '192.0.2.9' }, ['1']],
    [{ outcome: 'failed' }, ['2']],
    [{ rule: 'loader-loop' }, ['2']],
    [{ firmware: 'uefi' }, ['3']],
    [{ arch: 'arm64' }, ['3']],
    [{ since: '1970-01-01T00:00:02Z', until: '1970-01-01T00:00:03Z' }, ['2']],
    [{ machine: MAC, outcome: 'failed' }, []],
  ])('filters by %j', async (query, ids) => {
    const boots = [
      boot(3, { mac: MAC, uuid: UUID, firmware: 'uefi', arch: 'arm64' }),
      boot(2, { outcome: 'failed', diagnosis: { rule: 'loader-loop', cause: 'c', fix: 'f' } }),
      boot(1, { address: '192.0.2.9' }),
    ];
    const page = await pageOf(memory(boots), bootQuery.parse(query));
    expect(page.boots.map(({ id }) => id)).toEqual(ids);
  });
});

describe('describeBoot', () => {
  it('returns the steps, and the requests that the diagnosis is based on', () => {
    const failed = boot(1, {
      outcome: 'failed',
      stages: [
        {
          name: 'loader',
          path: '/lpxelinux.0',
          transport: 'tftp',
          startedAt: 1_000,
          endedAt: 2_000,
          bytes: 70_000,
          result: 'delivered',
          fetches: 1,
        },
      ],
      refused: [{ path: '/x', transport: 'http', result: 'refused', reason: 'too secret' }],
      diagnosis: {
        rule: 'some-rule',
        cause: 'A cause',
        fix: 'Mend it.',
        evidence: [
          {
            at: 2000,
            transport: 'tftp',
            path: '/lpxelinux.0',
            result: 'delivered',
            bytes: 70_000,
            size: 80_000,
            fetches: 2,
          },
          { transport: 'http', path: '/x', result: 'refused', reason: 'too secret' },
        ],
      },
    });
    expect(describeBoot(failed)).toMatchObject({
      reached: 'loader',
      steps: [{ name: 'loader', startedAt: '1970-01-01T00:00:01.000Z' }],
      diagnosis: {
        rule: 'some-rule',
        evidence: [
          '1970-01-01T00:00:02.000Z TFTP /lpxelinux.0: delivered, 70000 of 80000 bytes, fetched 2 times',
          'HTTP /x: refused, too secret',
        ],
      },
    });
  });
});

describe('the last step of a boot', () => {
  it.each([
    ['kernel', 'booting', 'kernel'],
    ['initrd', 'installer', 'installer'],
    ['preseed', 'installer', 'preseed'],
    ['installed', 'installer', 'installed'],
  ] as const)('after %s, with the outcome %s, is %s', (name, outcome, reached) => {
    const times = { startedAt: 0, endedAt: 0, fetches: 1, result: 'delivered' } as const;
    const stages = [{ name, path: '/', transport: 'http', ...times }] as const;
    expect(describeBoot(boot(1, { outcome, stages })).reached).toBe(reached);
  });
});

describe('pageOfMachines', () => {
  type MachineViews = Awaited<ReturnType<typeof pageOfMachines>>['machines'];
  const machinesOf = async (boots: readonly Boot[]): Promise<MachineViews> =>
    (await pageOfMachines(memory(boots), machineQuery.parse({}))).machines;

  it('returns every machine exactly once, including those seen at the same time', async () => {
    const boots = newestFirst(
      Array.from({ length: 23 }, (_, index) =>
        boot(index, { mac: `52:54:00:00:00:${10 + index}`, lastSeenAt: Math.floor(index / 5) }),
      ),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOfMachines(memory(boots), machineQuery.parse({ limit: '4', cursor }));
      expect(page.machines.length).toBeLessThanOrEqual(4);
      seen.push(...page.machines.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  it('lists machines whose rows have times that no Date can hold', async () => {
    const row = {
      name: MAC,
      mac: MAC,
      uuid: null,
      address: '192.0.2.9',
      firmware: null,
      arch: null,
      first_seen_at: -9e18,
      last_seen_at: 9e18,
      last_boot: 3,
      last_outcome: 'menu',
    };
    const history: BootHistory = {
      ...memory([]),
      machines: () => Promise.resolve([row]),
      boots: () => Promise.resolve([boot(3)]),
      totals: () => Promise.resolve(new Map([[MAC, { boots: 1, firstSeenAt: -9e18 }]])),
    };
    const page = await pageOfMachines(history, machineQuery.parse({}));
    expect(page.machines).toMatchObject([{ id: MAC, lastSeenAt: '9999-12-31T23:59:59.999Z' }]);
    for (const last_seen_at of [9e18, -9e18]) {
      const rows = [row, { ...row, name: `${MAC}0` }].map((one) => ({ ...one, last_seen_at }));
      const machines = (): Promise<typeof rows> => Promise.resolve(rows);
      const { next } = await pageOfMachines(
        { ...history, machines },
        machineQuery.parse({ limit: '1' }),
      );
      expect(machineQuery.parse({ cursor: next })).toMatchObject({ cursor: next });
      expect(next).toBeDefined();
    }
  });

  it('finds a machine by each of its names', async () => {
    const boots = newestFirst([
      boot(1, { mac: MAC, uuid: UUID }),
      boot(2, { address: '192.0.2.9' }),
    ]);
    for (const name of [MAC.toUpperCase(), UUID, '192.0.2.1']) {
      expect(await findMachine(memory(boots), name)).toMatchObject({ id: MAC, boots: 1 });
    }
    expect(await findMachine(memory(boots), '192.0.2.9')).toMatchObject({ id: '192.0.2.9' });
    expect(await findMachine(memory(boots), '192.0.2.77')).toBeUndefined();
  });

  it('joins the boots of one machine by MAC address and UUID, whatever their addresses', async () => {
    const machines = await machinesOf(
      newestFirst([
        boot(1, { mac: MAC, address: '192.0.2.7' }),
        boot(2, { uuid: UUID, address: '192.0.2.8' }),
        boot(3, { mac: MAC, uuid: UUID, firmware: 'bios' }),
      ]),
    );
    expect(machines).toMatchObject([
      {
        id: MAC,
        uuid: UUID,
        addresses: ['192.0.2.1', '192.0.2.8', '192.0.2.7'],
        firmware: 'bios',
        boots: 3,
        firstSeenAt: '1970-01-01T00:00:01.000Z',
        lastBoot: { id: '3' },
      },
    ]);
  });

  it('joins boots that only an older boot shows to be from one machine', async () => {
    const machines = await machinesOf(
      newestFirst([
        boot(1, { mac: MAC, uuid: UUID }),
        boot(2, { mac: '52:54:00:00:00:02' }),
        boot(3, { uuid: UUID, address: '192.0.2.8' }),
        boot(4, { mac: MAC }),
      ]),
    );
    expect(machines.map(({ id, boots, lastBoot }) => [id, boots, lastBoot.id])).toEqual([
      [MAC, 3, '4'],
      ['52:54:00:00:00:02', 1, '2'],
    ]);
  });

  it('distinguishes machines that share an address, and lists the most recently seen one first', async () => {
    const machines = await machinesOf(
      newestFirst([boot(1, { mac: MAC }), boot(2, { mac: '52:54:00:00:00:01' }), boot(3), boot(4)]),
    );
    expect(machines.map(({ id, boots }) => [id, boots])).toEqual([
      ['192.0.2.1', 2],
      ['52:54:00:00:00:01', 1],
      [MAC, 1],
    ]);
  });
});
