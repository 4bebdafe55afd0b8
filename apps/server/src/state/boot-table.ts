import {
  type CompiledQuery,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  sql,
} from 'kysely';

import { type Boot } from '../machines/boot.js';
import { type BootPlace, type StoredFilter, type StoredTotals } from './boot-places.js';
import { bootsThatFit, RETENTION } from './retention.js';
import { bootOfRow, bootRow, machineRows } from './rows.js';
import { type StateEngine } from './state-engine.js';
import { type BootRow, type MachineRow, type StateTables } from './tables.js';

/**
 * Numbers of rows that a statement can have. Both engines limit the number of parameters of a statement, and
 * a statement of a known size is composed and parsed only once.
 */
const ROWS_AT_ONCE = [64, 16, 4, 1] as const;

/**
 * Maximum size of the records written in one transaction, in characters; it limits the size of SQLite's log.
 */
const MAX_WRITTEN_LENGTH = 1024 * 1024;

/** Number of boots read at a time. */
const BOOTS_PER_PAGE = 500;

/** Statement that is composed once for each number of rows. */
type Repeated = 'boots' | 'machines' | 'uuids';

const COLUMNS = {
  boots: [
    'id',
    'address',
    'mac',
    'uuid',
    'started_at',
    'last_seen_at',
    'outcome',
    'proven',
    'boot',
  ],
  machines: [
    'name',
    'mac',
    'uuid',
    'address',
    'firmware',
    'arch',
    'first_seen_at',
    'last_seen_at',
    'last_boot',
    'last_outcome',
  ],
} as const satisfies {
  readonly boots: readonly (keyof BootRow)[];
  readonly machines: readonly (keyof MachineRow)[];
};

/** Statements of each database by their name and number of rows. */
const statements = new WeakMap<Kysely<StateTables>, Map<string, CompiledQuery>>();

/**
 * Writes new or changed boots and their machines, in one transaction unless they are very large.
 *
 * @returns approximate size of the records in bytes
 */
export async function writeBoots(
  engine: Pick<StateEngine, 'db' | 'write'>,
  boots: readonly Boot[],
): Promise<number> {
  let writtenBytes = 0;
  let start = 0;
  let length = 0;
  const rows = boots.map(bootRow);
  for (const [index, { boot }] of rows.entries()) {
    length += boot.length;
    const next = rows[index + 1]?.boot.length;
    if (next === undefined || length + next > MAX_WRITTEN_LENGTH) {
      const end = index + 1;
      await writeTogether(engine, rows.slice(start, end), machineRows(boots.slice(start, end)));
      writtenBytes += length;
      start = end;
      length = 0;
    }
  }
  return writtenBytes;
}

/** Writes rows in one transaction. */
async function writeTogether(
  { db, write }: Pick<StateEngine, 'db' | 'write'>,
  rows: readonly BootRow[],
  machines: readonly MachineRow[],
): Promise<void> {
  const written: CompiledQuery[] = [];
  for (const part of parts(rows)) {
    const parameters = part.flatMap((row) => COLUMNS.boots.map((column) => row[column]));
    const statement = statementOf(db, 'boots', part.length, () => insertBoots(db, part));
    written.push({ ...statement, parameters });
  }
  for (const part of parts(machines)) {
    const parameters = part.flatMap((row) => COLUMNS.machines.map((column) => row[column]));
    const statement = statementOf(db, 'machines', part.length, () => insertMachines(db, part));
    written.push({ ...statement, parameters });
  }
  // A machine has a row under its UUID until its MAC address is known.
  const told = machines.flatMap(({ mac, uuid }) => (mac === null || uuid === null ? [] : [uuid]));
  for (const part of parts(told)) {
    const statement = statementOf(db, 'uuids', part.length, () =>
      db.deleteFrom('machines').where('name', 'in', part).compile(),
    );
    written.push({ ...statement, parameters: part });
  }
  await write(written);
}

function statementOf(
  db: Kysely<StateTables>,
  name: Repeated,
  rows: number,
  compile: () => CompiledQuery,
): CompiledQuery {
  const known = statements.get(db) ?? new Map<string, CompiledQuery>();
  statements.set(db, known);
  const key = `${name} ${rows}`;
  const statement = known.get(key) ?? compile();
  known.set(key, statement);
  return statement;
}

function insertBoots(db: Kysely<StateTables>, rows: readonly BootRow[]): CompiledQuery {
  return db
    .insertInto('boots')
    .values(rows.map((row) => inOrder(COLUMNS.boots, row)))
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
        .where(replaces('boots', 'outcome')),
    )
    .compile();
}

/**
 * Returns the condition for a row to replace the one in the table: another daemon on the same database may have written
 * a newer one, or one of the same time that is more complete. A daemon that has missed the kernel of a boot, for example,
 * does not know from the last request, for the initrd, that the installer was started.
 */
