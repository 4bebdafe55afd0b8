import { type Kysely } from 'kysely';
import * as z from 'zod';

import { host, type HostSettings } from '../config/hosts.js';
import { type Install } from '../hosts/install.js';
import { storedTime } from './stored-time.js';
import { type InstallRow, type StateTables } from './tables.js';

/** Maximum number of attempts to change a host while other daemons change it, too. */
const MAX_UPDATES = 5;

const state = z.enum(['armed', 'started', 'installed', 'failed', 'expired', 'cancelled']);

// Loose, so that fields unknown to this version are kept in the record.
const storedInstall: z.ZodType<Install> = z.looseObject({
  id: z.string().regex(/^[\da-f]{16}$/),
  host: z.string(),
  profile: z.string(),
  state,
  expiresAt: storedTime.exactOptional(),
  retries: z.number().int(),
  key: z.string().regex(/^[\da-f]{64}$/),
  passphrase: z.string().exactOptional(),
  starts: z.number().int(),
  boot: z.string().exactOptional(),
  bootAddress: z.string().exactOptional(),
  lastSeenAt: storedTime.exactOptional(),
  preseed: z
    .looseObject({ at: storedTime, address: z.string(), token: z.string() })
    .exactOptional(),
  hostKeys: z.array(z.looseObject({ type: z.string(), fingerprint: z.string() })).exactOptional(),
  steps: z.array(
    z.looseObject({ at: storedTime, state, by: z.string(), note: z.string().exactOptional() }),
  ),
});

/** Installation with its version number; a change succeeds only if it was based on the newest version. */
export interface StoredInstall {
  readonly install: Install;
  readonly version: number;
}

/** Numbers of changes counted so far. */
export interface ChangeCounts {
  readonly hosts: number;
  readonly installs: number;
  /** Number of times that installations were removed. */
  readonly removedInstalls: number;
}

/**
 * Returns the numbers of changes that the database has counted. Every change up to these numbers is visible,
 * and later changes have higher numbers. All are zero in an SQLite database, which only one daemon uses.
 */
export async function readChangeCounts(db: Kysely<StateTables>): Promise<ChangeCounts> {
  const rows = await db.selectFrom('changes').selectAll().execute();
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  return {
    hosts: values.get('hosts') ?? 0,
    installs: values.get('installs') ?? 0,
    removedInstalls: values.get('removed_installs') ?? 0,
  };
}

/**
 * Returns the last installation of each host, by the name of the host.
 *
 * @param after - number of a change; only installations changed after it are returned. `@default` all
 */
export async function readInstalls(
  db: Kysely<StateTables>,
  after?: number,
): Promise<ReadonlyMap<string, StoredInstall>> {
  const all = db.selectFrom('installs').select(['host', 'version', 'install']);
  const rows = await (after === undefined ? all : all.where('changed', '>', after)).execute();
  return new Map(
    rows.flatMap((row) => {
      const stored = installOf(row);
      return stored === undefined ? [] : [[row.host, stored] as const];
    }),
  );
}

/**
 * Returns the last installation of one host.
 *
 * @param name - name of the host in lower case
 */
export async function readInstall(
  db: Kysely<StateTables>,
  name: string,
): Promise<StoredInstall | undefined> {
  const row = await db
    .selectFrom('installs')
    .select(['version', 'install'])
    .where('host', '=', name)
    .executeTakeFirst();
  return row && installOf(row);
}

function installOf({
  version,
  install,
}: Pick<InstallRow, 'version' | 'install'>): StoredInstall | undefined {
  const parsed = storedInstall.safeParse(jsonOf(install));
  return parsed.success ? { install: parsed.data, version } : undefined;
}

/**
 * Stores an installation if the stored one still has the given version, or, without a version, if none is
 * stored. Of several callers with the same version, only one succeeds.
 *
 * @param version - version that the new record is based on; undefined for a host's first record
 * @returns the new version; undefined if another caller was first
 */
export async function writeInstall(
  db: Kysely<StateTables>,
  install: Install,
  version: number | undefined,
): Promise<number | undefined> {
  const record = JSON.stringify(install);
  // Names that differ only in case are the same host.
  const name = install.host.toLowerCase();
  if (version === undefined) {
    const inserted = await db
      .insertInto('installs')
      .values({ host: name, version: 1, state: install.state, install: record })
      .onConflict((conflict) => conflict.column('host').doNothing())
      .returning('version')
      .executeTakeFirst();
    return inserted?.version;
  }
  const updated = await db
    .updateTable('installs')
    .set({ version: version + 1, state: install.state, install: record })
    .where('host', '=', name)
    .where('version', '=', version)
    .returning('version')
    .executeTakeFirst();
  return updated?.version;
}

