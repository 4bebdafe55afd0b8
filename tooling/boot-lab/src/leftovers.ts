import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isAccessible, isRunning, listNamespaces, openNamespace } from '@pxe/lab-host';

import { parseRunName } from './run-name.js';
import { VERDICT_FILE } from './run-scenario.js';

/**
 * Removes leftovers of crashed runs: namespaces with the programs inside, and work directories
 * without a verdict. Those of a lab that is still running are kept.
 *
 * @returns names of the removed namespaces and directories
 */
export async function removeLeftovers(): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await listNamespaces()) {
    if (!(await isAbandoned(name))) {
      continue;
    }
    await openNamespace(name)[Symbol.asyncDispose]();
    removed.push(`namespace ${name}`);
  }
  for (const name of await readdir(tmpdir())) {
    const directory = join(tmpdir(), name);
    if (!(await isAbandoned(name)) || (await isAccessible(join(directory, VERDICT_FILE)))) {
      continue;
    }
    await rm(directory, { recursive: true });
    removed.push(directory);
  }
  return removed;
}

async function isAbandoned(name: string): Promise<boolean> {
  const owner = parseRunName(name);
  return owner !== undefined && !(await isRunning(owner));
}