function replaces(table: 'boots' | 'machines', outcome: string): RawBuilder<boolean> {
  const of = (row: string, column: string): RawBuilder<unknown> => sql.ref(`${row}.${column}`);
  const [before, now] = [of(table, 'last_seen_at'), of('excluded', 'last_seen_at')];
  const [known, found] = [of(table, outcome), of('excluded', outcome)];
  return sql`(${before} < ${now}
    or (${before} = ${now} and (${known} <> 'installer' or ${found} = 'installer')))`;
}

function insertMachines(db: Kysely<StateTables>, rows: readonly MachineRow[]): CompiledQuery {
  return db
    .insertInto('machines')
    .values(rows.map((row) => inOrder(COLUMNS.machines, row)))
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
        .where(replaces('machines', 'last_outcome')),
    )
    .compile();
}

/** Returns the values of a row in the order of the columns. */
function inOrder<Row extends object>(columns: readonly (keyof Row)[], row: Row): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]])) as Row;
}

/**
 * Reads the newest boots in pages, newest first, since the SQLite thread has little memory. Boots that cannot
 * be read are left out.
 */
export async function readBoots(db: Kysely<StateTables>, limit: number): Promise<readonly Boot[]> {
  const boots: Boot[] = [];
  let last: Pick<BootRow, 'id' | 'started_at'> | undefined;
  for (let left = limit; left > 0; left -= BOOTS_PER_PAGE) {
    const page = await readPage(db, Math.min(left, BOOTS_PER_PAGE), last);
    boots.push(...page.flatMap((row) => bootOfRow(row) ?? []));
    last = page.at(-1);
    if (page.length < BOOTS_PER_PAGE || last === undefined) {
      break;
    }
  }
  return boots;
}

/** Reads the boots that come after `last` in the order of {@link readBoots}. */
function readPage(
  db: Kysely<StateTables>,
  limit: number,
  last: Pick<BootRow, 'id' | 'started_at'> | undefined,
): Promise<Pick<BootRow, 'id' | 'started_at' | 'boot'>[]> {
  const after = last && { id: last.id, startedAt: last.started_at };
  return placesAfter(db, after).select('boot').limit(limit).execute();
}

function placesAfter(
  db: Kysely<StateTables>,
  after: BootPlace | undefined,
): SelectQueryBuilder<StateTables, 'boots', Pick<BootRow, 'id' | 'started_at'>> {
  let query = db.selectFrom('boots').select(['id', 'started_at']);
  if (after !== undefined) {
    const { id, startedAt } = after;
    query = query.where((where) =>
      where.or([
        where('started_at', '<', startedAt),
        where.and([where('started_at', '=', startedAt), where('id', '<', id)]),
      ]),
    );
  }
  return query.orderBy('started_at', 'desc').orderBy('id', 'desc');
}

/**
 * Reads the places of boots, newest first.
 *
 * @param after - place before the first one; if undefined, the list starts with the newest boot
 */
export async function readPlaces(
  db: Kysely<StateTables>,
  { machine, outcome, since, until }: StoredFilter,
  limit: number,
  after: BootPlace | undefined,
): Promise<readonly BootPlace[]> {
  let query = placesAfter(db, after);
  if (machine !== undefined) {
    query = query.where((where) =>
      where.or([
        where('mac', 'in', machine),
        where('uuid', 'in', machine),
        where('address', 'in', machine),
      ]),
    );
  }
  if (outcome !== undefined) {
    query = query.where('outcome', '=', outcome);
  }
  if (since !== undefined) {
    query = query.where('started_at', '>=', Math.floor(since));
  }
  if (until !== undefined) {
    query = query.where('started_at', '<=', Math.ceil(until));
  }
  const rows = await query.limit(limit).execute();
  return rows.map(({ id, started_at: startedAt }) => ({ id, startedAt }));
}

/** Reads boots by their ids, in any order; those that cannot be read are left out. */
export async function bootsOfIds(
  db: Kysely<StateTables>,
  ids: readonly number[],
): Promise<readonly Boot[]> {
  if (ids.length === 0) {
    return [];
  }
  const rows = await db.selectFrom('boots').select('boot').where('id', 'in', ids).execute();
  return rows.flatMap((row) => bootOfRow(row) ?? []);
}

/** Returns the start of the oldest boot that cannot have been forged; undefined if there is none. */
export async function readOldestStart(db: Kysely<StateTables>): Promise<number | undefined> {
  const row = await db
    .selectFrom('boots')
    .select('started_at')
    .where('proven', '=', 1)
    .orderBy('started_at', 'asc')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at;
}

/**
 * Reads machines, most recently seen first.
 *
 * @param until - machines that were seen after this time are left out, in milliseconds since 1970
 */
