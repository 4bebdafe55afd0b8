import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { type Pack } from 'tar-stream';

import { NetbootError } from '../errors.js';
import { drained } from '../files/drained.js';
import { FILE_MODE, syncDirectory } from '../files/durable-file.js';
import { withIoErrors } from '../files/io-error.js';
import { decompress } from '../formats/decompress.js';
import { type ImageStore } from '../store/image-store.js';
import { type Generation, type StoredFile } from '../store/manifest.js';
import {
  bundleEntries,
  type BundleFile,
  bundleFiles,
  bundleImages,
  exportable,
  type LeftOutImage,
} from './bundle-contents.js';
import { BUNDLE_FORMAT, BUNDLE_INDEX_NAME, type BundleIndex } from './bundle-format.js';

/** Options of an export. */
export interface ExportOptions {
  readonly store: ImageStore;
  /**
   * Generation to export.
   *
   * @default the current one
   */
  readonly generation?: Generation;
  /** File to write; it appears only once it is complete. */
  readonly path: string;
  readonly signal?: AbortSignal;
  /** Called with the number of content bytes written so far, and their total number. */
  readonly onProgress?: (written: number, total: number) => void;
}

/** Result of an export. */
export interface ExportedBundle extends BundleIndex {
  /** Images of the generation that are not in the bundle, since they cannot be verified. */
  readonly leftOut: readonly LeftOutImage[];
}

/**
 * Exports a generation to a single file for a site without network access: a tar archive with the
 * layout of a mirror, including the signed files that vouch for its content. Images without a
 * signature are left out.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_NO_GENERATION` if the store has none, `ERR_NETBOOT_UNSIGNED` if no image
 *   is left, `ERR_NETBOOT_BUILD_NOT_FOUND` if a carried-over image does not fit the newest InRelease of its
 *   suite, `ERR_NETBOOT_NO_SPACE`; the signal's reason when aborted
 */
export async function exportBundle(options: ExportOptions): Promise<ExportedBundle> {
  const { store } = options;
  const generation = options.generation ?? (await store.current());
  if (generation === undefined) {
    throw new NetbootError('ERR_NETBOOT_NO_GENERATION', 'the store has no generation to export', {
      hint: 'sync first',
    });
  }
  const retained = store.retain(generation);
  try {
    const evidence = await store.evidence(generation.id);
    const { manifest, leftOut } = exportable(generation.manifest);
    const read = (file: StoredFile): Promise<Uint8Array> => bytesOf(store, file);
    const files = await bundleFiles(manifest, evidence, read);
    const entries = await bundleEntries(manifest, evidence, read);
    const index: BundleIndex = {
      format: BUNDLE_FORMAT,
      generation: generation.id,
      images: bundleImages(manifest),
      ...(entries.length > 0 && { entries }),
    };
    await writeBundle(options, index, files);
    return { ...index, leftOut };
  } finally {
    retained.release();
  }
}

async function writeBundle(
  options: ExportOptions,
  index: BundleIndex,
  files: readonly BundleFile[],
): Promise<void> {
  const target = resolve(options.path);
  // A predictable name could be a link that someone placed there.
  const draft = `${target}.${randomUUID()}.part`;
  await withIoErrors(target, async () => {
    try {
      const output = await open(draft, 'wx', FILE_MODE);
      try {
        for await (const piece of tarPieces(options, index, files)) {
          await output.writeFile(piece);
        }
        await output.sync();
      } finally {
        await output.close();
      }
      await rename(draft, target);
      await syncDirectory(dirname(target));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  });
}

/** Yields the bytes of the bundle's tar archive. */
async function* tarPieces(
  { store, signal, onProgress = () => undefined }: ExportOptions,
  index: BundleIndex,
  files: readonly BundleFile[],
): AsyncGenerator<Uint8Array> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let written = 0;
  const { default: tarStream } = await import('tar-stream');
  const archive = tarStream.pack();
  const filling = fill(archive, store, index, files, (length) => {
    signal?.throwIfAborted();
    written += length;
    onProgress(written, total);
  }).catch((error: unknown) => {
    // Destroying the archive reports the error to its reader.
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const piece of archive) {
      if (piece instanceof Uint8Array) {
        yield piece;
      }
    }
  } finally {
    archive.destroy(null);
    await filling;
  }
}

/** Adds the index and all files to the archive, and ends it. */
async function fill(
  archive: Pack,
  store: ImageStore,
  index: BundleIndex,
  files: readonly BundleFile[],
  onPiece: (length: number) => void,
): Promise<void> {
  archive.entry({ name: BUNDLE_INDEX_NAME }, `${JSON.stringify(index, undefined, 2)}\n`);
  for (const { path, file, size } of files) {
    const entry = archive.entry({ name: path, size, mtime: new Date(0) });
    // A destroyed archive destroys its entries; its reader gets the error.
    entry.on('error', () => undefined);
    const stored = store.read(file);
    const content =
      size === file.size ? stored : decompress(stored, 'gzip', { maxBytes: size, maxRatio: 1000 });
    for await (const piece of content) {
      onPiece(piece.length);
      if (!entry.write(piece)) {
        await drained(entry);
      }
      if (archive.destroyed) {
        return;
      }
    }
    entry.end(null);
  }
  archive.finalize();
}

async function bytesOf(store: ImageStore, file: StoredFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(file)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
