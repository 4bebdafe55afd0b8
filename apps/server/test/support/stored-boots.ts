import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Boot } from '../../src/machines/boot.js';
import { storedSqliteBoots } from './state-engines.js';

/**
 * Reads the boots in the embedded database of a running daemon, from a copy. The daemon writes them a while
 * after they happened, and a copy made during a write may be unreadable: poll until they appear.
 */
export async function storedBoots(dataDir: string): Promise<readonly Boot[]> {
  const directory = await mkdtemp(join(tmpdir(), 'pxeboot-stored-'));
  try {
    await copyFile(join(dataDir, 'state.db'), join(directory, 'state.db'));
    if (existsSync(join(dataDir, 'state.db-wal'))) {
      await copyFile(join(dataDir, 'state.db-wal'), join(directory, 'state.db-wal'));
    }
    return await storedSqliteBoots(join(directory, 'state.db'));
  } finally {
    await rm(directory, { recursive: true });
  }
}