/** Fields that every version writes, whatever else it adds. */
const recordOfAnyVersion = z.looseObject({ id: z.string(), steps: z.array(z.unknown()) });

/** Returns true if a newer version has written a record that this version cannot read. */
function isOfNewerVersion(row: Pick<InstallRow, 'state' | 'install'>): boolean {
  return (
    !state.safeParse(row.state).success || recordOfAnyVersion.safeParse(jsonOf(row.install)).success
  );
}

/**
 * Replaces the record of a host if no version of pxeboot can read the record.
 *
 * @returns the new version; `newer` if a newer version has written the record, which is kept; undefined if the record
 *   can be read, or does not exist
 */
export async function replaceUnreadable(
  db: Kysely<StateTables>,
  install: Install,
): Promise<number | 'newer' | undefined> {
  const name = install.host.toLowerCase();
  const row = await db
    .selectFrom('installs')
    .select(['version', 'state', 'install'])
    .where('host', '=', name)
    .executeTakeFirst();
  if (row === undefined || installOf(row) !== undefined) {
    return undefined;
  }
  if (isOfNewerVersion(row)) {
    return 'newer';
  }
  const updated = await db
    .updateTable('installs')
    .set({ version: row.version + 1, state: install.state, install: JSON.stringify(install) })
    .where('host', '=', name)
    .where('install', '=', row.install)
    .returning('version')
    .executeTakeFirst();
  return updated?.version;
}

/**
 * Removes installations that still have the given versions.
 *
 * @returns the names of those removed
 */
export async function deleteInstalls(
  db: Kysely<StateTables>,
  old: readonly { readonly name: string; readonly version: number }[],
): Promise<readonly string[]> {
  const deleted = await db
    .deleteFrom('installs')
    .where((eb) =>
      eb.or(
        old.map(({ name, version }) =>
          eb.and([eb('host', '=', name), eb('version', '=', version)]),
        ),
      ),
    )
    .returning('host')
    .execute();
  return deleted.map(({ host: name }) => name);
}

/** Returns the hosts that were added at run time, oldest first. */
export async function readHosts(db: Kysely<StateTables>): Promise<readonly HostSettings[]> {
  const rows = await db
    .selectFrom('hosts')
    .selectAll()
    .orderBy('created_at')
    .orderBy('name')
    .execute();
  return rows.flatMap(({ host: record }) => {
    const parsed = host.safeParse(jsonOf(record));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Adds a host; returns false if there is already one with this name. */
export async function insertHost(
  db: Kysely<StateTables>,
  added: HostSettings,
  now: number,
): Promise<boolean> {
  const inserted = await db
    .insertInto('hosts')
    .values({ name: added.name.toLowerCase(), created_at: now, host: JSON.stringify(added) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  return inserted !== undefined;
}

/**
 * Changes the newest version of a host that was added at run time.
 *
 * @param change - returns the changed host; may be called again if another caller was first
 * @returns false if there is no host with this name, or too many others are changing it at the same time
 */
export async function updateHost(
  db: Kysely<StateTables>,
  name: string,
  change: (stored: HostSettings) => HostSettings,
): Promise<boolean> {
  const key = name.toLowerCase();
  for (let attempt = 0; attempt < MAX_UPDATES; attempt++) {
    const row = await db
      .selectFrom('hosts')
      .select('host')
      .where('name', '=', key)
      .executeTakeFirst();
    const stored = host.safeParse(jsonOf(row?.host ?? ''));
    if (row === undefined || !stored.success) {
      return false;
    }
    const updated = await db
      .updateTable('hosts')
      .set({ host: JSON.stringify(change(stored.data)) })
      .where('name', '=', key)
      .where('host', '=', row.host)
      .returning('name')
      .executeTakeFirst();
    if (updated !== undefined) {
      return true;
    }
  }
  return false;
}

/** Removes a host that was added at run time; returns false if there is none with this name. */
export async function deleteHost(db: Kysely<StateTables>, name: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('hosts')
    .where('name', '=', name.toLowerCase())
    .returning('name')
    .executeTakeFirst();
  return deleted !== undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
