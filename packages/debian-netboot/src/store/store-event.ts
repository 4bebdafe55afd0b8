import { type StoredFile } from './manifest.js';

/**
 * Damage to a stored file:
 *
 * - `missing`: the file does not exist
 * - `size`: its size has changed
 * - `content`: its content has changed, or it is not a regular file
 * - `unreadable`: disk read error (`EIO`, `EBADMSG`, `EUCLEAN`)
 */
export type FileDamage = 'missing' | 'size' | 'content' | 'unreadable';

/** Event about a store's own files. */
export type StoreEvent =
  | {
      /** A stored file is damaged and is no longer served. */
      readonly type: 'fileDamaged';
      readonly file: StoredFile;
      readonly path: string;
      readonly damage: FileDamage;
      /**
       * True if the file is no longer at its path. False in a read-only store, which cannot be repaired, and
       * for an unreadable file, which stays in place until the next sync.
       */
      readonly isSetAside: boolean;
    }
  | {
      /** A damaged file is intact again. */
      readonly type: 'fileRepaired';
      readonly file: StoredFile;
    }
  | {
      /**
       * The version file of the store is damaged, and the version was derived from the generations.
       */
      readonly type: 'formatDamaged';
      readonly path: string;
      /** Content of the file, quoted. */
      readonly found: string;
      /** True if the file was rewritten. */
      readonly isRepaired: boolean;
    };

/** Receives a store's events. Must not throw. */
export type StoreEventListener = (event: StoreEvent) => void;
