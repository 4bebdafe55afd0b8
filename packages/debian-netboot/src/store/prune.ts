import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NetbootError } from '../errors.js';
import { evidenceFiles } from './evidence.js';
import {
  lastUseOf,
  listGenerationIds,
  readCurrentId,
  readEvidence,
  readGeneration,
} from './generation-files.js';
import { withIoErrors } from './io-error.js';
import { blobPath, generationPaths, type StoreLayout } from './layout.js';
import { manifestFiles, type StoredFile } from './manifest.js';
import { syncDirectory } from './durable-file.js';
import { isHashFolder, isHashName } from './store-directory.js';

/** What a prune leaves. */
export interface PruneRules {
  /** So many generations are kept besides the current one, the newest ones. */
  readonly keep: number;
  /** A generation that was current less than so many milliseconds ago is kept. */
  readonly graceMs: number;
  /** These are kept in any case. */
  readonly pinned: readonly string[];
  /** These are being read. */
  readonly inUse: ReadonlySet<string>;
}

/** What a prune removed. */
export interface PruneReport {
  /** The ids of the generations that were removed, oldest last. */
  readonly generations: readonly string[];
  /** How many files were removed that no generation needs any more. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Paths among the stored files that the store has not made: they are left alone. */
  readonly foreign: readonly string[];
}

/** Removes generations that are past their use, then the files that none of the others has. */
export function prune(
  layout: StoreLayout,
  rules: PruneRules,
  signal: AbortSignal,
): Promise<PruneReport> {
  return withIoErrors(layout.root, async () => {
    const current = await readCurrentId(layout);
    const ids = await listGenerationIds(layout);
    const removed: string[] = [];
    const needed = new Set<string>();
    let others = 0;
    // What is needed is known before anything is removed: if that fails, nothing is.
    for (const id of ids) {
      if (id !== current) others += 1;
      const isWanted =
        id === current || others <= rules.keep || rules.pinned.includes(id) || rules.inUse.has(id);
      const isRecent = Date.now() - (await lastUseOf(layout, id)).getTime() < rules.graceMs;
      const files = isWanted || isRecent ? await filesOf(layout, id, id === current) : undefined;
      if (files === undefined) removed.push(id);
      else for (const { sha256 } of files) needed.add(sha256);
    }
    for (const id of removed) {
      signal.throwIfAborted();
      await rm(generationPaths(layout, id).directory, { recursive: true, force: true });
    }
    if (removed.length > 0) await syncDirectory(layout.generations);
    return { generations: removed, ...(await removeOtherBlobs(layout, needed, signal)) };
  });
}

/** The files that a generation needs; `undefined` if it is damaged, and nobody can use it. */
async function filesOf(
  layout: StoreLayout,
  id: string,
  isCurrent: boolean,
): Promise<readonly StoredFile[] | undefined> {
  try {
    const { manifest } = await readGeneration(layout, id);
    return [...manifestFiles(manifest), ...evidenceFiles(await readEvidence(layout, id))];
  } catch (error) {
    if (isCurrent || !(error instanceof NetbootError)) throw error;
    return undefined;
  }
}

async function removeOtherBlobs(
  layout: StoreLayout,
  needed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Pick<PruneReport, 'files' | 'bytes' | 'foreign'>> {
  let files = 0;
  let bytes = 0;
  const foreign: string[] = [];
  for (const folder of await readdir(layout.blobs, { withFileTypes: true })) {
    const folderPath = join(layout.blobs, folder.name);
    if (!folder.isDirectory() || !isHashFolder(folder.name)) {
      foreign.push(folderPath);
      continue;
    }
    for (const name of await readdir(folderPath)) {
      if (needed.has(name)) continue;
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
  return { files, bytes, foreign };
}
