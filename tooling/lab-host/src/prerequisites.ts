import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { LabError } from './errors.js';

/** Requirement of a lab, and the Debian packages that provide it. */
export interface HostRequirement {
  /** Name of a program, or path of a file. */
  readonly what: string;
  readonly packages: readonly string[];
}

/**
 * Checks that a lab runs as root, and that the host has what it needs.
 *
 * @param lab - name of the lab, for the message
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` naming everything that is missing, and the command
 *   that installs it
 */
export async function checkHost(
  lab: string,
  requirements: readonly HostRequirement[],
): Promise<void> {
  if (process.getuid?.() !== 0) {
    const message = `${lab} needs root, for network namespaces: run it with sudo`;
    throw new LabError('ERR_LAB_PREREQUISITE', message);
  }
  const found = await Promise.all(requirements.map(({ what }) => isOnHost(what)));
  const missing = requirements.filter((_, index) => found[index] !== true);
  if (missing.length === 0) {
    return;
  }
  const names = [...new Set(missing.map(({ what }) => what))].join(', ');
  const packages = [...new Set(missing.flatMap((requirement) => requirement.packages))].join(' ');
  throw new LabError(
    'ERR_LAB_PREREQUISITE',
    `missing: ${names}\ninstall with: apt-get install --no-install-recommends ${packages}`,
  );
}

/**
 * Checks that a file can be read.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` with the fix, when it cannot
 */
export async function expectFile(path: string, fix: string): Promise<void> {
  if (!(await isAccessible(path, constants.R_OK))) {
    throw new LabError('ERR_LAB_PREREQUISITE', `${path} is missing: ${fix}`);
  }
}

async function isOnHost(what: string): Promise<boolean> {
  if (what.startsWith('/')) {
    return isAccessible(what, constants.R_OK);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => isAccessible(join(folder, what), constants.X_OK));
  return (await Promise.all(found)).includes(true);
}

/**
 * Returns true if a path exists and is accessible in a mode.
 *
 * @param mode - as in `fs.access`. @default F_OK: only existence is checked
 */
export async function isAccessible(path: string, mode?: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
