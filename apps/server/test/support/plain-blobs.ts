import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { type BlobOpener } from '../../src/content/blob-cache.js';

/** Opens files of a directory directly, without the checks of a store. */
export function plainBlobs(directory: string): BlobOpener {
  return async (name) => {
    const file = await open(join(directory, name));
    return {
      async readInto(target, offset) {
        const { bytesRead } = await file.read(target, 0, target.byteLength, offset);
        if (bytesRead < target.byteLength) {
          throw new Error(`file ended at byte ${offset + bytesRead}`);
        }
      },
      close: () => file.close(),
    };
  };
}
