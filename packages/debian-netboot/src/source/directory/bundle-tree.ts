import { type FileHandle, open } from 'node:fs/promises';

import { NetbootError } from '../../errors.js';
import { withIoErrors } from '../../files/io-error.js';
import { type FileRange, openFileContent } from '../../files/read-file.js';
import { readTar } from '../../formats/tar.js';
import { type FileTree } from './archive-tree.js';

/** Limits that leave room for the images of all suites and architectures together. */
const LIMITS = {
  maxEntries: 10_000,
  maxFileBytes: 1024 * 1024 * 1024,
  maxTotalBytes: 32 * 1024 * 1024 * 1024,
};

/** Maximum size of a bundle, in bytes; headers and padding take at most 32 KiB per entry. */
const MAX_BUNDLE_BYTES = LIMITS.maxTotalBytes + LIMITS.maxEntries * 32 * 1024;

/**
 * Opens a bundle as a tree. Nothing is extracted: files that a signature vouches for are read directly from
 * the archive, and all other content is ignored.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE` if it is too large, or contains devices, or
 *   names or links that lead out of it; `ERR_NETBOOT_MALFORMED_ARCHIVE` if it is damaged
 */
export async function openBundleTree(path: string, signal: AbortSignal): Promise<FileTree> {
  const bundle = await withIoErrors(path, () => open(path));
  try {
    const files = await withIoErrors(path, () => findFiles(bundle, path, signal));
    return {
      nameOf: (name) => `${path}/${name}`,
      useFile: async (name, use) => {
        const found = files.get(name);
        return found && use({ size: found.size, content: openFileContent(bundle, found) });
      },
      close: () => bundle.close(),
    };
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

/** Returns the byte range of each file in a bundle, by path. */
async function findFiles(
  bundle: FileHandle,
  path: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FileRange>> {
  const { size } = await bundle.stat();
  if (size > MAX_BUNDLE_BYTES) {
    throw new NetbootError(
      'ERR_NETBOOT_HOSTILE_ARCHIVE',
      `${path}: expected at most ${MAX_BUNDLE_BYTES} bytes, got ${size}`,
      { hint: 'export the bundle again' },
    );
  }
  const content = withAbort(openFileContent(bundle, { start: 0, size }), signal);
  const files = new Map<string, FileRange>();
  for await (const { path: name, start, size: length } of readTar(content, LIMITS)) {
    files.set(name, { start, size: length });
  }
  return files;
}

async function* withAbort(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    signal.throwIfAborted();
    yield piece;
  }
}
