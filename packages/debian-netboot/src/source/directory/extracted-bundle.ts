import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { FILE_MODE } from '../../files/durable-file.js';
import { withIoErrors } from '../../files/io-error.js';
import { fileContent } from '../../files/read-file.js';
import { readTar } from '../../formats/tar.js';
import { makeDirectory } from '../../store/store-directory.js';
import { type SourceRequest } from '../image-source.js';

/** Limits above the images of all suites and architectures together. */
const LIMITS = {
  maxEntries: 10_000,
  maxFileBytes: 1024 * 1024 * 1024,
  maxTotalBytes: 32 * 1024 * 1024 * 1024,
};

/** Content of a bundle as a directory. */
export interface ExtractedBundle {
  readonly directory: string;
  /** Removes the directory. */
  readonly remove: () => Promise<void>;
}

/**
 * Extracts a bundle into the source's own directory, which is emptied first. Names that lead out of
 * it, links and devices are refused ({@link readTar}); the content is verified later, like that of
 * any mirror.
 */
export async function extractBundle(
  bundle: string,
  { workDirectory, signal }: Pick<SourceRequest, 'workDirectory' | 'signal'>,
): Promise<ExtractedBundle> {
  const parent = join(workDirectory, 'bundle');
  const directory = join(parent, randomUUID());
  const remove = (): Promise<void> => rm(parent, { recursive: true, force: true });
  await remove();
  try {
    await withIoErrors(directory, async () => {
      await makeDirectory(directory);
      for await (const file of readTar(fileContent(bundle), LIMITS)) {
        const path = join(directory, file.path);
        await makeDirectory(dirname(path));
        await pipeline(file.content, createWriteStream(path, { flags: 'wx', mode: FILE_MODE }), {
          signal,
        });
      }
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, remove };
}
