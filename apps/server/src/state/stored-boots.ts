import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type ServerConfig } from '../config/schema.js';
import { type Boot } from '../machines/boot.js';
import { databaseFiles } from './database-files.js';
import { StateError } from './failure.js';
import { RETENTION } from './retention.js';
import { type StateEngine } from './state-engine.js';

/**
 * Reads the boots that a stopped daemon has stored, newest first; returns undefined if there is no database.
 *
 * @param limit - maximum number of boots
 * @throws Error when the database cannot be read
 */
export async function readStoredBoots(
  { dataDir, state }: Pick<ServerConfig, 'dataDir' | 'state'>,
  limit: number = RETENTION.boots,
): Promise<readonly Boot[] | undefined> {
  if (typeof state === 'object' && state.url !== undefined) {
    const { createPostgresEngine } = await import('./postgres/postgres-engine.js');
    return readWith(createPostgresEngine(state.url), limit);
  }
  if (state === 'off') {
    return undefined;
  }
  const directory = await temporaryDirectory();
  try {
    const database = join(directory, 'state.db');
    // A copy is read: even for reading, SQLite creates files, which the daemon's user could then not open.
    if (!(await copyDatabase(databaseFiles(dataDir).database, database))) {
      return undefined;
    }
    const { readSqliteBoots } = await import('./sqlite/read-boots.js');
    const boots = await readSqliteBoots(database, limit);
    if (boots !== undefined) {
      return boots;
    }
    const { createSqliteEngine } = await import('./sqlite/sqlite-engine.js');
    return await readWith(createSqliteEngine({ database }), limit);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Creates a directory that only this user can read. */
async function temporaryDirectory(): Promise<string> {
  const parent = tmpdir();
  try {
    return await mkdtemp(join(parent, 'pxeboot-boots-'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StateError('temporary', `cannot create a directory in ${parent} (${code})`, {
      cause,
    });
  }
}

async function readWith(engine: StateEngine, limit: number): Promise<readonly Boot[]> {
  // These modules take longer to load than reading the boots takes.
  const { migrate } = await import('./migrate.js');
  const { readBoots } = await import('./boot-table.js');
  try {
    await engine.open();
    await migrate(engine.db);
    return await readBoots(engine.db, limit);
  } finally {
    await engine.close();
  }
}

/** Copies a database with its log; returns false if there is none. */
async function copyDatabase(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    await copyFile(`${from}-wal`, `${to}-wal`);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      throw error;
    }
    return path !== from;
  }
  return true;
}
