import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { ContainerLabError } from './errors.js';
import { DEFAULT_PROFILE } from './runtime/seccomp.js';

/** Programs of the host, and the Debian package of each. */
const PROGRAMS = [
  { program: 'buildah', debianPackage: 'buildah' },
  { program: 'mmdebstrap', debianPackage: 'mmdebstrap' },
  { program: 'umoci', debianPackage: 'umoci' },
  { program: 'runc', debianPackage: 'runc' },
  { program: 'getcap', debianPackage: 'libcap2-bin' },
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'nft', debianPackage: 'nftables' },
  { program: 'tftp', debianPackage: 'tftp-hpa' },
  { program: 'curl', debianPackage: 'curl' },
  { program: 'sysctl', debianPackage: 'procps' },
  { program: 'nsenter', debianPackage: 'util-linux' },
] as const;

/**
 * Checks that this host can run the lab.
 *
 * @throws {@link ContainerLabError} `ERR_CONTAINER_LAB_PREREQUISITE` naming all that is missing
 */
export async function checkPrerequisites(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ContainerLabError(
      'ERR_CONTAINER_LAB_PREREQUISITE',
      'the container lab needs root, for network namespaces and containers: run it with sudo',
    );
  }
  const found = await Promise.all(PROGRAMS.map(({ program }) => isOnPath(program)));
  const missing = PROGRAMS.filter((_, index) => found[index] !== true);
  if (missing.length === 0) {
    await expectFile(DEFAULT_PROFILE, 'it comes with the package golang-github-containers-common');
    return;
  }
  throw new ContainerLabError(
    'ERR_CONTAINER_LAB_PREREQUISITE',
    `missing: ${missing.map(({ program }) => program).join(', ')}\n` +
      `install with: apt-get install --no-install-recommends ${missing.map(({ debianPackage }) => debianPackage).join(' ')}`,
  );
}

/** @throws {@link ContainerLabError} `ERR_CONTAINER_LAB_PREREQUISITE` with the fix */
export async function expectFile(path: string, fix: string): Promise<void> {
  if (await isThere(path, constants.R_OK)) return;
  throw new ContainerLabError('ERR_CONTAINER_LAB_PREREQUISITE', `${path} is missing: ${fix}`);
}

async function isOnPath(program: string): Promise<boolean> {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(
    directories.map((directory) => isThere(join(directory, program), constants.X_OK)),
  );
  return found.includes(true);
}

async function isThere(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
