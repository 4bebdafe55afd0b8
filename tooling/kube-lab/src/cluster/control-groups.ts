import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually, expectFile } from '@pxe/lab-host';

const HIERARCHIES = '/sys/fs/cgroup';

/** Group that contains those of containerd's containers, whatever the kubelet's group is. */
const CONTAINERS = 'k8s.io';

/**
 * Share of the processors for all nodes, and for all containers. By default, each of the two groups gets as much as one
 * process of the host: on a busy host, pods would not answer their probes in time, and would be killed.
 */
const PROCESSOR_SHARES = '32768';

/** Folder of a node's directory with an entry for each running container. */
const RUNNING_CONTAINERS = 'run/containerd/io.containerd.runtime.v2.task/k8s.io';

/** Time for the kernel to reap killed processes, in milliseconds; long, since the host may be busy. */
const REAP_TIMEOUT_MS = 60_000;

/**
 * Creates the control groups of nodes, in every hierarchy.
 *
 * @param cluster - name of the group that contains those of the nodes
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` on a host that has only control groups version 2
 */
export async function createControlGroups(
  cluster: string,
  nodes: readonly string[],
): Promise<void> {
  const cpus = join(HIERARCHIES, 'cpuset/cpuset.cpus');
  await expectFile(
    cpus,
    'boot with systemd.unified_cgroup_hierarchy=0, for control groups version 1',
  );
  const firstVersion = (await hierarchies()).filter((hierarchy) => !hierarchy.endsWith('/unified'));
  for (const hierarchy of firstVersion) {
    for (const group of [cluster, ...nodes.map((node) => join(cluster, node))]) {
      const path = join(hierarchy, group);
      await mkdir(path);
      if (hierarchy.endsWith('/cpuset')) {
        // A new group has no processors and no memory, and no process can join it without them.
        for (const file of ['cpuset.cpus', 'cpuset.mems']) {
          await writeFile(join(path, file), await readFile(join(hierarchy, file)));
        }
      }
    }
    if (hierarchy.endsWith('/cpu')) {
      // Another cluster on this host may have the group of containers.
      await mkdir(join(hierarchy, CONTAINERS), { recursive: true });
      for (const group of [cluster, CONTAINERS]) {
        await writeFile(join(hierarchy, group, 'cpu.shares'), PROCESSOR_SHARES);
      }
    }
  }
}

/**
 * Removes the control groups of a cluster, whose processes have ended.
 *
 * @param directory - the cluster's directory, in which containerd kept the names of its containers
 */
export async function removeControlGroups(cluster: string, directory: string): Promise<void> {
  const containers = await containerNames(directory);
  for (const hierarchy of await hierarchies()) {
    for (const group of [...containers.map((name) => join(CONTAINERS, name)), cluster]) {
      const path = join(hierarchy, group);
      await eventually(`${path} is removed`, REAP_TIMEOUT_MS, async () =>
        (await removeGroup(path)) ? true : undefined,
      );
    }
    // Another cluster on this host may use it.
    await removeIfUnused(join(hierarchy, CONTAINERS));
  }
}

/** Returns the names of the containers that were running when the nodes ended. */
async function containerNames(directory: string): Promise<readonly string[]> {
  const nodes = await readdir(directory).catch(() => []);
  const names = await Promise.all(
    nodes.map((node) => readdir(join(directory, node, RUNNING_CONTAINERS)).catch(() => [])),
  );
  return names.flat();
}

/** Returns the names of the control groups of this host, without those below them. */
export async function controlGroupNames(): Promise<readonly string[]> {
  const names = await Promise.all((await hierarchies()).map((hierarchy) => readdir(hierarchy)));
  return [...new Set(names.flat())];
}

/** Returns the directories of the hierarchies: those of version 1, and perhaps `unified`, of version 2. */
async function hierarchies(): Promise<string[]> {
  const entries = await readdir(HIERARCHIES, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(HIERARCHIES, name));
}

/** Removes a group and those below it. Returns false if one of them is in use. */
async function removeGroup(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) {
      await removeGroup(join(path, entry.name));
    }
  }
  return removeIfUnused(path);
}

/** Removes a group without groups below it. Returns false if it is in use. */
async function removeIfUnused(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') {
        return true;
      }
      if (error.code === 'EBUSY' || error.code === 'ENOTEMPTY') {
        return false;
      }
    }
    throw error;
  }
}
