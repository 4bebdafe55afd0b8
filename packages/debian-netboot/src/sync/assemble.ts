import { imageFolder } from '../archive/installer-layout.js';
import { archFacts } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { suiteFacts } from '../catalog/suite.js';
import { hasGrubHttp } from '../image/grub-http.js';
import { readKernelVersion } from '../image/kernel-version.js';
import { type EfiLoaders, type StoredFile, type StoredTarget } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { type StoredInstaller } from './carry-over.js';
import { type DownloadedDaily } from './download-daily.js';
import { type SelectedFirmware } from './download-firmware.js';
import { type DownloadedInstaller } from './download-installer.js';
import { notDelivered } from './installer-files.js';
import { type ModuleIndex } from './module-index.js';
import { wantedFiles } from './plan-downloads.js';
import { type SyncContext } from './sync-context.js';

/**
 * Describes a downloaded installer for the manifest.
 *
 * @param release - release that vouches for it, if any
 */
export async function assembleInstaller(
  context: SyncContext,
  selection: ImageSelection,
  downloaded: DownloadedInstaller,
  release: AcceptedRelease | undefined,
  { abiOf, evidence: modules }: ModuleIndex,
  firmware: SelectedFirmware['proven'],
): Promise<StoredInstaller> {
  const { suite, arch } = selection;
  const { build, files, proof } = downloaded;
  const efi = await assembleEfi(context, selection, build, files);
  if (release === undefined || proof === undefined) {
    const efiLoaders = efi && { ...efi, trust: 'none' as const };
    const facts = { build, version: 'unsigned', unsigned: true } as const;
    const targets = await assembleTargets(context, selection, files, facts, abiOf);
    return { targets, efiLoaders };
  }
  const { inRelease, version, isOlderThanSeen } = release;
  const facts = {
    build,
    version,
    proof: proof.kind === 'package' ? ('package' as const) : ('list' as const),
    releaseDate: release.release.date.toISOString(),
    ...(isOlderThanSeen && ({ olderThanSeen: true } as const)),
    ...(firmware && { firmware: firmware.firmware }),
  };
  return {
    targets: await assembleTargets(context, selection, files, facts, abiOf),
    efiLoaders: efi,
    evidence: {
      suite,
      arch,
      build,
      inRelease,
      proof,
      ...(modules && { modules }),
      ...(firmware && { firmware: firmware.evidence }),
    },
  };
}

/** Describes a daily build for the manifest. */
export async function assembleDaily(
  context: SyncContext,
  selection: ImageSelection,
  { build, files, evidence }: DownloadedDaily,
  { abiOf, evidence: modules }: ModuleIndex,
  firmware: SelectedFirmware['proven'],
): Promise<StoredInstaller> {
  const { suite, arch } = selection;
  const efi = await assembleEfi(context, selection, build, files);
  const facts = {
    build,
    version: suiteFacts(suite).alias ?? suite,
    trust: 'tls',
    ...(firmware && { firmware: firmware.firmware }),
  } as const;
  return {
    targets: await assembleTargets(context, selection, files, facts, abiOf),
    efiLoaders: efi && { ...efi, trust: 'tls' },
    tlsEvidence: {
      suite,
      arch,
      build,
      ...evidence,
      ...(modules && { modules }),
      ...(firmware && { firmware: firmware.evidence }),
    },
  };
}

async function assembleTargets(
  context: SyncContext,
  { suite, arch, variants }: ImageSelection,
  files: ReadonlyMap<string, StoredFile>,
  facts: Omit<
    StoredTarget,
    'suite' | 'arch' | 'variant' | 'kernelVersion' | 'abi' | 'carriedOver' | 'files'
  >,
  abiOf: ModuleIndex['abiOf'],
): Promise<StoredTarget[]> {
  const targets: StoredTarget[] = [];
  for (const variant of variants) {
    const folder = imageFolder({ arch, variant });
    const linux = files.get(`${folder}/linux`);
    const initrd = files.get(`${folder}/initrd.gz`);
    if (linux === undefined || initrd === undefined) {
      throw notDelivered(folder);
    }
    const kernelVersion = await kernelVersionOf(context, linux, targets);
    targets.push({
      suite,
      arch,
      variant,
      ...facts,
      kernelVersion,
      abi: abiOf(kernelVersion),
      carriedOver: false,
      files: { linux, 'initrd.gz': initrd },
    });
  }
  return targets;
}

/** Returns the version of the kernel, read from the image unless it is already known. */
async function kernelVersionOf(
  { update, before }: SyncContext,
  linux: StoredFile,
  targets: readonly StoredTarget[],
): Promise<string> {
  const known = [...targets, ...(before?.manifest.targets ?? [])].find(
    (target) => target.files.linux.sha256 === linux.sha256,
  );
  return known?.kernelVersion ?? readKernelVersion(update.read(linux));
}

async function assembleEfi(
  { update, before }: SyncContext,
  { suite, arch, variants }: ImageSelection,
  build: string,
  fetched: ReadonlyMap<string, StoredFile>,
): Promise<EfiLoaders | undefined> {
  const files: Record<string, StoredFile> = {};
  for (const [name, path] of wantedFiles(arch, variants).efi) {
    const file = fetched.get(path);
    if (file !== undefined) {
      files[name] = file;
    }
  }
  const { shim, grub } = archFacts(arch);
  const grubFile = files[grub];
  if (files[shim] === undefined || grubFile === undefined) {
    return undefined;
  }
  const known = before?.manifest.efiLoaders.find(
    (loaders) => loaders.files[grub]?.sha256 === grubFile.sha256,
  );
  const hasHttp = known?.hasHttp ?? (await hasGrubHttp(update.read(grubFile)));
  return { suite, arch, build, hasHttp, files };
}
