import { type ImageSelection } from '../catalog/selection.js';
import { NetbootError, type NetbootErrorCode } from '../errors.js';
import { type FetchedBiosLoaders } from './fetch-bios-loaders.js';
import { type FetchedInstaller } from './fetch-installer.js';
import { type PriorGeneration } from './sync-context.js';

/** Failures of this machine: an older image does not help against them. */
const OWN_FAILURES: readonly NetbootErrorCode[] = [
  'ERR_NETBOOT_NO_SPACE',
  'ERR_NETBOOT_NO_PERMISSION',
  'ERR_NETBOOT_IO',
  'ERR_NETBOOT_STORE_BUSY',
  'ERR_NETBOOT_STORE_DAMAGED',
  'ERR_NETBOOT_STORE_LEASE_LOST',
  'ERR_NETBOOT_STORE_READ_ONLY',
];

/** Whether a failure is one of the archive or the way to it, so that an older image is better. */
export function isArchiveFailure(error: unknown): error is NetbootError {
  return error instanceof NetbootError && !OWN_FAILURES.includes(error.code);
}

/** The images that were wanted, as the generation before has them; all of them, or `undefined`. */
export function carryOverInstaller(
  before: PriorGeneration | undefined,
  { suite, arch, variants }: ImageSelection,
): FetchedInstaller | undefined {
  if (before === undefined) return undefined;
  const isSame = (other: { readonly suite: string; readonly arch: string }): boolean =>
    other.suite === suite && other.arch === arch;
  const { manifest, evidence } = before;
  const targets = manifest.targets
    .filter((target) => isSame(target) && variants.includes(target.variant))
    .map((target) => ({ ...target, carriedOver: true }));
  if (targets.length < variants.length) return undefined;
  return {
    targets,
    efiLoaders: manifest.efiLoaders.find(isSame),
    evidence: evidence.installers.find(isSame),
  };
}

/** The BIOS loaders as the generation before has them. */
export function carryOverBiosLoaders(
  before: PriorGeneration | undefined,
): FetchedBiosLoaders | undefined {
  const loaders = before?.manifest.biosLoaders;
  const evidence = before?.evidence.biosLoaders;
  return loaders === undefined || evidence === undefined ? undefined : { loaders, evidence };
}
