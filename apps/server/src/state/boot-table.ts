import { type Kysely, sql } from 'kysely';

import { type Boot } from '../machines/boot.js';
import { bootsThatFit, RETENTION } from './retention.js';
import { bootOfRow, bootRow, machineRows } from './rows.js';
import { type BootRow, type MachineRow, type StateTables } from './tables.js';

/** Maximum number of rows per statement: both engines limit its parameters. */
const ROWS_AT_ONCE = 100;

/** Writes new and changed boots, and their machines, in one transaction. */
export async function writeBoots(db: Kysely<StateTables>, boots: readonly Boot[]): Promise<void> {
  const rows = boots.map(bootRow);
  const machines = machineRows(boots);
  await db.transaction().execute(async (transaction) => {
    for (const part of parts(rows)) {
      await writeBootRows(transaction, part);
    }
    for (const part of parts(machines)) {
      await writeMachineRows(transaction, part);
    }
  });
}

async function writeBootRows(db: Kysely<StateTables>, rows: readonly BootRow[]): Promise<void> {
  await db
    .insertInto('boots')
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((columns) => ({
          address: columns.ref('excluded.address'),
          mac: columns.ref('excluded.mac'),
          uuid: columns.ref('excluded.uuid'),
          started_at: columns.ref('excluded.started_at'),
          last_seen_at: columns.ref('excluded.last_seen_at'),
          outcome: columns.ref('excluded.outcome'),
          proven: columns.ref('excluded.proven'),
          boot: columns.ref('excluded.boot'),
        }))
        // Another daemon on the same database may have a newer version.
        .whereRef('boots.last_seen_at', '<=', 'excluded.last_seen_at' as 'boots.last_seen_at'),
    )
    .execute();
}

async function writeMachineRows(
  db: Kysely<StateTables>,
  rows: readonly MachineRow[],
): Promise<void> {
  await db
    .insertInto('machines')
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((columns) => ({
          uuid: columns.fn.coalesce(columns.ref('excluded.uuid'), columns.ref('machines.uuid')),
          address: columns.ref('excluded.address'),
          firmware: columns.fn.coalesce(
            columns.ref('excluded.firmware'),
            columns.ref('machines.firmware'),
          ),
          arch: columns.fn.coalesce(columns.ref('excluded.arch'), columns.ref('machines.arch')),
          last_seen_at: columns.ref('excluded.last_seen_at'),
          last_boot: columns.ref('excluded.last_boot'),
          last_outcome: columns.ref('excluded.last_outcome'),
        }))
        .whereRef(
          'machines.last_seen_at',
          '<=',
          'excluded.last_seen_at' as 'machines.last_seen_at',
        ),
    )
    .execute();
  const told = rows.flatMap(({ mac, uuid }) => (mac === null || uuid === null ? [] : [uuid]));
  if (told.length > 0) {
    // They had a row under their UUID until their MAC address was known.
    await db.deleteFrom('machines').where('name', 'in', told).execute();
  }
}

/** Reads the newest boots, newest first; those that cannot be read are left out. */
export async function readBoots(db: Kysely<StateTables>, limit: number): Promise<readonly Boot[]> {
  const rows = await db
    .selectFrom('boots')
    .select('boot')
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.flatMap((row) => bootOfRow(row) ?? []);
}

/** Reads the machines seen last, most recent first. */
export function readMachines(
  db: Kysely<StateTables>,
  limit: number,
): Promise<readonly MachineRow[]> {
  return db
    .selectFrom('machines')
    .selectAll()
    .orderBy('last_seen_at', 'desc')
    .limit(limit)
    .execute();
}

/**
 * Removes rows that have expired, and the oldest ones if there are too many.
 *
 * @param usedBytes - size of the database in bytes; undefined if it is not limited
 */
export async function trim(
  db: Kysely<StateTables>,
  { now, usedBytes }: { readonly now: number; readonly usedBytes: number | undefined },
): Promise<void> {
  const expired = now - RETENTION.ageMs;
  await db.deleteFrom('boots').where('last_seen_at', '<', expired).execute();
  await db.deleteFrom('machines').where('last_seen_at', '<', expired).execute();
  await keepNewestBoots(db, 1, RETENTION.boots);
  await keepNewestBoots(db, 0, RETENTION.unprovenBoots);
  const oldMachine = await db
    .selectFrom('machines')
    .select('last_seen_at')
    .orderBy('last_seen_at', 'desc')
    .limit(1)
    .offset(RETENTION.machines)
    .executeTakeFirst();
  if (oldMachine !== undefined) {
    await db.deleteFrom('machines').where('last_seen_at', '<=', oldMachine.last_seen_at).execute();
  }
  if (usedBytes === undefined) {
    return;
  }
  const { boots } = await db
    .selectFrom('boots')
    .select(sql<number>`count(*)`.as('boots'))
    .where('proven', '=', 1)
    .executeTakeFirstOrThrow();
  const kept = bootsThatFit(usedBytes, boots);
  if (kept !== undefined) {
    await keepNewestBoots(db, 1, kept);
  }
}

async function keepNewestBoots(
  db: Kysely<StateTables>,
  proven: 0 | 1,
  count: number,
): Promise<void> {
  const tooMany = await db
    .selectFrom('boots')
    .select('last_seen_at')
    .where('proven', '=', proven)
    .orderBy('last_seen_at', 'desc')
    .limit(1)
    .offset(count)
    .executeTakeFirst();
  if (tooMany === undefined) {
    return;
  }
  await db
    .deleteFrom('boots')
    .where('proven', '=', proven)
    .where('last_seen_at', '<=', tooMany.last_seen_at)
    .execute();
}

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    yield rows.slice(start, start + ROWS_AT_ONCE);
  }
}
