import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type ServerConfig } from '../config/schema.js';
import { type Boot } from '../machines/boot.js';
import { readBoots } from './boot-table.js';
import { StateError } from './failure.js';
import { migrate } from './migrate.js';
import { RETENTION } from './retention.js';
import { type StateEngine } from './state-engine.js';
import { databaseFiles } from './state.js';

/**
 * Reads the boots that a stopped daemon has stored, newest first; returns undefined if there is no database.
 *
 * @throws Error when the database cannot be read
 */
export async function readStoredBoots({
  dataDir,
  state,
}: Pick<ServerConfig, 'dataDir' | 'state'>): Promise<readonly Boot[] | undefined> {
  if (typeof state === 'object' && state.url !== undefined) {
    const { createPostgresEngine } = await import('./postgres/postgres-engine.js');
    return readAll(createPostgresEngine(state.url));
  }
  if (state === 'off') {
    return undefined;
  }
  const { createSqliteEngine } = await import('./sqlite/sqlite-engine.js');
  const directory = await temporaryDirectory();
  try {
    const database = join(directory, 'state.db');
    // Read a copy: even to read, SQLite creates files, which the daemon's user could not open.
    const isStored = await copyDatabase(databaseFiles(dataDir).database, database);
    return isStored ? await readAll(createSqliteEngine({ database })) : undefined;
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

async function readAll(engine: StateEngine): Promise<readonly Boot[]> {
  try {
    await engine.open();
    await migrate(engine.db);
    return await readBoots(engine.db, RETENTION.boots);
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
