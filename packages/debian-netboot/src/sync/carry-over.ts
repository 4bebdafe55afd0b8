import { type ImageSelection } from '../catalog/selection.js';
import { NetbootError, type NetbootErrorCode } from '../errors.js';
import { evidenceFiles } from '../store/evidence.js';
import { type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type FetchedBiosLoaders } from './fetch-bios-loaders.js';
import { type FetchedInstaller } from './fetch-installer.js';
import { type SyncContext } from './sync-context.js';

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

/**
 * Those of the images that the generation before has, with every file of theirs still in the store:
 * an entry of a menu whose file is gone would be worse than no entry.
 */
export async function carryOverInstaller(
  { before, update }: SyncContext,
  { suite, arch, variants }: ImageSelection,
): Promise<FetchedInstaller> {
  const none: FetchedInstaller = { targets: [], efiLoaders: undefined, evidence: undefined };
  if (before === undefined) return none;
  const isSame = (other: { readonly suite: string; readonly arch: string }): boolean =>
    other.suite === suite && other.arch === arch;
  const { manifest } = before;
  const evidence = before.evidence.installers.find(isSame);
  // Without what vouches for them nobody could verify the images again.
  if (
    evidence !== undefined &&
    !(await holdsAll(update, evidenceFiles({ installers: [evidence] })))
  )
    return none;
  const targets: FetchedInstaller['targets'][number][] = [];
  for (const target of manifest.targets) {
    if (!isSame(target) || !variants.includes(target.variant)) continue;
    if (await holdsAll(update, Object.values(target.files))) {
      targets.push({ ...target, carriedOver: true });
    }
  }
  if (targets.length === 0) return none;
  const loaders = manifest.efiLoaders.find(isSame);
  const hasLoaders =
    loaders !== undefined && (await holdsAll(update, Object.values(loaders.files)));
  return { targets, efiLoaders: hasLoaders ? loaders : undefined, evidence };
}

/** The BIOS loaders as the generation before has them, if their files are still in the store. */
export async function carryOverBiosLoaders({
  before,
  update,
}: SyncContext): Promise<FetchedBiosLoaders | undefined> {
  const loaders = before?.manifest.biosLoaders;
  const evidence = before?.evidence.biosLoaders;
  if (loaders === undefined || evidence === undefined) return undefined;
  const files = [
    ...Object.values(loaders.files),
    ...evidenceFiles({ installers: [], biosLoaders: evidence }),
  ];
  return (await holdsAll(update, files)) ? { loaders, evidence } : undefined;
}

/** A repair removes what was found to be damaged: a generation may lack files. */
async function holdsAll(update: StoreUpdate, files: readonly StoredFile[]): Promise<boolean> {
  for (const { sha256, size } of files) {
    if ((await update.find(sha256))?.size !== size) return false;
  }
  return true;
}
