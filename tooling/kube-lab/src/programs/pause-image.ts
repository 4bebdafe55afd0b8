import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openImageStore } from '@pxe/container-lab/image-store';

/** Name of the image of a pod's first process. */
export const PAUSE_IMAGE = 'localhost/pause:1';

/**
 * Writes an archive with the image of a pod's first process.
 *
 * @param pause - the program
 * @param directory - new directory for intermediate files
 */
export async function buildPauseImage(
  pause: string,
  directory: string,
  archive: string,
): Promise<void> {
  const context = join(directory, 'context');
  await mkdir(context, { recursive: true });
  await copyFile(pause, join(context, 'pause'));
  const dockerfile = join(context, 'Dockerfile');
  await writeFile(
    dockerfile,
    'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n',
  );
  const store = openImageStore(join(directory, 'store'));
  try {
    await store.build({ tag: PAUSE_IMAGE, dockerfile, context });
    await store.save(PAUSE_IMAGE, archive);
  } finally {
    await store.close();
  }
}
