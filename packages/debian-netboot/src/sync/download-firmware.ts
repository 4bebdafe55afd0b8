import {
  findFirmwarePackages,
  firmwareComponent,
  firmwareIndexes,
  firmwareInitrd,
} from '../archive/firmware-initrd.js';
import { type PackageFile } from '../archive/package-index.js';
import { NETWORK_FIRMWARE } from '../catalog/network-firmware.js';
import { type ImageSelection } from '../catalog/selection.js';
import { isOwnFailure, NetbootError } from '../errors.js';
import { allDone } from '../settled.js';
import { type FirmwareEvidence, firmwareFiles } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import { type StoredFile, type StoredFirmware } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { fetchIndex } from './fetch-index.js';
import { fetchPackage } from './fetch-package.js';
import { holdsAll } from './holds-all.js';
import { type SyncContext } from './sync-context.js';

/** Maximum size of a firmware initrd in bytes; all firmware of Debian 13 is about 500 MB. */
const MAX_INITRD_BYTES = 2 * 1024 * 1024 * 1024;

/** Firmware in the store, with its proof. */
export interface ProvenFirmware {
  readonly firmware: StoredFirmware;
  readonly evidence: FirmwareEvidence;
}

/** Result of fetching the firmware of a selection. */
export interface SelectedFirmware {
  /** Absent if none was selected, or none is available. */
  readonly proven?: ProvenFirmware | undefined;
  readonly failure?: NetbootError;
}

/**
 * Fetches the firmware packages of a selection, and builds an initrd from them. Images boot without it, so a
 * failure is only reported, and the firmware of the previous generation is used.
 *
 * @param release - release to take the packages from, if one was accepted
 */
export async function firmwareFor(
  context: SyncContext,
  selection: ImageSelection,
  release: AcceptedRelease | undefined,
): Promise<SelectedFirmware> {
  const { suite, arch, firmware: names = [] } = selection;
  if (names.length === 0) {
    return {};
  }
  const kept = await keptFirmware(context, selection);
  if (release === undefined) {
    return { proven: kept };
  }
  try {
    return { proven: await download(context, selection, names, release, kept) };
  } catch (error) {
    if (isOwnFailure(error)) {
      throw error;
    }
    const failure = error as NetbootError;
    const isKept = kept !== undefined;
    context.onEvent({ type: 'firmwareMissing', suite, arch, isKept, error: failure });
    return { proven: kept, failure };
  }
}

async function download(
  context: SyncContext,
  { suite, arch }: ImageSelection,
  names: readonly string[],
  release: AcceptedRelease,
  kept: ProvenFirmware | undefined,
): Promise<ProvenFirmware> {
  const component = firmwareComponent(release.suite);
  const packageIndex = await fetchIndex(context, release, firmwareIndexes(release.suite, arch));
  if (packageIndex === undefined) {
    throw new NetbootError(
      'ERR_NETBOOT_PACKAGE_NOT_FOUND',
      `${release.view.name} does not have the package list of ${release.suite} ${component}`,
      { hint: `use a mirror with the component ${component}, or select no firmware` },
    );
  }
  const text = indexText(context.update.read(packageIndex.file), packageIndex);
  const listed = await findFirmwarePackages(text, names, arch);
  const unknown = unknownNames(names, listed);
  if (unknown.length > 0) {
    context.onEvent({ type: 'firmwareUnknown', suite, arch, packages: unknown });
  }
  if (listed.length === 0) {
    throw new NetbootError(
      'ERR_NETBOOT_PACKAGE_NOT_FOUND',
      `${release.suite} has none of the selected firmware packages for ${arch}`,
      { hint: `select packages of ${release.suite} ${component}` },
    );
  }
  const packages = await allDone(
    listed.map(async (one) => ({
      path: one.filename,
      file: await fetchPackage(context, release, one),
    })),
  );
  const evidence = { inRelease: release.inRelease, packageIndex, packages };
  return {
    firmware: {
      packages: listed.map(({ name, version }) => ({ name, version })),
      file: (await knownInitrd(context, evidence, kept)) ?? (await makeInitrd()),
    },
    evidence,
  };

  function makeInitrd(): Promise<StoredFile> {
    const packed = packages.map(({ path, file }) => ({
      path,
      size: file.size,
      read: () => context.update.read(file),
    }));
    const expected = { label: `${suite} ${arch} firmware`, maxSize: MAX_INITRD_BYTES };
    return context.update.add(firmwareInitrd(packed, component), expected);
  }
}

/**
 * Returns the names that no package has. Names from the table of firmware for network cards are not reported:
 * the table covers all suites, and each suite has only some of the packages.
 */
function unknownNames(names: readonly string[], listed: readonly PackageFile[]): readonly string[] {
  return names.filter(
    (wanted) =>
      listed.every(({ name }) => name !== wanted) &&
      NETWORK_FIRMWARE.every(({ name }) => name !== wanted),
  );
}

/** Returns the stored initrd that contains the same packages; `undefined` if there is none. */
async function knownInitrd(
  { update }: SyncContext,
  { packages }: FirmwareEvidence,
  kept: ProvenFirmware | undefined,
): Promise<StoredFile | undefined> {
  const contentOf = (evidence: Pick<FirmwareEvidence, 'packages'>): string =>
    JSON.stringify(evidence.packages.map(({ path, file }) => [path, file.sha256]));
  if (kept === undefined || contentOf(kept.evidence) !== contentOf({ packages })) {
    return undefined;
  }
  return update.find(kept.firmware.file.sha256);
}

/**
 * Returns the firmware of the previous generation, if its files and those of its proof are all still in the
 * store.
 */
async function keptFirmware(
  { before, update }: SyncContext,
  { suite, arch }: ImageSelection,
): Promise<ProvenFirmware | undefined> {
  const isSame = (other: { readonly suite: string; readonly arch: string }): boolean =>
    other.suite === suite && other.arch === arch;
  const { installers = [], daily = [] } = before?.evidence ?? {};
  const vouching = [...installers, ...daily].find(isSame);
  const firmware = before?.manifest.targets.find(isSame)?.firmware;
  if (vouching?.firmware === undefined || firmware === undefined) {
    return undefined;
  }
  const files = [firmware.file, ...firmwareFiles(vouching.firmware)];
  return (await holdsAll(update, files)) ? { firmware, evidence: vouching.firmware } : undefined;
}
