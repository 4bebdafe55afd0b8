import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Types of file systems that write each change of a file to another place (Linux, `linux/magic.h`): btrfs, bcachefs,
 * ZFS, and overlayfs, which may be on top of one of them.
 */
const COPY_ON_WRITE: ReadonlySet<number> = new Set([
  0x9123683e, 0xca451a4e, 0x2fc12fc1, 0x794c7630,
]);

/** SQLite's settings for a write-ahead log, or for a rollback journal. */
export const JOURNALS = {
  wal: ['journal_mode = WAL', 'synchronous = NORMAL'],
  // In exclusive mode, SQLite maps no file while it leaves the WAL mode.
  rollback: [
    'locking_mode = EXCLUSIVE',
    'journal_mode = TRUNCATE',
    'locking_mode = NORMAL',
    'synchronous = FULL',
  ],
} as const;

/**
 * Returns the kind of journal for a database. SQLite keeps the index of a write-ahead log in a memory-mapped file. If
 * the disk is full or a quota is used up, a copy-on-write file system cannot store changes to it, and the kernel ends
 * the process with SIGBUS.
 */
export function journalOf(file: string): keyof typeof JOURNALS {
  return journalFor(statfsSync(dirname(file)).type);
}

/** Returns the kind of journal for a type of file system. */
export function journalFor(type: number): keyof typeof JOURNALS {
  return COPY_ON_WRITE.has(type >>> 0) ? 'rollback' : 'wal';
}
