import { type ImageSelection } from '../catalog/selection.js';
import {
  evidenceFiles,
  type InstallerEvidence,
  type LoaderEvidence,
  type TlsEvidence,
} from '../store/evidence.js';
import { type BiosLoaders, type EfiLoaders, type StoredTarget } from '../store/manifest.js';
import { type SelectedFirmware } from './download-firmware.js';
import { holdsAll } from './holds-all.js';
import { isDaily } from './merge-selections.js';
import { type ModuleIndex } from './module-index.js';
import { type SyncContext } from './sync-context.js';

/** Installer of a suite and architecture in a generation. */
export interface StoredInstaller {
  readonly targets: readonly StoredTarget[];
  readonly efiLoaders: EfiLoaders | undefined;
  /** Absent if nothing is signed. */
  readonly evidence?: InstallerEvidence | undefined;
  /** Evidence for a daily build; absent for signed installers. */
  readonly tlsEvidence?: TlsEvidence | undefined;
}

/** PXELINUX with its proof. */
export interface StoredLoaders {
  readonly loaders: BiosLoaders;
  readonly evidence: LoaderEvidence;
}

/**
 * Returns the images of the previous generation whose files are all still in the store: a menu entry without
 * its file would be worse than none. Leaves out images with less trust than the selection requires. Checks
 * again whether modules for their kernels are available.
 */
export async function carryOverInstaller(
  { before, policy, update }: SyncContext,
  selection: ImageSelection,
  { evidence: modules, abiOf }: ModuleIndex,
  firmware: SelectedFirmware['proven'],
): Promise<StoredInstaller> {
  const { suite, arch, variants } = selection;
  const none: StoredInstaller = { targets: [], efiLoaders: undefined };
  if (before === undefined) {
    return none;
  }
  const isSame = (other: { readonly suite: string; readonly arch: string }): boolean =>
    other.suite === suite && other.arch === arch;
  const { manifest } = before;
  const evidence = refreshed(before.evidence.installers.find(isSame), modules, firmware);
  const tlsEvidence = refreshed(before.evidence.daily?.find(isSame), modules, firmware);
  // Without their proof, the images could not be verified again.
  const vouching = evidenceFiles({
    installers: evidence === undefined ? [] : [evidence],
    daily: tlsEvidence === undefined ? [] : [tlsEvidence],
  });
  if (!(await holdsAll(update, vouching))) {
    return none;
  }
  const targets: StoredTarget[] = [];
  for (const { firmware: _replaced, ...target } of manifest.targets) {
    if (!isSame(target) || !variants.includes(target.variant)) {
      continue;
    }
    if (target.trust === 'tls' && !isDaily(selection)) {
      continue;
    }
    if (target.unsigned === true && !policy.acceptUnsigned) {
      continue;
    }
    if (await holdsAll(update, Object.values(target.files))) {
      targets.push({
        ...target,
        abi: abiOf(target.kernelVersion),
        carriedOver: true,
        // Only a signature vouches for firmware.
        ...(firmware && target.unsigned !== true && { firmware: firmware.firmware }),
      });
    }
  }
  if (targets.length === 0) {
    return none;
  }
  const loaders = manifest.efiLoaders.find(isSame);
  const hasLoaders =
    loaders !== undefined && (await holdsAll(update, Object.values(loaders.files)));
  return { targets, efiLoaders: hasLoaders ? loaders : undefined, evidence, tlsEvidence };
}

/** Returns an installer's proof with the module index and the firmware of this sync. */
function refreshed<T extends InstallerEvidence | TlsEvidence>(
  evidence: T | undefined,
  modules: ModuleIndex['evidence'],
  firmware: SelectedFirmware['proven'],
): T | undefined {
  if (evidence === undefined) {
    return undefined;
  }
  const { modules: _modules, firmware: _firmware, ...rest } = evidence;
  return {
    ...rest,
    ...(modules && { modules }),
    ...(firmware && { firmware: firmware.evidence }),
  } as T;
}

/** Returns the BIOS loaders of the previous generation, if their files are still in the store. */
export async function carryOverBiosLoaders({
  before,
  update,
}: SyncContext): Promise<StoredLoaders | undefined> {
  const loaders = before?.manifest.biosLoaders;
  const evidence = before?.evidence.biosLoaders;
  if (loaders === undefined || evidence === undefined) {
    return undefined;
  }
  const files = [
    ...Object.values(loaders.files),
    ...evidenceFiles({ installers: [], biosLoaders: evidence }),
  ];
  return (await holdsAll(update, files)) ? { loaders, evidence } : undefined;
}
