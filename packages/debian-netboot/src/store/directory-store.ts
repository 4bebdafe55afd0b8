import { NetbootError } from '../errors.js';
import { fileContent } from '../file-content.js';
import { type Evidence } from './evidence.js';
import {
  listGenerationIds,
  readCurrentId,
  readEvidence,
  readGeneration,
} from './generation-files.js';
import { type ImageStore, type PruneOptions, type RetainedGeneration } from './image-store.js';
import { withIoErrors } from './io-error.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type LeaseTiming } from './lease.js';
import { type Generation, type StoredFile } from './manifest.js';
import { prune, type PruneReport } from './prune.js';
import { rollBack } from './rollback.js';
import { StoreUpdate } from './store-update.js';

const NEVER = new AbortController().signal;

/** A store in a directory of a file system. */
export class DirectoryStore implements ImageStore {
  readonly readOnly: boolean;
  readonly #layout: StoreLayout;
  readonly #leaseTiming: LeaseTiming;
  /** How many readers each generation has. */
  readonly #readers = new Map<string, number>();

  constructor(layout: StoreLayout, readOnly: boolean, leaseTiming: LeaseTiming) {
    this.#layout = layout;
    this.readOnly = readOnly;
    this.#leaseTiming = leaseTiming;
  }

  get directory(): string {
    return this.#layout.root;
  }

  current(): Promise<Generation | undefined> {
    return withIoErrors(this.directory, async () => {
      const id = await readCurrentId(this.#layout);
      return id === undefined ? undefined : readGeneration(this.#layout, id);
    });
  }

  generations(): Promise<Generation[]> {
    return withIoErrors(this.directory, async () => {
      const generations: Generation[] = [];
      for (const id of await listGenerationIds(this.#layout)) {
        const generation = await readGeneration(this.#layout, id).catch(ignoreUnreadable);
        if (generation !== undefined) generations.push(generation);
      }
      return generations;
    });
  }

  evidence(id: string): Promise<Evidence> {
    return withIoErrors(this.directory, () => readEvidence(this.#layout, id));
  }

  blobPath(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new RangeError(
        `sha256 must be 64 lower-case hex digits, got ${JSON.stringify(sha256)}`,
      );
    }
    return blobPath(this.#layout, sha256);
  }

  read(file: StoredFile): AsyncIterable<Uint8Array> {
    return fileContent(this.blobPath(file.sha256));
  }

  retain(generation: Generation): RetainedGeneration {
    const { id } = generation;
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      const left = (this.#readers.get(id) ?? 1) - 1;
      if (left === 0) this.#readers.delete(id);
      else this.#readers.set(id, left);
    };
    return { generation, release, [Symbol.dispose]: release };
  }

  async rollback(id?: string, signal: AbortSignal = NEVER): Promise<Generation> {
    const update = await this.beginUpdate(signal);
    try {
      return await rollBack(this.#layout, id);
    } finally {
      await update.close();
    }
  }

  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    const update = await this.beginUpdate(options.signal);
    try {
      const rules = {
        keep: options.keep ?? 2,
        graceMs: options.graceMs ?? 2 * 60 * 60 * 1000,
        pinned: options.pinned ?? [],
        inUse: new Set(this.#readers.keys()),
      };
      return await prune(this.#layout, rules, update.signal);
    } finally {
      await update.close();
    }
  }

  async beginUpdate(signal: AbortSignal = NEVER): Promise<StoreUpdate> {
    if (this.readOnly) {
      throw new NetbootError(
        'ERR_NETBOOT_STORE_READ_ONLY',
        `the store at ${this.directory} is open for reading only`,
        { hint: 'open it for writing' },
      );
    }
    return StoreUpdate.begin(this.#layout, signal, this.#leaseTiming);
  }
}

/** A generation that is removed or damaged while the list is read is none. */
function ignoreUnreadable(error: unknown): undefined {
  if (error instanceof NetbootError) return undefined;
  throw error;
}
