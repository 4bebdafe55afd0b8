import { udebIndexPath } from '../archive/installer-layout.js';
import { findKernelVersions } from '../archive/package-index.js';
import { type Arch } from '../catalog/arch.js';
import { isOwnFailure, type NetbootError } from '../errors.js';
import { type AbiState, classifyAbi } from '../image/abi.js';
import { type ModuleEvidence } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import { type AcceptedRelease } from './accept-releases.js';
import { fetchIndex } from './fetch-index.js';
import { type SyncContext } from './sync-context.js';

/** Newest accepted index of installer modules, for determining the ABI state of images. */
export interface ModuleIndex {
  readonly evidence: ModuleEvidence | undefined;
  readonly abiOf: (kernelVersion: string) => AbiState;
}

/** Placeholder for a missing index of installer modules. */
export const NO_MODULES: ModuleIndex = { evidence: undefined, abiOf: () => 'unknown' };

/**
 * Fetches a suite's index of installer modules. Images boot without it, so a failure is only
 * reported.
 */
export async function downloadModules(
  context: SyncContext,
  release: AcceptedRelease,
  arch: Arch,
): Promise<ModuleIndex> {
  try {
    const index = await fetchIndex(context, release, [udebIndexPath(arch)]);
    if (index === undefined) {
      return NO_MODULES;
    }
    return await readModules(context, { inRelease: release.inRelease, index });
  } catch (error) {
    if (isOwnFailure(error)) {
      throw error;
    }
    const { suite } = release;
    context.onEvent({ type: 'modulesMissing', suite, arch, error: error as NetbootError });
    return NO_MODULES;
  }
}

/** Reads the index of a carried-over image, for use if no newer release was accepted. */
export async function keptModules(
  context: SyncContext,
  kept: ModuleEvidence | undefined,
): Promise<ModuleIndex> {
  if (kept === undefined) {
    return NO_MODULES;
  }
  for (const { sha256 } of [kept.inRelease, kept.index.file]) {
    if ((await context.update.find(sha256)) === undefined) {
      return NO_MODULES;
    }
  }
  return readModules(context, kept);
}

async function readModules(context: SyncContext, evidence: ModuleEvidence): Promise<ModuleIndex> {
  const { index } = evidence;
  const versions = await findKernelVersions(indexText(context.update.read(index.file), index));
  return { evidence, abiOf: (kernelVersion) => classifyAbi(kernelVersion, versions) };
}
