import { join } from 'node:path';

/**
 * Version of a store's content. It is increased whenever an earlier version of this package would take
 * something new for damage:
 *
 * - 1: images verified by the SHA256SUMS that the archive's signature vouches for
 * - 2: also other proofs, daily builds and archived suites; everything valid in 1 is valid in 2
 * - 3: also firmware; everything valid in 2 is valid in 3
 * - 4: also extra entries; everything valid in 3 is valid in 4
 */
export const STORE_FORMAT = 4;

/**
 * Paths in a store:
 *
 * - `format`: version of the layout
 * - `blobs/sha256/<aa>/<hash>`: files by content; written once, never changed
 * - `generations/<id>/{manifest,evidence}.json`: what a generation serves, and why it is trusted
 * - `generations/<id>/SHA256SUMS`: checksums of these two
 * - `current`: id of the current generation
 * - `freshness.json`: Dates of the newest accepted InRelease, by suite
 * - `refresh.json`: times of the last and the next sync
 * - `held`: hash of the content that a rollback rejected
 * - `format.sha256`, `freshness.json.sha256`, `held.sha256`: checksums of these files
 * - `lease`: holder of the write lease
 * - `partial/<hash>`: downloads that a later sync resumes
 * - `tmp/`: files being written; the next writer removes leftovers of a crash
 * - `work/<source>/`: caches and partial downloads of a source
 */
export interface StoreLayout {
  readonly root: string;
  readonly format: string;
  readonly blobs: string;
  readonly generations: string;
  readonly current: string;
  readonly freshness: string;
  readonly refresh: string;
  readonly rejected: string;
  readonly lease: string;
  readonly partial: string;
  readonly temporary: string;
  readonly work: string;
}

/** Returns the layout of a store below a directory. */
export function storeLayout(root: string): StoreLayout {
  return {
    root,
    format: join(root, 'format'),
    blobs: join(root, 'blobs', 'sha256'),
    generations: join(root, 'generations'),
    current: join(root, 'current'),
    freshness: join(root, 'freshness.json'),
    refresh: join(root, 'refresh.json'),
    // The name of this file is part of the store's format.
    rejected: join(root, 'held'),
    lease: join(root, 'lease'),
    partial: join(root, 'partial'),
    temporary: join(root, 'tmp'),
    work: join(root, 'work'),
  };
}

/** Returns the path of a blob. */
export function blobPath(layout: StoreLayout, sha256: string): string {
  return join(blobFolder(layout, sha256), sha256);
}

const GENERATION_ID = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;

/** Returns true if a text is a valid generation id; ids sort by age. */
export function isGenerationId(text: string): boolean {
  return GENERATION_ID.test(text);
}

/**
 * Returns the id of a generation: its time of creation in milliseconds, and the start of its
 * content's hash.
 */
export function generationId(createdAt: Date, contentHash: string): string {
  const stamp = createdAt.toISOString().replace(/[-:.]/g, '');
  return `${stamp}-${contentHash.slice(0, 8)}`;
}

/** Returns the time of creation in a generation's id. */
export function generationTime(id: string): Date {
  const [, year, month, day, hours, minutes, seconds, milliseconds] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${milliseconds}Z`);
}

/** Returns the directory of a blob. */
export function blobFolder(layout: StoreLayout, sha256: string): string {
  return join(layout.blobs, sha256.slice(0, 2));
}

/** Name of the file with the checksums of a generation's own files. */
export const CHECKSUMS_NAME = 'SHA256SUMS';

/** Returns the paths of a generation's files. */
export function generationPaths(
  layout: StoreLayout,
  id: string,
): {
  readonly directory: string;
  readonly manifest: string;
  readonly evidence: string;
  readonly checksums: string;
} {
  const directory = join(layout.generations, id);
  return {
    directory,
    manifest: join(directory, 'manifest.json'),
    evidence: join(directory, 'evidence.json'),
    checksums: join(directory, CHECKSUMS_NAME),
  };
}
