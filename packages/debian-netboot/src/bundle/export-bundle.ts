import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { pack, type Pack } from 'tar-stream';

import { NetbootError } from '../errors.js';
import { FILE_MODE, syncDirectory } from '../files/durable-file.js';
import { withIoErrors } from '../files/io-error.js';
import { decompress } from '../formats/decompress.js';
import { type ImageStore } from '../store/image-store.js';
import { type Generation, type StoredFile } from '../store/manifest.js';
import {
  type BundleFile,
  bundleFiles,
  bundleImages,
  exportable,
  type LeftOutImage,
} from './bundle-contents.js';
import { BUNDLE_FORMAT, BUNDLE_INDEX_NAME, type BundleIndex } from './bundle-format.js';

/** What to export, and to where. */
export interface ExportOptions {
  readonly store: ImageStore;
  /**
   * The generation.
   *
   * @default the current one
   */
  readonly generation?: Generation;
  /** The file to write; it appears only when it is complete. */
  readonly path: string;
  readonly signal?: AbortSignal;
  /** Is told how many of how many bytes have been written. */
  readonly onProgress?: (written: number, total: number) => void;
}

/** A bundle that was written. */
export interface ExportedBundle extends BundleIndex {
  /** Images of the generation that are not in the bundle, since they do not verify themselves. */
  readonly leftOut: readonly LeftOutImage[];
}

/**
 * Writes a generation into one file for a site without a network: a tar archive that is laid out as a
 * mirror, with the signed files that vouch for its content. Images without a signature are left out.
 *
 * @throws NetbootError `ERR_NETBOOT_NO_GENERATION`, `ERR_NETBOOT_UNSIGNED` if no image is left,
 *   `ERR_NETBOOT_NO_SPACE`
 */
export async function exportBundle(options: ExportOptions): Promise<ExportedBundle> {
  const { store } = options;
  const generation = options.generation ?? (await store.current());
  if (generation === undefined) {
    throw new NetbootError('ERR_NETBOOT_NO_GENERATION', 'there is nothing to export yet', {
      hint: 'sync first',
    });
  }
  const retained = store.retain(generation);
  try {
    const evidence = await store.evidence(generation.id);
    const { manifest, leftOut } = exportable(generation.manifest);
    const files = await bundleFiles(manifest, evidence, (file) => bytesOf(store, file));
    const index: BundleIndex = {
      format: BUNDLE_FORMAT,
      generation: generation.id,
      images: bundleImages(manifest),
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
  // Whatever has a name that could be guessed may be a link to someone else's file.
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

/** The bundle's bytes. */
async function* tarPieces(
  { store, signal, onProgress = () => undefined }: ExportOptions,
  index: BundleIndex,
  files: readonly BundleFile[],
): AsyncGenerator<Uint8Array> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let written = 0;
  const archive = pack();
  const filling = fill(archive, store, index, files, (length) => {
    signal?.throwIfAborted();
    written += length;
    onProgress(written, total);
  }).catch((error: unknown) => {
    // The reader of the archive meets with it.
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

/** Puts all files into the archive. */
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
    // An archive that is given up takes its entries along; whoever reads it is told why.
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

/** Resolves when an entry takes more, or the archive has been given up. */
function drained(entry: ReturnType<Pack['entry']>): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      entry.off('drain', settle);
      entry.off('close', settle);
      resolve();
    };
    entry.once('drain', settle);
    entry.once('close', settle);
  });
}

async function bytesOf(store: ImageStore, file: StoredFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(file)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
