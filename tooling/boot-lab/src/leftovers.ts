import { access, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listNamespaces, openNamespace } from './network/namespace.js';
import { isRunning } from './process/process-identity.js';
import { parseRunName } from './run-name.js';
import { VERDICT_FILE } from './run-scenario.js';

/**
 * Removes what crashed runs left behind: namespaces with the programs inside, and work directories
 * without a verdict. What belongs to a lab that still runs is not touched.
 *
 * @returns the names of what was removed
 */
export async function removeLeftovers(): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await listNamespaces()) {
    if (!(await isAbandoned(name))) {
      continue;
    }
    await openNamespace(name).remove();
    removed.push(`namespace ${name}`);
  }
  for (const name of await readdir(tmpdir())) {
    const directory = join(tmpdir(), name);
    if (!(await isAbandoned(name)) || (await exists(join(directory, VERDICT_FILE)))) {
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

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
