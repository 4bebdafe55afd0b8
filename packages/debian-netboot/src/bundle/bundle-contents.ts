import { checksumListPath, imageFolder, listedBuilds } from '../archive/installer-layout.js';
import { parseReleaseFile } from '../archive/release-file.js';
import { type ImageSelection } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import { type Evidence, type IndexEvidence, type InstallerEvidence } from '../store/evidence.js';
import { type GenerationManifest, type StoredFile } from '../store/manifest.js';

/** A file of a bundle. */
export interface BundleFile {
  /** Its path, as on a mirror. */
  readonly path: string;
  /** The stored bytes. */
  readonly file: StoredFile;
  /** The length in the bundle: more than the stored one if the store has it compressed. */
  readonly size: number;
}

/**
 * The files of a generation, each at the path that it has on a mirror: an extracted bundle is a
 * (partial) mirror.
 *
 * @param readText gives a stored file as text
 * @throws NetbootError `ERR_NETBOOT_UNSIGNED` for images that nothing vouches for,
 *   `ERR_NETBOOT_BUILD_NOT_FOUND` for a generation that mixes two states of one suite
 */
export async function bundleFiles(
  manifest: GenerationManifest,
  evidence: Evidence,
  readText: (file: StoredFile) => Promise<string>,
): Promise<readonly BundleFile[]> {
  const files = new Map<string, BundleFile>();
  const add = (path: string, file: StoredFile, size = file.size): void => {
    files.set(path, { path, file, size });
  };
  const addIndex = (suite: Suite, path: string, { file, listed }: IndexEvidence): void => {
    add(`dists/${suite}/${path}`, file, listed.size);
  };
  const unsigned = manifest.targets.find((target) => target.unsigned === true);
  if (unsigned !== undefined) throw unsignedImage(unsigned.suite);
  for (const installer of evidence.installers) {
    const { suite, arch, build, checksumList, moduleIndex } = installer;
    await checkOneState(evidence, installer, readText);
    add(`dists/${suite}/InRelease`, installer.inRelease);
    addIndex(suite, checksumListPath(arch, build), checksumList);
    if (moduleIndex !== undefined) addIndex(suite, moduleIndex.path, moduleIndex);
    for (const { path, file } of installerFiles(manifest, installer)) add(path, file);
  }
  const { biosLoaders } = evidence;
  if (biosLoaders !== undefined) {
    const { suite, packageIndex } = biosLoaders;
    addIndex(suite, packageIndex.path, packageIndex);
    for (const { path, file } of biosLoaders.packages) add(path, file);
  }
  return [...files.values()];
}

/** The images of a generation, each pinned to its build. */
export function bundleImages({ targets }: GenerationManifest): ImageSelection[] {
  return targets.map(({ suite, arch, variant, build }) => ({
    suite,
    arch,
    variants: [variant],
    build,
  }));
}

/** An installer's own files: kernels, initrds, and what UEFI loads. */
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

/**
 * A mirror has one InRelease for each suite, and so has a bundle. An image that was carried over
 * belongs to an older one; it can go with the newer one as long as that still lists its build.
 */
async function checkOneState(
  { installers, biosLoaders }: Evidence,
  installer: InstallerEvidence,
  readText: (file: StoredFile) => Promise<string>,
): Promise<void> {
  const { suite, arch, build, checksumList } = installer;
  const states = [...installers, ...(biosLoaders === undefined ? [] : [biosLoaders])]
    .filter((other) => other.suite === suite)
    .map(({ inRelease }) => inRelease);
  for (const state of states) {
    if (state.sha256 === installer.inRelease.sha256) continue;
    const release = expectValue(parseReleaseFile(await signedText(state, readText)));
    const isListed = listedBuilds(release, arch).some(
      (listed) =>
        listed.build === build && listed.checksumList.sha256 === checksumList.listed.sha256,
    );
    if (isListed) continue;
    throw new NetbootError(
      'ERR_NETBOOT_BUILD_NOT_FOUND',
      `${suite} ${arch} was carried over from an older state of ${suite}`,
      { hint: 'sync until all images of the suite are of one state, and export again' },
    );
  }
}

/** The text of an InRelease that the store has accepted, without its signature. */
async function signedText(
  inRelease: StoredFile,
  readText: (file: StoredFile) => Promise<string>,
): Promise<string> {
  const text = await readText(inRelease);
  const start = text.indexOf('\n\n') + 2;
  return text.slice(start, text.indexOf('\n-----BEGIN PGP SIGNATURE-----'));
}

function unsignedImage(suite: Suite): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_UNSIGNED',
    `the image of ${suite} is unsigned, and a bundle holds only what verifies itself`,
    { hint: 'take the images from a mirror' },
  );
}
