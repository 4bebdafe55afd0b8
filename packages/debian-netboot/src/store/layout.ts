import { join } from 'node:path';

/**
 * Where everything lies in a store:
 *
 * - `format`: the layout's version
 * - `blobs/sha256/<aa>/<hash>`: files, by content; written once, never changed
 * - `generations/<id>/{manifest,evidence}.json`: what a generation serves, and why it is trusted
 * - `generations/<id>/SHA256SUMS`: the checksums of these two
 * - `current`: the id of the generation to serve
 * - `freshness.json`: the newest InRelease ever accepted, by suite
 * - `refresh.json`: when the source was asked last, and when it will be asked next
 * - `held`: the content that a rollback turned its back on
 * - `freshness.json.sha256`, `held.sha256`: their checksums
 * - `lease`: who may write
 * - `partial/<hash>`: downloads that a later sync goes on with
 * - `tmp/`: files being written; whatever a crash leaves here is removed by the next writer
 * - `work/<source>/`: a source's own caches and partial downloads
 */
export interface StoreLayout {
  readonly root: string;
  readonly format: string;
  readonly blobs: string;
  readonly generations: string;
  readonly current: string;
  readonly freshness: string;
  readonly refresh: string;
  readonly held: string;
  readonly lease: string;
  readonly partial: string;
  readonly temporary: string;
  readonly work: string;
}

/** The layout of a store below a directory. */
export function storeLayout(root: string): StoreLayout {
  return {
    root,
    format: join(root, 'format'),
    blobs: join(root, 'blobs', 'sha256'),
    generations: join(root, 'generations'),
    current: join(root, 'current'),
    freshness: join(root, 'freshness.json'),
    refresh: join(root, 'refresh.json'),
    held: join(root, 'held'),
    lease: join(root, 'lease'),
    partial: join(root, 'partial'),
    temporary: join(root, 'tmp'),
    work: join(root, 'work'),
  };
}

/** Where a blob lies. */
export function blobPath(layout: StoreLayout, sha256: string): string {
  return join(blobFolder(layout, sha256), sha256);
}

const GENERATION_ID = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;

/** Whether a text can be a generation's id: a plain name that sorts by age. */
export function isGenerationId(text: string): boolean {
  return GENERATION_ID.test(text);
}

/** The id of a generation: when it was made, to the millisecond, and a part of its content's hash. */
export function generationId(createdAt: Date, contentHash: string): string {
  const stamp = createdAt.toISOString().replace(/[-:.]/g, '');
  return `${stamp}-${contentHash.slice(0, 8)}`;
}

/** When a generation was made, by its id. */
export function generationTime(id: string): Date {
  const [, year, month, day, hours, minutes, seconds, milliseconds] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${milliseconds}Z`);
}

/** The directory that a blob lies in. */
export function blobFolder(layout: StoreLayout, sha256: string): string {
  return join(layout.blobs, sha256.slice(0, 2));
}

/** Name of the file with the checksums of a generation's own files. */
export const CHECKSUMS_NAME = 'SHA256SUMS';

/** The files of a generation. */
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
