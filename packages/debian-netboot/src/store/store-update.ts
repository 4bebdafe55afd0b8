import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { describeIoError, withIoErrors } from '../files/io-error.js';
import { type LeaseTiming } from '../files/lease-timing.js';
import { Lease } from '../files/lease.js';
import { allDone } from '../settled.js';
import {
  adoptPartial,
  type BlobArrival,
  type BlobContent,
  type ExpectedBlob,
  findBlob,
  partialLength,
  syncBlobNames,
  writeBlob,
} from './blob-writer.js';
import { type Evidence, evidenceFiles, formatEvidence } from './evidence.js';
import {
  committedDates,
  type FreshnessRecord,
  latestDates,
  newerDates,
  readFreshness,
  type ReleaseDates,
  writeFreshness,
} from './freshness-record.js';
import {
  draftGeneration,
  newestGeneration,
  publishGeneration,
  readableGenerationIds,
  readCurrentId,
  readEvidence,
  readGeneration,
  readGenerations,
  removeGeneration,
  switchCurrent,
} from './generation-files.js';
import { type IntactFiles } from './intact-files.js';
import { blobPath, generationId, generationTime, type StoreLayout } from './layout.js';
import {
  contentHash,
  type Generation,
  type GenerationContent,
  type GenerationManifest,
  imagesHash,
  manifestFiles,
  type StoredFile,
} from './manifest.js';
import {
  prune,
  type PruneOptions,
  type PruneReport,
  removeUnused,
  type UnusedReport,
} from './prune.js';
import { clearRejected, readRejected, writeRejected } from './rejected-content.js';
import {
  expectOwnKind,
  expectOwnStore,
  isHashFolder,
  isHashName,
  isTemporaryName,
  makeDirectory,
  readableNames,
  removeOwn,
  removeOwnOlderThan,
  trimOwn,
} from './store-directory.js';
import { migrateFormat } from './store-format.js';
import { storedContent } from './stored-content.js';

/**
 * Grace period, in milliseconds, for clients that are still reading a generation that is no longer
 * current.
 */
const GRACE_MS = 2 * 60 * 60 * 1000;

/** Age at which a partial download is removed, in milliseconds: repeated failures must not fill the disk. */
const MAX_PARTIAL_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Maximum total size of partial downloads, in bytes. Their content is unverified, and their sizes
 * are not signed.
 */
const MAX_PARTIAL_BYTES = 512 * 1024 * 1024;

/** Result of a commit. */
export interface CommitResult {
  /** Current generation after the commit. */
  readonly generation: Generation;
  /**
   * Effect of the commit:
   *
   * - `changed`: the generation is new
   * - `unchanged`: the current generation already has this content
   * - `rejected`: a rollback rejected this content, so the current generation is kept
   */
  readonly outcome: 'changed' | 'unchanged' | 'rejected';
}

/** Exclusive write access to a store, until it is closed. */
export class StoreUpdate implements AsyncDisposable {
  /** Aborted when the caller cancels or the lease is lost. */
  readonly signal: AbortSignal;
  readonly #layout: StoreLayout;
  readonly #intact: IntactFiles;
  readonly #lease: Lease;
  /** Returns the ids of the generations that are being read. */
  readonly #inUse: () => ReadonlySet<string>;
  /** Hashes of files that this update has found or added. */
  readonly #needed = new Set<string>();
  /** Hashes of files that are being written. */
  readonly #arriving = new Set<string>();
  /** Searches in progress, by hash. */
  readonly #finding = new Map<string, Promise<StoredFile | undefined>>();

  private constructor(
    layout: StoreLayout,
    intact: IntactFiles,
    lease: Lease,
    inUse: () => ReadonlySet<string>,
    signal: AbortSignal,
  ) {
    this.#layout = layout;
    this.#intact = intact;
    this.#lease = lease;
    this.#inUse = inUse;
    this.signal = AbortSignal.any([signal, lease.signal]);
  }

