import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Writable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';
import { NetbootError } from '../errors.js';
import { decompress } from '../formats/decompress.js';
import { syncDirectory } from '../store/durable-file.js';
import { type ImageStore } from '../store/image-store.js';
import { withIoErrors } from '../store/io-error.js';
import { type Generation, type StoredFile } from '../store/manifest.js';
import { BUNDLE_INDEX_NAME, type BundleIndex } from './bundle-format.js';
import { bundleFiles, bundleImages, type BundleFile } from './bundle-contents.js';

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

/**
 * Writes a generation into one file for a site without a network: a tar archive that is laid out as a
 * mirror, with the signed files that vouch for its content.
 *
 * @throws NetbootError `ERR_NETBOOT_NO_GENERATION`, `ERR_NETBOOT_UNSIGNED`, `ERR_NETBOOT_NO_SPACE`
 */
export async function exportBundle(options: ExportOptions): Promise<BundleIndex> {
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
    const files = await bundleFiles(generation.manifest, evidence, (file) => textOf(store, file));
    const index: BundleIndex = {
      format: 1,
      generation: generation.id,
      images: bundleImages(generation.manifest),
    };
    await writeBundle(options, index, files);
    return index;
  } finally {
    retained.release();
  }
}

async function writeBundle(
  { store, path, signal, onProgress = () => undefined }: ExportOptions,
  index: BundleIndex,
  files: readonly BundleFile[],
): Promise<void> {
  const target = resolve(path);
  const draft = `${target}.part`;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  await withIoErrors(target, async () => {
    const output = createWriteStream(draft, { flush: true });
    try {
      const archive = pack();
      const writing = drainInto(archive, output);
      const filling = (async () => {
        archive.entry({ name: BUNDLE_INDEX_NAME }, `${JSON.stringify(index, undefined, 2)}\n`);
        let written = 0;
        for (const file of files) {
          for await (const length of addFile(archive, store, file)) {
            signal?.throwIfAborted();
            written += length;
            onProgress(written, total);
          }
        }
        archive.finalize();
      })().catch((error: unknown) => {
        archive.destroy(error instanceof Error ? error : new Error(String(error)));
        throw error;
      });
      await Promise.all([filling, writing]);
      await rename(draft, target);
      await syncDirectory(dirname(target));
    } catch (error) {
      output.destroy();
      await rm(draft, { force: true });
      throw error;
    }
  });
}

/** Adds a file to the archive; yields the length of each piece. */
async function* addFile(
  archive: Pack,
  store: ImageStore,
  { path, file, size }: BundleFile,
): AsyncGenerator<number> {
  const entry = archive.entry({ name: path, size, mtime: new Date(0) });
  const stored = store.read(file);
  const content =
    size === file.size ? stored : decompress(stored, 'gzip', { maxBytes: size, maxRatio: 1000 });
  for await (const piece of content) {
    if (!entry.write(piece)) {
      await new Promise<void>((resume) => {
        entry.once('drain', () => {
          resume();
        });
      });
    }
    yield piece.length;
  }
  entry.end(null);
}

async function drainInto(archive: AsyncIterable<unknown>, output: Writable): Promise<void> {
  for await (const piece of archive) {
    if (!output.write(piece)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'close');
}

async function textOf(store: ImageStore, file: StoredFile): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(file)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
