import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { writeBoots } from '../src/state/boot-table.js';
import { migrate } from '../src/state/migrate.js';
import { bootRow } from '../src/state/rows.js';
import { readSqliteBoots } from '../src/state/sqlite/read-boots.js';
import { readStoredBoots } from '../src/state/stored-boots.js';
import { aBoot, sqliteEngine } from './support/state-engines.js';

let dataDir: string;

const database = (): string => join(dataDir, 'state.db');

/**
 * Creates a database in the format of a version, by default the newest, with three boots that began in the
 * order 1, 3, 2.
 */
async function store(version?: string): Promise<void> {
  const engine = sqliteEngine({ database: database() });
  try {
    await engine.open();
    await migrate(engine.db, version);
    const boots = [1, 3, 2].map((id, index) => aBoot({ id, startedAt: 1000 + index }));
    if (version === undefined) {
      await writeBoots(engine, boots);
    } else {
      await engine.db.insertInto('boots').values(boots.map(bootRow)).execute();
    }
  } finally {
    await engine.close();
  }
}

async function ids(limit?: number): Promise<readonly number[] | undefined> {
  const boots = await readStoredBoots({ dataDir, state: 'on' }, limit);
  return boots?.map(({ id }) => id);
}

describe('readStoredBoots', () => {
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'pxeboot-stored-'));
    return () => {
      rmSync(dataDir, { recursive: true, force: true });
    };
  });

  it('reads the newest boots of the newest version without the engine', async () => {
    await store();
    expect(await ids()).toEqual([2, 3, 1]);
    expect(await ids(2)).toEqual([2, 3]);
    expect((await readSqliteBoots(database(), 1))?.map(({ id }) => id)).toEqual([2]);
  });

  it('leaves a database that needs more than reading to the engine', async () => {
    await store('0001-boots');
    expect(await readSqliteBoots(database(), 9)).toBeUndefined();
    writeFileSync(database(), 'not a database');
    expect(await readSqliteBoots(database(), 9)).toBeUndefined();
  });

  it('returns nothing if there is no database, or none is wanted', async () => {
    expect(await ids()).toBeUndefined();
    await store();
    expect(await readStoredBoots({ dataDir, state: 'off' })).toBeUndefined();
  });
});
