import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { isRunning, listNamespaces, openNamespace, ownIdentity } from '@pxe/lab-host';

import { controlGroupNames, removeControlGroups } from './control-groups.js';

/** Not below /tmp, which may be memory, nor below /var/lib or /run, which nodes replace by their own. */
const DIRECTORIES = '/var/tmp';

/** Returns a name for a cluster. It contains the identity of this process, for {@link removeLeftovers}. */
export async function formatClusterName(): Promise<string> {
  const { pid, startTicks } = await ownIdentity();
  return `kube-lab-${pid}-${startTicks}`;
}

/** Returns the path of a cluster's directory. */
export function clusterDirectory(name: string): string {
  return join(DIRECTORIES, name);
}

/** Removes what labs left behind whose process was killed: namespaces with their programs, control groups, files. */
export async function removeLeftovers(): Promise<void> {
  for (const name of await listNamespaces()) {
    if (await isAbandoned(name)) {
      await openNamespace(name)[Symbol.asyncDispose]();
    }
  }
  for (const name of await controlGroupNames()) {
    if (await isAbandoned(name)) {
      await removeControlGroups(name, clusterDirectory(name));
    }
  }
  for (const name of await readdir(DIRECTORIES)) {
    if (await isAbandoned(name)) {
      await rm(clusterDirectory(name), { recursive: true });
    }
  }
}

/** Returns true if the name starts with that of a cluster whose lab has ended. */
async function isAbandoned(name: string): Promise<boolean> {
  const match = /^kube-lab-(\d+)-(\d+)(?:-|$)/.exec(name);
  if (match === null) {
    return false;
  }
  return !(await isRunning({ pid: Number(match[1]), startTicks: Number(match[2]) }));
}
