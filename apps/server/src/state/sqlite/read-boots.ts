import { type Boot } from '../../machines/boot.js';
import { bootOfRow } from '../rows.js';
import { isNewest, VERSIONS_TABLE } from '../schema-versions.js';

/**
 * Reads the newest boots of a database that no other program uses, newest first, in this thread. For a
 * command that only lists boots, the engine with its thread would take several times as long to load.
 *
 * @returns undefined if reading is not enough: the database has another version, is damaged, or cannot be
 *   opened
 */
export async function readSqliteBoots(
  file: string,
  limit: number,
): Promise<readonly Boot[] | undefined> {
  try {
    const { default: Libsql } = await import('libsql');
    const database = new Libsql(file);
    try {
      const versions = database.prepare(`select name from ${VERSIONS_TABLE}`).all();
      if (!isNewest(versions.map((row) => (row as { readonly name: string }).name))) {
        return undefined;
      }
      const rows = database
        .prepare('select boot from boots order by started_at desc, id desc limit ?')
        .all(limit);
      return rows.flatMap((row) => bootOfRow(row as { readonly boot: string }) ?? []);
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}
