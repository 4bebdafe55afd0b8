import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { type TestProject } from 'vitest/node';

import { expectFile, runCommand } from '@pxe/lab-host';

import { buildDaemonImage, type DaemonImage, saveDaemonImage } from '../src/image/daemon-image.js';
import { checkPrerequisites } from '../src/prerequisites.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The image under test. */
    image: DaemonImage;
    /** Image store that belongs to the pod's user, like a hostPath volume. */
    store: string;
    /** Root of the repository. */
    root: string;
  }
}

const root = resolve(import.meta.dirname, '../../..');

/** User ID of the daemon in the image and in the chart's pods. */
const POD_USER = '65532';

/**
 * Builds the image once for all test files, and copies the store that it serves. With
 * CONTAINER_LAB_DIRECTORY, the image and its bases are kept there for the next run, and an archive of the image for
 * the Kubernetes lab.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await checkPrerequisites();
  const filled = resolve(process.env['CONTAINER_LAB_STORE'] ?? join(root, '.pxeboot'));
  await expectFile(
    join(filled, 'current'),
    'fill a store with `npm run -s pxeboot -- sync --data-dir .pxeboot`, or name one in CONTAINER_LAB_STORE',
  );
  // Not below /tmp, which may be memory: the image and its bases take 1.5 GB.
  const directory = await mkdtemp('/var/tmp/pxeboot-container-lab-');
  const kept = process.env['CONTAINER_LAB_DIRECTORY'];
  const remove = () => rm(directory, { recursive: true });
  try {
    const store = join(directory, 'images');
    await runCommand('cp', ['--archive', filled, store]);
    await runCommand('chown', ['--recursive', `${POD_USER}:${POD_USER}`, store]);
    console.log('building the image (takes a few minutes)');
    const imageDirectory = resolve(kept ?? join(directory, 'image'));
    project.provide('image', await buildDaemonImage(root, imageDirectory));
    if (kept !== undefined) {
      await saveDaemonImage(imageDirectory, join(imageDirectory, 'pxeboot.tar'));
    }
    project.provide('store', store);
    project.provide('root', root);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