  /**
   * Acquires the store's lease. Removes files that a crash left incomplete, partial downloads that are too old,
   * and the oldest of the others if all of them together are too large.
   *
   * @internal
   */
  static async begin(
    layout: StoreLayout,
    intact: IntactFiles,
    inUse: () => ReadonlySet<string>,
    signal: AbortSignal,
    timing: LeaseTiming,
  ): Promise<StoreUpdate> {
    signal.throwIfAborted();
    const lease = await Lease.acquire(layout.lease, signal, timing);
    try {
      await withIoErrors(layout.root, async () => {
        await expectOwnStore(layout);
        await removeOwn(layout.temporary, isTemporaryName);
        await removeOwnOlderThan(layout.partial, isHashName, MAX_PARTIAL_AGE_MS);
        await trimOwn(layout.partial, isHashName, MAX_PARTIAL_BYTES);
      });
    } catch (error) {
      await lease.release();
      throw error;
    }
    return new StoreUpdate(layout, intact, lease, inUse, signal);
  }

  /** Ends the update and releases the lease. */
  async close(): Promise<void> {
    await this.#lease.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Returns the current generation with its evidence; `undefined` if it is damaged or missing. */
  async current(): Promise<
    { readonly generation: Generation; readonly evidence: Evidence } | undefined
  > {
    try {
      const id = await readCurrentId(this.#layout);
      if (id === undefined) {
        return undefined;
      }
      const generation = await readGeneration(this.#layout, id);
      return { generation, evidence: await readEvidence(this.#layout, id) };
    } catch (error) {
      if (error instanceof NetbootError) {
        return undefined;
      }
      throw describeIoError(error, this.#layout.current);
    }
  }

  /** Returns true if the store has no files yet. */
  async isEmpty(): Promise<boolean> {
    const { blobs } = this.#layout;
    return withIoErrors(blobs, async () => !(await readableNames(blobs)).some(isHashFolder));
  }

  /**
   * Returns the Dates of the newest committed releases, and of newer ones that did not lead to an image. A
   * damaged record is rebuilt from the generations.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if the record is damaged and no generation has a Date:
   *   forgetting the committed Dates would allow a replay
   */
  freshness(): Promise<FreshnessRecord> {
    return withIoErrors(this.#layout.freshness, async () => {
      const committed = committedDates(await readGenerations(this.#layout));
      const record = await this.#freshnessRecord(committed);
      // After a crash right after a commit, the Dates are only in the generation, and not yet in the record.
      const counted = newerDates(committed, record.forgotten ?? {});
      return { ...record, committed: latestDates(record.committed, counted) };
    });
  }

  /**
   * Forgets the committed Date of a suite, so that an older InRelease is accepted again.
   *
   * @returns the Date that was enforced until now; `undefined` if there was none
   */
  async forget(suite: Suite): Promise<Date | undefined> {
    const record = await this.freshness();
    const { [suite]: date, ...committed } = record.committed;
    if (date === undefined) {
      return undefined;
    }
    await this.#confirm();
    const { [suite]: _seen, ...seen } = record.seen;
    const forgotten = latestDates(record.forgotten ?? {}, { [suite]: date });
    await withIoErrors(this.#layout.freshness, () =>
      writeFreshness(this.#layout, { committed, seen, forgotten }),
    );
    return date;
  }

  /** Records the Dates of releases, ignoring those that are earlier than the recorded ones. */
  async recordFreshness(added: Partial<FreshnessRecord>): Promise<void> {
    await this.#confirm();
    await withIoErrors(this.#layout.freshness, async () => {
      const generations = committedDates(await readGenerations(this.#layout));
      const before = await this.#freshnessRecord(generations);
      const committed = latestDates(before.committed, added.committed ?? {});
      const seen = latestDates(before.seen, added.seen ?? {});
      const record = { ...before, committed, seen: newerDates(seen, committed) };
      if (JSON.stringify(record) === JSON.stringify(before)) {
        return;
      }
      await writeFreshness(this.#layout, record);
    });
  }

  /** Returns every readable generation that has evidence, together with that evidence, newest first. */
  async vouchedFor(): Promise<
    readonly { readonly generation: Generation; readonly evidence: Evidence }[]
  > {
    return withIoErrors(this.#layout.generations, async () => {
      const found = [];
      for (const generation of await readGenerations(this.#layout)) {
        try {
          found.push({ generation, evidence: await readEvidence(this.#layout, generation.id) });
        } catch (error) {
          if (!(error instanceof NetbootError)) {
            throw error;
          }
        }
      }
      return found;
    });
  }

  /**
   * Removes generations that must not be served, and forgets the Dates of their InReleases. If the
   * current one is among them or unknown, the newest of the others that no rollback has rejected becomes current.
   */
  async drop(ids: ReadonlySet<string>): Promise<void> {
    const { committed, seen, ...rest } = await this.freshness();
    await this.#confirm();
    await withIoErrors(this.#layout.generations, async () => {
      const generations = await readGenerations(this.#layout);
      const dropped = committedDates(generations.filter(({ id }) => ids.has(id)));
      const left = generations.filter(({ id }) => !ids.has(id));
      const leftDates = newerDates(committedDates(left), rest.forgotten ?? {});
      await writeFreshness(this.#layout, {
        ...rest,
        committed: latestDates(newerDates(committed, dropped), leftDates),
        seen: newerDates(seen, dropped),
      });
      const currentId = await readCurrentId(this.#layout).catch(() => undefined);
      if (currentId === undefined || ids.has(currentId)) {
        const rejected = await readRejected(this.#layout).catch(() => undefined);
        const next = left.find(({ manifest }) => imagesHash(manifest) !== rejected);
        await (next === undefined
          ? rm(this.#layout.current, { force: true })
          : switchCurrent(this.#layout, next.id));
      }
      for (const id of ids) {
        await removeGeneration(this.#layout, id);
      }
    });
  }

  /** Creates a directory for a source's own files, which is kept between updates, and returns its path. */
  async workDirectory(name: string): Promise<string> {
    const path = join(this.#layout.work, name);
    await withIoErrors(path, async () => {
      await expectOwnKind(path, 'directory');
      await makeDirectory(path);
    });
    return path;
  }

  /**
   * Returns the intact stored file with a hash, or a partial one that is complete; `undefined` if there is
   * none.
   */
  find(sha256: string): Promise<StoredFile | undefined> {
    // Concurrent calls must not both publish the same partial file.
    const finding = this.#finding.get(sha256) ?? this.#find(sha256);
    this.#finding.set(sha256, finding);
    return finding;
  }

  /** Opens a stored file's content. */
  read(file: StoredFile): AsyncIterable<Uint8Array> {
    return storedContent(blobPath(this.#layout, file.sha256), this.signal);
  }

  /** Returns the size of a partial file in bytes; 0 if there is none. */
  partialLength(sha256: string): Promise<number> {
    return partialLength(this.#layout, sha256);
  }

  /** Verifies a file and adds it to the store (`writeBlob`). */
  async add(
    content: BlobContent,
    expected: ExpectedBlob,
    arrival: BlobArrival = {},
  ): Promise<StoredFile> {
    const { sha256 = '' } = expected;
    this.#arriving.add(sha256);
    try {
      const stored = await writeBlob(this.#layout, content, expected, this.signal, arrival);
      this.#needed.add(stored.sha256);
      return stored;
    } catch (error) {
      this.#arriving.delete(sha256);
      await this.#trimPartials();
      throw error;
    } finally {
      this.#arriving.delete(sha256);
    }
  }

  /** Removes the oldest partial files beyond the limit; failures are ignored. */
  async #trimPartials(): Promise<void> {
    const isArriving = (name: string): boolean => this.#arriving.has(name);
    const { partial } = this.#layout;
    await trimOwn(partial, isHashName, MAX_PARTIAL_BYTES, isArriving).catch(() => undefined);
  }

  /**
   * Removes old generations, and the files that neither another generation nor this update needs.
   * Does not need disk space.
   */
  prune({ keep = 2, graceMs = GRACE_MS, pinned = [] }: PruneOptions = {}): Promise<PruneReport> {
    const rules = { keep, graceMs, pinned, inUse: this.#inUse(), neededFiles: this.#needed };
    return prune(this.#layout, rules, this.signal);
  }

  /**
   * Removes files that neither a generation nor this update needs, left by failed syncs. Must be called only
   * after the update has looked up everything that it needs.
   */
  async removeUnused(): Promise<UnusedReport> {
    await this.#lease.confirm();
    return removeUnused(this.#layout, this.#needed, this.signal);
  }

  /** Removes a damaged stored file, so that the next sync fetches it again. */
  async discard(sha256: string): Promise<void> {
    await this.#lease.confirm();
    const path = blobPath(this.#layout, sha256);
    await withIoErrors(path, () => rm(path, { force: true }));
  }

  /**
   * Creates a generation and makes it current, unless the current one has the same content or a rollback
   * rejected this content.
   *
   * @param evidence - proof on which the trust in the content is based
   * @param now - current time; the generation gets a later one if a newer generation exists
   */
  async commit(content: GenerationContent, evidence: Evidence, now: Date): Promise<CommitResult> {
    this.signal.throwIfAborted();
    await this.#confirm();
    return withIoErrors(this.#layout.generations, () => this.#commit(content, evidence, now));
  }

  /**
   * Confirms the lease and upgrades the store to the current format; called before any record is
   * written.
   */
  async #confirm(): Promise<void> {
    await this.#lease.confirm();
    await withIoErrors(this.#layout.format, () => migrateFormat(this.#layout));
  }

  async #commit(content: GenerationContent, evidence: Evidence, now: Date): Promise<CommitResult> {
    const hash = contentHash(content);
    const current = (await this.current())?.generation;
    if (current !== undefined) {
      // A generation whose evidence is damaged is replaced by one with fresh evidence.
      if (contentHash(current.manifest) === hash && (await this.#hasEvidence(current.id))) {
        return { generation: current, outcome: 'unchanged' };
      }
      if ((await this.#heldImages(current)) === imagesHash(content)) {
        return { generation: current, outcome: 'rejected' };
      }
    }
    const createdAt = await this.#laterThanAll(now);
    const id = generationId(createdAt, hash);
    const manifest: GenerationManifest = { id, createdAt: createdAt.toISOString(), ...content };
    const files = [...manifestFiles(content), ...evidenceFiles(evidence)];
    const [draft] = await allDone([
      draftGeneration(this.#layout, manifest, formatEvidence(evidence)),
      syncBlobNames(this.#layout, files),
    ]);
    await publishGeneration(this.#layout, draft);
    await this.#lease.confirm();
    await switchCurrent(this.#layout, id);
    await clearRejected(this.#layout);
    return { generation: draft.generation, outcome: 'changed' };
  }

  /**
   * Reads the freshness record. A damaged one is replaced by the Dates in the generations, if there are any.
   *
   * @param committed - Dates of the releases in the generations
   */
  async #freshnessRecord(committed: ReleaseDates): Promise<FreshnessRecord> {
    try {
      return await readFreshness(this.#layout, (suite) => committed[suite] !== undefined);
    } catch (error) {
      if (!isDamage(error) || Object.keys(committed).length === 0) {
        throw error;
      }
      await this.#lease.confirm();
      const record = { committed, seen: {} };
      await writeFreshness(this.#layout, record);
      return record;
    }
  }

  async #find(sha256: string): Promise<StoredFile | undefined> {
    try {
      const stored = await findBlob(this.#layout, sha256);
      const isUsable = stored !== undefined && (await this.#intact.isIntact(stored));
      const found = isUsable ? stored : await adoptPartial(this.#layout, sha256);
      if (found !== undefined) {
        this.#needed.add(sha256);
      }
      return found;
    } finally {
      this.#finding.delete(sha256);
    }
  }

  async #hasEvidence(id: string): Promise<boolean> {
    for (const { sha256 } of evidenceFiles(await readEvidence(this.#layout, id))) {
      if ((await this.find(sha256)) === undefined) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the hash of the images that a rollback rejected. A damaged record is replaced by the hash of the
   * newest generation, if that is newer than the current one.
   */
  async #heldImages(current: Generation): Promise<string | undefined> {
    try {
      return await readRejected(this.#layout);
    } catch (error) {
      if (!isDamage(error)) {
        throw error;
      }
      const newest = await newestGeneration(this.#layout);
      if (newest === undefined || newest.id <= current.id) {
        return undefined;
      }
      await writeRejected(this.#layout, imagesHash(newest.manifest));
      return imagesHash(newest.manifest);
    }
  }

  /**
   * Returns the time for a new generation, which is later than that of all others, so that ids sort by age
   * even if the clock was set back.
   */
  async #laterThanAll(now: Date): Promise<Date> {
    const [newest] = await readableGenerationIds(this.#layout);
    const taken = newest === undefined ? 0 : generationTime(newest).getTime();
    return new Date(Math.max(now.getTime(), taken + 1));
  }

  /** Removes partial files; must be called only after all files have arrived. */
  async removePartials(): Promise<void> {
    await this.#lease.confirm();
    await withIoErrors(this.#layout.partial, () => removeOwn(this.#layout.partial, isHashName));
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_DAMAGED';
}
