import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { LabHostError } from './errors.js';

/** A program that a lab runs, and the Debian package that provides it. */
export interface HostProgram {
  readonly program: string;
  readonly debianPackage: string;
}

/**
 * Checks that a lab runs as root, and that the host has its programs.
 *
 * @param lab - name of the lab, for the message
 * @throws {@link LabHostError} `ERR_LAB_HOST_PREREQUISITE` naming everything that is missing
 */
export async function checkHost(lab: string, programs: readonly HostProgram[]): Promise<void> {
  if (process.getuid?.() !== 0) {
    const message = `${lab} needs root, for network namespaces: run it with sudo`;
    throw new LabHostError('ERR_LAB_HOST_PREREQUISITE', message);
  }
  const found = await Promise.all(programs.map(({ program }) => isOnPath(program)));
  const missing = programs.filter((_, index) => found[index] !== true);
  if (missing.length === 0) {
    return;
  }
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ');
  throw new LabHostError(
    'ERR_LAB_HOST_PREREQUISITE',
    `missing: ${missing.map(({ program }) => program).join(', ')}\n` +
      `install with: apt-get install --no-install-recommends ${packages}`,
  );
}

/** Returns whether a program is on the PATH. */
export async function isOnPath(program: string): Promise<boolean> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      await access(join(directory, program), constants.X_OK);
      return true;
    } catch {
      // Not in this directory.
    }
  }
  return false;
}
