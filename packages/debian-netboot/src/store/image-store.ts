import { type Generation } from './manifest.js';
import { type StoreUpdate } from './store-update.js';

/** How a store is opened. */
export interface StoreOptions {
  /**
   * Open without writing anything; another process may be writing.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/** A directory of verified installer images, kept in generations of which one is current. */
export interface ImageStore {
  /** The absolute path of the store. */
  readonly directory: string;
  /** Whether it was opened for reading only. */
  readonly readOnly: boolean;
  /**
   * The generation to serve, `undefined` while nothing has been fetched yet.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED` when its manifest cannot be read
   */
  current(): Promise<Generation | undefined>;
  /** Every readable generation, newest first. */
  generations(): Promise<Generation[]>;
  /** Where a file's content lies. The path is for reading only. */
  blobPath(sha256: string): string;
  /**
   * Begins to write to the store. Only one update can be under way, in all processes together.
   *
   * @param signal ends the update: what is called afterwards rejects
   * @throws NetbootError `ERR_NETBOOT_STORE_READ_ONLY`
   */
  beginUpdate(signal: AbortSignal): Promise<StoreUpdate>;
}
