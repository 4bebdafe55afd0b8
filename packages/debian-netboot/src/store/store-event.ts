import { type StoredFile } from './manifest.js';

/**
 * What is wrong with a stored file.
 *
 * - `missing`: it is not there
 * - `size`: it is shorter or longer than it was stored
 * - `content`: its bytes have changed, or it is not a regular file
 * - `unreadable`: the disk cannot read it (`EIO`, `EBADMSG`, `EUCLEAN`)
 */
export type FileDamage = 'missing' | 'size' | 'content' | 'unreadable';

/** Something that a store has found out about its own files. */
export type StoreEvent =
  | {
      /** A stored file is not what it was; it is no longer handed out. */
      readonly type: 'fileDamaged';
      readonly file: StoredFile;
      readonly path: string;
      readonly damage: FileDamage;
      /** Whether the next sync fetches it again; a store that is read-only cannot be repaired. */
      readonly isSetAside: boolean;
    }
  | {
      /** A file that was damaged is intact again. */
      readonly type: 'fileRepaired';
      readonly file: StoredFile;
    }
  | {
      /** The file with the store's version is damaged, and what the store holds tells the version. */
      readonly type: 'formatDamaged';
      readonly path: string;
      /** Its content, quoted. */
      readonly found: string;
      /** Whether it was written again. */
      readonly isRepaired: boolean;
    };

/** Receives what a store finds out; must not throw. */
export type StoreEventListener = (event: StoreEvent) => void;
