import { checksumListPath, imageFolder } from '../archive/installer-layout.js';
import { parseReleaseFile, type ReleaseFile } from '../archive/release-file.js';
import { type ImageSelection, type ImageTarget } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import {
  type EntryEvidence,
  type Evidence,
  type IndexEvidence,
  type InstallerEvidence,
} from '../store/evidence.js';
import { type GenerationManifest, type StoredFile, type StoredTarget } from '../store/manifest.js';
import { readSignedText } from '../trust/clear-sign-envelope.js';

/** File in a bundle. */
export interface BundleFile {
  /** Path in the bundle: the one on a mirror, or `entries/<sha256>` for a file that no mirror has. */
  readonly path: string;
  /** File in the store. */
  readonly file: StoredFile;
  /** Size in the bundle, in bytes; larger than in the store if the store keeps the file compressed. */
  readonly size: number;
}

/** Image that a bundle cannot contain, since it cannot be verified. */
export interface LeftOutImage {
  readonly target: ImageTarget;
  /** Reason: the image is unsigned, or trusted only because of the server's certificate (`tls`). */
  readonly reason: 'unsigned' | 'tls';
}

/** Generation, split into the part that can be exported and the images that cannot. */
export interface Exportable {
  /** Generation without the images that are left out. */
  readonly manifest: GenerationManifest;
  readonly leftOut: readonly LeftOutImage[];
}

/**
 * Splits a generation into verifiable images and others.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_UNSIGNED` if no image can be verified
 */
export function exportable(manifest: GenerationManifest): Exportable {
  const leftOut = manifest.targets.flatMap((target): LeftOutImage[] => {
    const { suite, arch, variant } = target;
    const reason = reasonToLeaveOut(target);
    return reason === undefined ? [] : [{ target: { suite, arch, variant }, reason }];
  });
  const targets = manifest.targets.filter((target) => reasonToLeaveOut(target) === undefined);
  const [first] = leftOut;
  if (targets.length === 0 && first !== undefined) {
    throw nothingSigned(first);
  }
  return { manifest: { ...manifest, targets }, leftOut };
}

function reasonToLeaveOut({ trust, unsigned }: StoredTarget): LeftOutImage['reason'] | undefined {
  if (trust === 'tls') {
    return 'tls';
  }
  return unsigned === true ? 'unsigned' : undefined;
}

/**
 * Returns the files of a generation whose images can all be verified, with their paths in the bundle. Those
 * of Debian's files are the same as on a mirror, so an extracted bundle is a partial mirror.
 *
 * @param read - returns the content of a stored file
 * @throws {@link NetbootError} `ERR_NETBOOT_BUILD_NOT_FOUND` if the newest InRelease of a suite does not list a
 *   checksum list or package index that the generation needs
 */
export async function bundleFiles(
  manifest: GenerationManifest,
  evidence: Evidence,
  read: (file: StoredFile) => Promise<Uint8Array>,
): Promise<readonly BundleFile[]> {
  const files = new Map<string, BundleFile>();
  const add = (path: string, file: StoredFile, size = file.size): void => {
    files.set(path, { path, file, size });
  };
  const addIndex = (suite: Suite, path: string, { file, listed }: IndexEvidence): void => {
    add(`dists/${suite}/${path}`, file, listed.size);
  };
  const releases = await newestReleases(evidence, read);
  for (const [suite, { inRelease }] of releases) {
    add(`dists/${suite}/InRelease`, inRelease);
  }
  for (const installer of evidence.installers) {
    const { suite, arch, build, proof, modules, firmware } = installer;
    if (proof.kind === 'package') {
      const { packageIndex } = proof;
      expectListed(releases, suite, packageIndex.path, packageIndex);
      addIndex(suite, packageIndex.path, packageIndex);
      add(proof.package.path, proof.package.file);
    } else {
      const path = checksumListPath(arch, build);
      expectListed(releases, suite, path, proof.checksumList);
      addIndex(suite, path, proof.checksumList);
      for (const { path: name, file } of installerFiles(manifest, installer)) {
        add(name, file);
      }
    }
    if (firmware !== undefined) {
      const { packageIndex, packages } = firmware;
      expectListed(releases, suite, packageIndex.path, packageIndex);
      addIndex(suite, packageIndex.path, packageIndex);
      for (const { path, file } of packages) {
        add(path, file);
      }
    }
    if (modules !== undefined && isListed(releases, suite, modules.index.path, modules.index)) {
      addIndex(suite, modules.index.path, modules.index);
    }
  }
  const { biosLoaders } = evidence;
  if (biosLoaders !== undefined) {
    const { suite, packageIndex } = biosLoaders;
    expectListed(releases, suite, packageIndex.path, packageIndex);
    addIndex(suite, packageIndex.path, packageIndex);
    for (const { path, file } of biosLoaders.packages) {
      add(path, file);
    }
  }
  for (const entry of exportableEntries(manifest, evidence, releases)) {
    if (entry.kind === 'package') {
      addIndex(entry.suite, entry.packageIndex.path, entry.packageIndex);
      add(entry.package.path, entry.package.file);
      continue;
    }
    for (const { file } of entry.files) {
      add(`entries/${file.sha256}`, file);
    }
  }
  return [...files.values()];
}

