import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBlob, findBlob, type BlobContent, type ExpectedBlob } from './blob-writer.js';
import { readFreshness, writeFreshness, type FreshnessRecord } from './freshness-record.js';
import {
  readCurrentId,
  readGeneration,
  writeCurrentId,
  writeGeneration,
} from './generation-files.js';
import { withIoErrors } from './io-error.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type Generation, type GenerationManifest, type StoredFile } from './manifest.js';

/** A generation's content, before it has an id. */
export type GenerationDraft = Omit<GenerationManifest, 'id' | 'createdAt'>;

/** The one who may write to a store, from the moment it begins until it is closed. */
export class StoreUpdate {
  readonly #layout: StoreLayout;
  readonly #signal: AbortSignal;

  private constructor(layout: StoreLayout, signal: AbortSignal) {
    this.#layout = layout;
    this.#signal = signal;
  }

  /** Begins to write: removes what a crash may have left half written. */
  static async begin(layout: StoreLayout, signal: AbortSignal): Promise<StoreUpdate> {
    await withIoErrors(layout.temporary, async () => {
      for (const name of await readdir(layout.temporary)) {
        await rm(join(layout.temporary, name), { recursive: true, force: true });
      }
    });
    return new StoreUpdate(layout, signal);
  }

  /** The generation that is current now; one that is damaged counts as none. */
  async current(): Promise<Generation | undefined> {
    const id = await readCurrentId(this.#layout);
    return id === undefined ? undefined : readGeneration(this.#layout, id);
  }

  /** The Dates of the newest releases that were ever accepted. */
  freshness(): Promise<FreshnessRecord> {
    return readFreshness(this.#layout);
  }

  /** Remembers releases that were accepted. */
  async recordFreshness(accepted: FreshnessRecord): Promise<void> {
    const before = await this.freshness();
    await withIoErrors(this.#layout.freshness, () =>
      writeFreshness(this.#layout, before, accepted),
    );
  }

  /** A directory of a source's own, kept between updates. */
  async workDirectory(name: string): Promise<string> {
    const path = join(this.#layout.work, name);
    await withIoErrors(path, () => mkdir(path, { recursive: true }));
    return path;
  }

  /** The stored file of this hash, if there is one. */
  find(sha256: string): Promise<StoredFile | undefined> {
    return findBlob(this.#layout, sha256);
  }

  /** Opens a stored file's content. */
  read(file: StoredFile): AsyncIterable<Uint8Array> {
    return createReadStream(blobPath(this.#layout, file.sha256), { signal: this.#signal });
  }

  /** Takes a file into the store, after checking it ({@link writeBlob}). */
  add(
    content: BlobContent,
    expected: ExpectedBlob,
    onReceived?: (bytes: number) => void,
  ): Promise<StoredFile> {
    return writeBlob(this.#layout, content, expected, this.#signal, onReceived);
  }

  /**
   * Makes a generation and switches to it; if the current one has the same content, it stays.
   *
   * @param evidence why the content is trusted, as text
   */
  async commit(
    draft: GenerationDraft,
    evidence: string,
    now: Date,
  ): Promise<{ readonly generation: Generation; readonly changed: boolean }> {
    this.#signal.throwIfAborted();
    const current = await this.current();
    if (current !== undefined && contentHash(current.manifest) === contentHash(draft)) {
      return { generation: current, changed: false };
    }
    const createdAt = now.toISOString();
    const stamp = createdAt.replace(/\.[0-9]{3}Z$/, 'Z').replace(/[-:]/g, '');
    const id = `${stamp}-${contentHash(draft).slice(0, 8)}`;
    return withIoErrors(this.#layout.generations, async () => {
      const manifest: GenerationManifest = { id, createdAt, ...draft };
      const generation = await writeGeneration(this.#layout, manifest, evidence);
      await writeCurrentId(this.#layout, id);
      return { generation, changed: true };
    });
  }
}

/** Tells contents apart, whenever and by whichever sync they were made. */
function contentHash({ targets, biosLoaders, efiLoaders }: GenerationDraft): string {
  const content = JSON.stringify({ targets, biosLoaders, efiLoaders }, sortKeys);
  return createHash('sha256').update(content).digest('hex');
}

/** For JSON.stringify: objects' keys in order, so that equal contents have equal texts. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
