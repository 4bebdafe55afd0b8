import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

import { checkHost } from '@pxe/lab-host';

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
 * @throws `LabHostError` `ERR_LAB_HOST_PREREQUISITE` naming all that is missing
 */
export async function checkPrerequisites(): Promise<void> {
  await checkHost('the container lab', PROGRAMS);
  await expectFile(DEFAULT_PROFILE, 'it comes with the package golang-github-containers-common');
}

/** @throws {@link ContainerLabError} `ERR_CONTAINER_LAB_PREREQUISITE` with the fix */
export async function expectFile(path: string, fix: string): Promise<void> {
  if (await isThere(path, constants.R_OK)) {
    return;
  }
  throw new ContainerLabError('ERR_CONTAINER_LAB_PREREQUISITE', `${path} is missing: ${fix}`);
}

async function isThere(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
