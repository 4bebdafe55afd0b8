import { NetbootError } from '../errors.js';
import { listGenerationIds, readCurrentId, readGeneration } from './generation-files.js';
import { type ImageStore } from './image-store.js';
import { withIoErrors } from './io-error.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type Generation } from './manifest.js';
import { StoreUpdate } from './store-update.js';

/** A store in a directory of a local file system. */
export class DirectoryStore implements ImageStore {
  readonly readOnly: boolean;
  readonly #layout: StoreLayout;

  constructor(layout: StoreLayout, readOnly: boolean) {
    this.#layout = layout;
    this.readOnly = readOnly;
  }

  get directory(): string {
    return this.#layout.root;
  }

  async current(): Promise<Generation | undefined> {
    return withIoErrors(this.directory, async () => {
      const id = await readCurrentId(this.#layout);
      return id === undefined ? undefined : readGeneration(this.#layout, id);
    });
  }

  async generations(): Promise<Generation[]> {
    return withIoErrors(this.directory, async () => {
      const generations: Generation[] = [];
      for (const id of await listGenerationIds(this.#layout)) {
        const generation = await readGeneration(this.#layout, id).catch(ignoreUnreadable);
        if (generation !== undefined) generations.push(generation);
      }
      return generations;
    });
  }

  blobPath(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new RangeError(
        `sha256 must be 64 lower-case hex digits, got ${JSON.stringify(sha256)}`,
      );
    }
    return blobPath(this.#layout, sha256);
  }

  async beginUpdate(signal: AbortSignal): Promise<StoreUpdate> {
    if (this.readOnly) {
      throw new NetbootError(
        'ERR_NETBOOT_STORE_READ_ONLY',
        `the store at ${this.directory} is open for reading only`,
        { hint: 'open it for writing' },
      );
    }
    return StoreUpdate.begin(this.#layout, signal);
  }
}

/** A generation that is removed or damaged while the list is read is none. */
function ignoreUnreadable(error: unknown): undefined {
  if (error instanceof NetbootError) return undefined;
  throw error;
}
