import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { NetbootError } from '../errors.js';
import { syncDirectory } from '../files/durable-file.js';
import { isInaccessible, isNotFound, isUnreadable, withIoErrors } from '../files/io-error.js';
import { evidenceFiles } from './evidence.js';
import {
  lastUseOf,
  listGenerationIds,
  readCurrentId,
  readEvidence,
  readGeneration,
} from './generation-files.js';
import { blobPath, generationPaths, type StoreLayout } from './layout.js';
import { manifestFiles, type StoredFile } from './manifest.js';
import { servableGeneration } from './servable-generation.js';
import { isHashFolder, isHashName } from './store-directory.js';

/** Options of a prune. */
export interface PruneOptions {
  /**
   * Number of generations to keep in addition to the current one, newest first.
   *
   * @default 2
   */
  readonly keep?: number;
  /**
   * Time in milliseconds for which a generation is kept after it stopped being current, since clients may
   * still be reading it.
   *
   * @default 7200000, two hours
   */
  readonly graceMs?: number;
  /** Ids of generations to keep in any case. */
  readonly pinned?: readonly string[];
  readonly signal?: AbortSignal;
}

/** {@link PruneOptions} and the state of the process. */
export interface PruneRules extends Required<Omit<PruneOptions, 'signal'>> {
  /** Ids of generations that are being read. */
  readonly inUse: ReadonlySet<string>;
  /** Hashes of files that an update needs and that are not yet part of any generation. */
  readonly neededFiles: ReadonlySet<string>;
}

/**
 * Reason why a prune keeps a generation: it is current, is among the newest, was current recently, is pinned,
 * or is being read.
 */
export type KeepReason = 'current' | 'newest' | 'recent' | 'pinned' | 'inUse';

/** Generation that a prune kept. */
export interface KeptGeneration {
  readonly id: string;
  readonly reason: KeepReason;
  /**
   * Total size in bytes of the files that no other kept generation has: the space that removing this one
   * would free.
   */
  readonly bytes: number;
}

/** Result of a prune. */
export interface PruneReport {
  /** Ids of the removed generations, newest first. */
  readonly generations: readonly string[];
  /** Number of removed files. */
  readonly files: number;
  /** Size of the removed files in bytes. */
  readonly bytes: number;
  /** Remaining generations, newest first. */
  readonly kept: readonly KeptGeneration[];
  /** Foreign paths among the stored files, which are not touched. */
  readonly foreign: readonly string[];
  /** Directories of stored files that cannot be listed, and are not touched. */
  readonly unreadable: readonly string[];
}

/**
 * Removes expired and incomplete generations, and then all files that neither a remaining generation nor
 * the update needs.
 */
export function prune(
  layout: StoreLayout,
  rules: PruneRules,
  signal: AbortSignal,
): Promise<PruneReport> {
  return withIoErrors(layout.root, async () => {
    const current = await readCurrentId(layout);
    const served = await servedId(layout, current);
    const ids = await listGenerationIds(layout);
    const removed: string[] = [];
    const kept: { id: string; reason: KeepReason; files: readonly StoredFile[] }[] = [];
    let others = 0;
    // Determine everything that is needed before removing anything: if that fails, nothing is
    // removed.
    for (const id of ids) {
      const files = await filesOf(layout, id, id === served);
      const isWhole = files !== undefined && (id === served || (await areThere(layout, files)));
      // A damaged generation must not take the place of one that a rollback could use.
      if (id !== served && isWhole) {
        others += 1;
      }
      const reason = keepReason(id, served, others, rules, await lastUseOf(layout, id));
      const isHeld = reason === 'inUse' || reason === 'pinned';
      if (reason === undefined || files === undefined || !(isWhole || isHeld)) {
        removed.push(id);
      } else {
        kept.push({ id, reason, files });
      }
    }
    const needed = new Set([
      ...kept.flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
      ...rules.neededFiles,
    ]);
    for (const id of removed) {
      signal.throwIfAborted();
      await rm(generationPaths(layout, id).directory, { recursive: true, force: true });
    }
    if (removed.length > 0) {
      await syncDirectory(layout.generations);
    }
    return {
      generations: removed,
      kept: kept.map(({ id, reason, files }) => ({
        id,
        reason,
        bytes: ownBytes(
          files,
          kept.flatMap((other) => (other.id === id ? [] : other.files)),
        ),
      })),
      ...(await removeOtherBlobs(layout, needed, signal)),
    };
  });
}

/** Number and size of the unused files that were removed. */
export type UnusedReport = Pick<PruneReport, 'files' | 'bytes'>;

/**
 * Removes files that neither a generation nor the caller needs. Generations are not removed; if one cannot be
 * read, no file is removed either.
 *
 * @param neededFiles - hashes of the files that the caller needs
 */
