import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { listNamespaces, openNamespace } from '@pxe/lab-host';

import { isAbandoned } from '../run-name.js';
import { controlGroupNames, removeControlGroups } from './control-groups.js';

/**
 * Folder of all clusters' directories: not below /tmp, which may be memory, nor below /var/lib or /run, which
 * nodes replace with their own.
 */
const DIRECTORIES = '/var/tmp';

/** Returns the path of a cluster's directory. */
export function clusterDirectory(name: string): string {
  return join(DIRECTORIES, name);
}

/** Removes the leftovers of labs whose process was killed: namespaces with their programs, control groups, files. */
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