export function readMachines(
  db: Kysely<StateTables>,
  limit: number,
  until?: number,
): Promise<readonly MachineRow[]> {
  const query = db.selectFrom('machines').selectAll();
  return (until === undefined ? query : query.where('last_seen_at', '<=', until))
    .orderBy('last_seen_at', 'desc')
    .limit(limit)
    .execute();
}

/** Returns the machine that was last seen with one of these MAC addresses, UUIDs or IP addresses. */
export function readMachine(
  db: Kysely<StateTables>,
  names: readonly string[],
): Promise<MachineRow | undefined> {
  return db
    .selectFrom('machines')
    .selectAll()
    .where((where) =>
      where.or([
        where('name', 'in', names),
        where('uuid', 'in', names),
        where('address', 'in', names),
      ]),
    )
    .orderBy('last_seen_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Counts the boots of machines by MAC address, or by UUID for machines without one. */
export async function countBoots(
  db: Kysely<StateTables>,
  names: readonly string[],
): Promise<ReadonlyMap<string, StoredTotals>> {
  if (names.length === 0) {
    return new Map();
  }
  const name = sql<string>`coalesce(mac, uuid)`;
  const rows = await db
    .selectFrom('boots')
    .select(({ fn }) => [
      name.as('name'),
      fn.countAll<number>().as('boots'),
      fn.min('started_at').as('first_seen_at'),
    ])
    .where(name, 'in', names)
    .groupBy(name)
    .execute();
  return new Map(
    rows.map((row) => [row.name, { boots: row.boots, firstSeenAt: row.first_seen_at }]),
  );
}

/** Groups of rows with separate limits, each as SQL with a table and a condition. */
const PROVEN_BOOTS = sql`boots where proven = 1`;
const UNPROVEN_BOOTS = sql`boots where proven = 0`;
const MACHINES = sql`machines where true`;

/**
 * Removes rows that have expired, and the oldest ones if there are too many or the database is too large.
 *
 * @param now - current time, in milliseconds since 1970
 * @param usedBytes - size of the database in bytes
 */
export async function trim(
  db: Kysely<StateTables>,
  { now, usedBytes }: { readonly now: number; readonly usedBytes: number },
): Promise<void> {
  const expired = now - RETENTION.ageMs;
  await db.deleteFrom('boots').where('last_seen_at', '<', expired).execute();
  await db.deleteFrom('machines').where('last_seen_at', '<', expired).execute();
  await keepNewest(db, PROVEN_BOOTS, RETENTION.boots);
  await keepNewest(db, UNPROVEN_BOOTS, RETENTION.unprovenBoots);
  await keepNewest(db, MACHINES, RETENTION.machines);
  const kept = bootsThatFit(usedBytes, await countRows(db, PROVEN_BOOTS));
  if (kept !== undefined) {
    await keepNewest(db, PROVEN_BOOTS, kept);
  }
}

/**
 * Removes excess rows: first the oldest of each address that has more than a quarter of the places, since one
 * host can pretend to be any number of machines; then the oldest of all.
 */
async function keepNewest(
  db: Kysely<StateTables>,
  rows: RawBuilder<unknown>,
  count: number,
): Promise<void> {
  let excess = (await countRows(db, rows)) - count;
  if (excess <= 0) {
    return;
  }
  const share = Math.ceil(count / 4);
  const large = await sql<{ address: string; rows: number }>`
    select address, count(*) as rows from ${rows}
    group by address having count(*) > ${share} order by count(*) desc`.execute(db);
  for (const { address, rows: owned } of large.rows) {
    const kept = Math.max(share, owned - excess);
    await removeOldest(db, sql`${rows} and address = ${address}`, kept);
    excess -= owned - kept;
  }
  if (excess > 0) {
    await removeOldest(db, rows, count);
  }
}

async function countRows(db: Kysely<StateTables>, rows: RawBuilder<unknown>): Promise<number> {
  const counted = await sql<{ rows: number }>`select count(*) as rows from ${rows}`.execute(db);
  return counted.rows[0]?.rows ?? 0;
}

/** Removes all but the newest rows. */
async function removeOldest(
  db: Kysely<StateTables>,
  rows: RawBuilder<unknown>,
  kept: number,
): Promise<void> {
  const newest = await sql<{ at: number }>`
    select last_seen_at as at from ${rows}
    order by last_seen_at desc limit 1 offset ${kept}`.execute(db);
  const at = newest.rows[0]?.at;
  if (at !== undefined) {
    await sql`delete from ${rows} and last_seen_at <= ${at}`.execute(db);
  }
}

/** Yields the rows in parts of the sizes listed in {@link ROWS_AT_ONCE}. */
function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  let start = 0;
  for (const size of ROWS_AT_ONCE) {
    for (; rows.length - start >= size; start += size) {
      yield rows.slice(start, start + size);
    }
  }
}
