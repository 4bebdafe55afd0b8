import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { type ImageConfig, openImageStore, type UnpackedImage } from './image-store.js';
import { buildStandInBases } from './stand-in-bases.js';

/**
 * The container image, built and unpacked. Containers share its root folder, so that is only ever mounted
 * read-only.
 */
export interface DaemonImage extends UnpackedImage {
  readonly config: ImageConfig;
}

/** Name of the image in the store. */
export const DAEMON_IMAGE = 'localhost/pxeboot:lab';

/** Architectures by Node's name, as Docker calls them. */
const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

/**
 * Builds the image from the repository's unmodified Dockerfile, on stand-ins for its base images.
 *
 * @param root - the repository
 * @param directory - directory for all files, about 1.5 GB
 */
export async function buildDaemonImage(root: string, directory: string): Promise<DaemonImage> {
  const tag = DAEMON_IMAGE;
  await mkdir(directory, { recursive: true });
  const store = openImageStore(directory);
  try {
    await buildStandInBases(store, join(directory, 'bases'));
    await store.build({
      tag,
      dockerfile: join(root, 'apps/server/Dockerfile'),
      context: root,
      arguments: {
        // Docker's own builder sets this argument.
        TARGETARCH: ARCHITECTURES[process.arch] ?? process.arch,
        VERSION: '0.0.0-lab',
        REVISION: 'lab',
      },
    });
    const unpacked = await store.unpack(tag, join(directory, 'unpacked'));
    return { config: await store.inspect(tag), ...unpacked };
  } finally {
    await store.close();
  }
}

/** Writes an archive of the image that {@link buildDaemonImage} has built in a directory, as `docker save` does. */
export async function saveDaemonImage(directory: string, archive: string): Promise<void> {
  const store = openImageStore(directory);
  try {
    await store.save(DAEMON_IMAGE, archive);
  } finally {
    await store.close();
  }
}