export function removeUnused(
  layout: StoreLayout,
  neededFiles: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<UnusedReport> {
  return withIoErrors(layout.root, async () => {
    const needed = new Set(neededFiles);
    const ids = await listGenerationIds(layout).catch(noList);
    if (ids === undefined) {
      return { files: 0, bytes: 0 };
    }
    for (const id of ids) {
      const files = await filesOf(layout, id, false);
      if (files === undefined) {
        return { files: 0, bytes: 0 };
      }
      for (const { sha256 } of files) {
        needed.add(sha256);
      }
    }
    const { files, bytes } = await removeOtherBlobs(layout, needed, signal);
    return { files, bytes };
  });
}

/** Returns undefined if the error means that a directory cannot be listed; rethrows any other error. */
function noList(error: unknown): undefined {
  if (isUnreadable(error) || isInaccessible(error)) {
    return undefined;
  }
  throw error;
}

/**
 * Returns the id of the generation that is served: the current one, or its replacement if `current` or the
 * generation that it names is missing.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if the current one exists but cannot be read
 */
async function servedId(
  layout: StoreLayout,
  current: string | undefined,
): Promise<string | undefined> {
  if (current !== undefined) {
    await filesOf(layout, current, true).catch(ignoreMissing);
  }
  return (await servableGeneration(layout))?.generation.id;
}

/** Ignores the error for a generation that does not exist; rethrows any other. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof NetbootError && error.code === 'ERR_NETBOOT_NO_GENERATION')) {
    throw error;
  }
}

function keepReason(
  id: string,
  served: string | undefined,
  age: number,
  { keep, graceMs, pinned, inUse }: PruneRules,
  lastUse: Date,
): KeepReason | undefined {
  if (id === served) {
    return 'current';
  }
  if (inUse.has(id)) {
    return 'inUse';
  }
  if (pinned.includes(id)) {
    return 'pinned';
  }
  if (age <= keep) {
    return 'newest';
  }
  return Date.now() - lastUse.getTime() < graceMs ? 'recent' : undefined;
}

/** Returns the total size in bytes of the files that `others` does not contain. */
function ownBytes(files: readonly StoredFile[], others: readonly StoredFile[]): number {
  const shared = new Set(others.map(({ sha256 }) => sha256));
  const own = new Map(files.map(({ sha256, size }) => [sha256, size]));
  return [...own].reduce((sum, [sha256, size]) => (shared.has(sha256) ? sum : sum + size), 0);
}

/**
 * Returns the files that a generation needs; `undefined` if it is damaged.
 *
 * @throws {@link NetbootError} if the current generation is damaged or missing
 */
async function filesOf(
  layout: StoreLayout,
  id: string,
  isCurrent: boolean,
): Promise<readonly StoredFile[] | undefined> {
  try {
    const { manifest } = await readGeneration(layout, id);
    return [...manifestFiles(manifest), ...evidenceFiles(await readEvidence(layout, id))];
  } catch (error) {
    if (isCurrent || !(error instanceof NetbootError)) {
      throw error;
    }
    return undefined;
  }
}

/** Returns true if all files are in the store; a repair may have removed damaged ones. */
async function areThere(layout: StoreLayout, files: readonly StoredFile[]): Promise<boolean> {
  for (const { sha256 } of files) {
    const found = await lstat(blobPath(layout, sha256)).catch((error: unknown) => {
      if (!isNotFound(error)) {
        throw error;
      }
      return undefined;
    });
    if (found === undefined) {
      return false;
    }
  }
  return true;
}

async function removeOtherBlobs(
  layout: StoreLayout,
  needed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Pick<PruneReport, 'files' | 'bytes' | 'foreign' | 'unreadable'>> {
  let files = 0;
  let bytes = 0;
  const foreign: string[] = [];
  const unreadable: string[] = [];
  const folders = await readdir(layout.blobs, { withFileTypes: true }).catch(noList);
  if (folders === undefined) {
    unreadable.push(layout.blobs);
  }
  for (const folder of folders ?? []) {
    const folderPath = join(layout.blobs, folder.name);
    if (!folder.isDirectory() || !isHashFolder(folder.name)) {
      foreign.push(folderPath);
      continue;
    }
    const names = await readdir(folderPath).catch(noList);
    if (names === undefined) {
      unreadable.push(folderPath);
    }
    for (const name of names ?? []) {
      if (needed.has(name)) {
        continue;
      }
      signal.throwIfAborted();
      const path = join(folderPath, name);
      const found = await lstat(path);
      if (!found.isFile() || !isHashName(name) || path !== blobPath(layout, name)) {
        foreign.push(path);
        continue;
      }
      await rm(path, { force: true });
      files += 1;
      bytes += found.size;
    }
  }
  return { files, bytes, foreign, unreadable };
}
