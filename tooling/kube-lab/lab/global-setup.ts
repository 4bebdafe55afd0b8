import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { type TestProject } from 'vitest/node';

import { buildDaemonImage, DAEMON_IMAGE, saveDaemonImage } from '@pxe/container-lab/daemon-image';
import { findKubectl } from '@pxe/helm';
import { expectFile, LabError, runCommand } from '@pxe/lab-host';

import { type ClusterAccess } from '../src/access/cluster-access.js';
import { startCluster } from '../src/cluster/cluster.js';
import { clusterDirectory, removeLeftovers } from '../src/cluster/leftovers.js';
import { checkPrerequisites } from '../src/prerequisites.js';
import { prepareKubePrograms } from '../src/programs/kube-programs.js';
import { buildPauseImage } from '../src/programs/pause-image.js';
import { formatRunName } from '../src/run-name.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The running cluster. */
    cluster: ClusterAccess;
    /** Image store that belongs to the pods' user; the nodes have copies. */
    store: string;
    /** Folder of a copy of the chart without `kubeVersion`, since the lab's Kubernetes is older. */
    chart: string;
    /** Name of the image, which every node has. */
    image: { readonly repository: string; readonly tag: string };
    /** Root of the repository. */
    root: string;
  }
}

const root = resolve(import.meta.dirname, '../../..');

/** User of the image and of the chart. */
const POD_USER = '65532';

/**
 * Builds the programs and the image, and starts the cluster that all test files share. With CONTAINER_LAB_DIRECTORY,
 * the image and its bases are those of the container lab.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await checkPrerequisites();
  const kubectl = findKubectl();
  if (kubectl === undefined) {
    const message = `no kubectl for ${process.platform} on ${process.arch}`;
    throw new LabError('ERR_LAB_PREREQUISITE', message);
  }
  const filled = resolve(process.env['CONTAINER_LAB_STORE'] ?? join(root, '.pxeboot'));
  await expectFile(
    join(filled, 'current'),
    'fill a store with `npm run -s pxeboot -- sync --data-dir .pxeboot`, or name one in CONTAINER_LAB_STORE',
  );
  await removeLeftovers();
  const name = await formatRunName();
  const directory = clusterDirectory(name);
  await mkdir(directory);
  let removeCluster: (() => Promise<void>) | undefined;
  const remove = async (): Promise<void> => {
    await removeCluster?.();
    await rm(directory, { recursive: true });
  };
  try {
    const programs = await timed('programs of the cluster', prepareKubePrograms);
    const images = {
      daemon: await timed('image', () => daemonArchive(directory)),
      pause: join(directory, 'pause.tar'),
    };
    await buildPauseImage(programs.pause, join(directory, 'pause'), images.pause);
    const store = join(directory, 'images');
    await runCommand('cp', ['--archive', filled, store]);
    await runCommand('chown', ['--recursive', `${POD_USER}:${POD_USER}`, store]);

    const cluster: ClusterAccess = {
      ...{ name, directory, kubectl, programs },
      images: Object.values(images),
    };
    removeCluster = await timed('start of the cluster', () => startCluster(cluster, store));
    project.provide('cluster', cluster);
    project.provide('store', store);
    project.provide('chart', await chartForThisVersion(join(directory, 'chart')));
    const [repository = '', tag = ''] = DAEMON_IMAGE.split(':');
    project.provide('image', { repository, tag });
    project.provide('root', root);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

/** Reports how long a step takes. */
async function timed<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const result = await run();
  console.log(`${step}: ${Math.round((performance.now() - began) / 1000)} s`);
  return result;
}

/** Returns an archive of the image, which is built unless KUBE_LAB_IMAGE names one. */
async function daemonArchive(directory: string): Promise<string> {
  const existing = process.env['KUBE_LAB_IMAGE'];
  if (existing !== undefined) {
    return resolve(existing);
  }
  console.log('building the image (takes a few minutes)');
  const kept = process.env['CONTAINER_LAB_DIRECTORY'];
  const imageDirectory = resolve(kept ?? join(directory, 'image'));
  await buildDaemonImage(root, imageDirectory);
  const archive = join(directory, 'pxeboot.tar');
  await saveDaemonImage(imageDirectory, archive);
  return archive;
}

/** Copies the chart without `kubeVersion`, since the lab's Kubernetes is older. */
async function chartForThisVersion(copy: string): Promise<string> {
  await cp(join(root, 'apps/chart/pxeboot'), copy, { recursive: true });
  await runCommand('sed', ['--in-place', '/^kubeVersion:/d', join(copy, 'Chart.yaml')]);
  return copy;
}
