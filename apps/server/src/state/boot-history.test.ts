import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { aBoot, sqliteEngine } from '../../test/support/state-engines.js';
import { type Boot } from '../machines/boot.js';
import { type BootHistory, createBootHistory } from './boot-history.js';
import { writeBoots } from './boot-table.js';
import { migrate } from './migrate.js';
import { type StateEngine } from './state-engine.js';

const MAC = '52:54:00:12:34:56';

describe('history of boots', () => {
  let directory: string;
  let engine: StateEngine;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-history-'));
    engine = sqliteEngine({ database: join(directory, 'state.db') });
    await engine.open();
    await migrate(engine.db);
  });

  afterEach(async () => {
    await engine.close();
    await rm(directory, { recursive: true });
  });

  const at = (id: number, facts: Partial<Boot> = {}): Boot =>
    aBoot({ id, startedAt: 1_000 * id, lastSeenAt: 1_000 * id + 500, ...facts });

  function historyOf(boots: readonly Boot[], onFailure?: (error: unknown) => void): BootHistory {
    return createBootHistory({
      journal: { boots: () => boots },
      database: () => engine.db,
      ...(onFailure === undefined ? {} : { onFailure }),
    });
  }

  async function all(
    history: BootHistory,
    ...args: Parameters<BootHistory['pages']>
  ): Promise<number[]> {
    const ids: number[] = [];
    for await (const boots of history.pages(...args)) {
      ids.push(...boots.map(({ id }) => id));
    }
    return ids;
  }

  it('joins the boots in memory with those of the database, each once and in order', async () => {
    const stored = Array.from({ length: 1_300 }, (_, index) => at(index + 1));
    await writeBoots(engine, stored);
    // Some boots are in both, and some only in memory; boots of an address that had too many left memory
    // early.
    const recent = [at(1_402), at(1_401.2 - 0.2), ...stored.slice(1_000).toReversed(), at(2)];
    const history = historyOf(recent);
    const expected = [1_402, 1_401, ...stored.map(({ id }) => id).toReversed()];
    expect(await all(history, {})).toEqual(expected);
    expect(await all(history, {}, { startedAt: 900_000, id: 900 })).toEqual(
      expected.filter((id) => id < 900),
    );
  });

  it('orders boots with a fraction of a millisecond as the database does', async () => {
    const boots = [
      at(3, { startedAt: 5_000.4 }),
      at(2, { startedAt: 5_000.6 }),
      at(1, { startedAt: 5_000 }),
    ];
    await writeBoots(engine, boots);
    for (const recent of [[], boots, boots.slice(0, 1), boots.slice(1)]) {
      const history = historyOf(recent);
      expect(await all(history, {})).toEqual([2, 3, 1]);
      expect(await all(history, {}, { startedAt: 5_001, id: 2 })).toEqual([3, 1]);
    }
  });

  it('prefers the newer version of a boot in memory', async () => {
    await writeBoots(engine, [at(1, { outcome: 'booting' })]);
    const history = historyOf([at(1, { outcome: 'failed' })]);
    expect(await history.boots([1, 2])).toMatchObject([{ id: 1, outcome: 'failed' }]);
    for await (const boots of history.pages({})) {
      expect(boots).toMatchObject([{ outcome: 'failed' }]);
    }
  });

  it.each([
    { filter: { machine: [MAC, 'another'] }, ids: [3] },
    { filter: { machine: ['10.9.9.9'] }, ids: [2] },
    { filter: { outcome: 'failed' as const }, ids: [1] },
    { filter: { since: 2_000, until: 2_999 }, ids: [2] },
  ])('reads only the rows of $filter', async ({ filter, ids }) => {
    await writeBoots(engine, [
      at(1, { outcome: 'failed' }),
      at(2, { address: '10.9.9.9' }),
      at(3, { mac: MAC }),
    ]);
    expect(await all(historyOf([]), filter)).toEqual(ids);
  });

  it('knows the machines of the database, and how many boots each has', async () => {
    await writeBoots(engine, [at(1, { mac: MAC }), at(2, { mac: MAC }), at(3, { uuid: 'u' })]);
    const history = historyOf([]);
    expect((await history.machines(10)).map(({ name }) => name)).toEqual(['u', MAC]);
    expect((await history.machines(10, 3_000)).map(({ name }) => name)).toEqual([MAC]);
    expect(await history.machine(['10.0.0.1'])).toMatchObject({ name: 'u' });
    expect(await history.totals([MAC, 'u', 'unknown'])).toEqual(
      new Map([
        [MAC, { boots: 2, firstSeenAt: 1_000 }],
        ['u', { boots: 1, firstSeenAt: 3_000 }],
      ]),
    );
    expect(await history.oldestStart()).toBe(1_000);
  });

  it('returns the boots in memory while the database fails, and reports that once', async () => {
    await writeBoots(engine, [at(1), at(2)]);
    const onFailure = vi.fn();
    const history = historyOf([at(2)], onFailure);
    await engine.close();
    expect(await all(history, {})).toEqual([2]);
    expect(await history.machines(10)).toEqual([]);
    expect(history.isIncomplete).toBe(true);
    expect(onFailure).toHaveBeenCalledTimes(1);
    await engine.open();
    expect(await all(history, {})).toEqual([2, 1]);
    expect(history.isIncomplete).toBe(false);
  });
});
