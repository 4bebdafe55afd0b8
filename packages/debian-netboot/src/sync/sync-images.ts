import { type ImageSelection } from '../catalog/selection.js';
import { NetbootError } from '../errors.js';
import { type ImageSource } from '../source/image-source.js';
import { type ImageStore } from '../store/image-store.js';
import { type Generation } from '../store/manifest.js';
import { type SyncEventListener } from './events.js';

/** What to bring into a store, and from where. */
export interface SyncOptions {
  /** A store that was opened for writing. */
  readonly store: ImageStore;
  readonly source: ImageSource;
  /** The images that the generation shall hold; all of them, or nothing is committed. */
  readonly images: readonly ImageSelection[];
  /** Ends the sync early; it then rejects with the signal's reason, and the store is as before. */
  readonly signal?: AbortSignal;
  readonly onEvent?: SyncEventListener;
}

/** What a sync led to. */
export interface SyncResult {
  /** The current generation: a new one, or the one that was current before. */
  readonly generation: Generation;
  /** Whether the generation is new. */
  readonly changed: boolean;
}

/**
 * Brings a store up to date: asks the source what is current, verifies it, fetches what the store
 * lacks, and makes one new generation of it, or none if nothing has changed.
 *
 * @throws NetbootError for every failure; the store then holds what it held before
 */
export function syncImages(options: SyncOptions): Promise<SyncResult> {
  return Promise.reject(
    new NetbootError('ERR_NETBOOT_APT_FAILED', `${options.source.name} cannot be used yet`),
  );
}