/**
 * Returns the ids of the extra entries that a bundle of a generation contains: all of them except packages
 * that were carried over from an older state of their suite.
 *
 * @param read - returns the bytes of a stored file
 */
export async function bundleEntries(
  manifest: GenerationManifest,
  evidence: Evidence,
  read: (file: StoredFile) => Promise<Uint8Array>,
): Promise<readonly string[]> {
  const releases = await newestReleases(evidence, read);
  return exportableEntries(manifest, evidence, releases).map(({ id }) => id);
}

function exportableEntries(
  { entries = [] }: GenerationManifest,
  evidence: Evidence,
  releases: ReadonlyMap<Suite, SuiteState>,
): readonly EntryEvidence[] {
  return (evidence.entries ?? []).filter(
    (one) =>
      entries.some(({ id }) => id === one.id) &&
      (one.kind === 'files' ||
        isListed(releases, one.suite, one.packageIndex.path, one.packageIndex)),
  );
}

/** Returns the images of a generation, each pinned to its build. */
export function bundleImages({ targets }: GenerationManifest): ImageSelection[] {
  return targets.map(({ suite, arch, variant, build, firmware }) => ({
    suite,
    arch,
    variants: [variant],
    build,
    ...(firmware && { firmware: firmware.packages.map(({ name }) => name) }),
  }));
}

/** Returns an installer's own files with their paths on a mirror: kernels, initrds, and UEFI loaders. */
function installerFiles(
  { targets, efiLoaders }: GenerationManifest,
  { suite, arch, build }: InstallerEvidence,
): { readonly path: string; readonly file: StoredFile }[] {
  const images = `dists/${suite}/main/installer-${arch}/${build}/images`;
  const own = targets.filter((target) => target.suite === suite && target.arch === arch);
  const loaders = efiLoaders.find((other) => other.suite === suite && other.arch === arch);
  return own.flatMap(({ variant, files }) => {
    const folder = `${images}/${imageFolder({ arch, variant })}`;
    return [...Object.entries(files), ...Object.entries(loaders?.files ?? {})].map(
      ([name, file]) => ({ path: `${folder}/${name}`, file }),
    );
  });
}

/** InRelease of a suite: its stored file, and its parsed content. */
interface SuiteState {
  readonly inRelease: StoredFile;
  readonly release: ReleaseFile;
}

/** Returns the newest InRelease of each suite: like a mirror, a bundle has only one per suite. */
async function newestReleases(
  { installers, biosLoaders }: Evidence,
  read: (file: StoredFile) => Promise<Uint8Array>,
): Promise<ReadonlyMap<Suite, SuiteState>> {
  const newest = new Map<Suite, SuiteState>();
  for (const { suite, inRelease } of [...installers, ...(biosLoaders ? [biosLoaders] : [])]) {
    const known = newest.get(suite);
    if (known?.inRelease.sha256 === inRelease.sha256) {
      continue;
    }
    const release = expectValue(parseReleaseFile(readSignedText(await read(inRelease))));
    if (known === undefined || known.release.date < release.date) {
      newest.set(suite, { inRelease, release });
    }
  }
  return newest;
}

/**
 * Checks that the newest release of a suite lists a checksum list or package index. A carried-over image
 * was accepted with an older release, and can be exported as long as the newest one lists the same file.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_BUILD_NOT_FOUND`
 */
function expectListed(
  releases: ReadonlyMap<Suite, SuiteState>,
  suite: Suite,
  path: string,
  index: IndexEvidence,
): void {
  if (isListed(releases, suite, path, index)) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_BUILD_NOT_FOUND',
    `${path} was carried over from an older state of ${suite}`,
    { hint: 'sync until all images of the suite are up to date, then export again' },
  );
}

function isListed(
  releases: ReadonlyMap<Suite, SuiteState>,
  suite: Suite,
  path: string,
  { listed }: IndexEvidence,
): boolean {
  return releases.get(suite)?.release.files.get(path)?.sha256 === listed.sha256;
}

function nothingSigned({ target: { suite }, reason }: LeftOutImage): NetbootError {
  const what = reason === 'tls' ? 'a daily build, trusted only by TLS' : 'unsigned';
  return new NetbootError(
    'ERR_NETBOOT_UNSIGNED',
    `the image of ${suite} is ${what}, expected a signed image`,
    { hint: 'sync signed images from a mirror' },
  );
}
