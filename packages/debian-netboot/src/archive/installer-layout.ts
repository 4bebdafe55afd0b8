import { type Arch, archFacts } from '../catalog/arch.js';
import { type ImageTarget } from '../catalog/selection.js';
import { joinAlternatives } from '../catalog/suggestion.js';
import { type Variant } from '../catalog/variant.js';
import { failure, type Result, success } from '../errors.js';
import { compareVersions } from './debian-version.js';
import { type ListedFile, type ReleaseFile } from './release-file.js';

/** Returns the path of a build's SHA256SUMS below `dists/<suite>/`; `build` may be `current`. */
export function checksumListPath(arch: Arch, build: string): string {
  return `main/installer-${arch}/${build}/images/SHA256SUMS`;
}

/** Returns the path of an architecture's installer module index below `dists/<suite>/`. */
export function udebIndexPath(arch: Arch): string {
  return `main/debian-installer/binary-${arch}/Packages`;
}

/**
 * Returns the path of an architecture's Packages index below `dists/<suite>/`. The index of `all` is less
 * than half as long, but apt does not use it (No-Support-for-Architecture-all in Release), and small mirrors
 * may lack it.
 */
export function packageIndexPath(arch: Arch | 'all', component = 'main'): string {
  return `${component}/binary-${arch}/Packages`;
}

/** Returns the folder of an image's files below `images/`: `netboot/gtk/debian-installer/amd64`. */
export function imageFolder({ arch, variant }: Pick<ImageTarget, 'arch' | 'variant'>): string {
  return `${netbootFolder(variant)}/debian-installer/${arch}`;
}

function netbootFolder(variant: Variant): string {
  return variant === 'gtk' ? 'netboot/gtk' : 'netboot';
}

/** Installer build in a Release. */
export interface ListedBuild {
  /** Name of the dated directory, which is immutable, unlike `current`. */
  readonly build: string;
  /** Path, hash and size of the build's SHA256SUMS, as the Release lists them. */
  readonly checksumList: ListedFile;
}

const BUILD_PATH = /^main\/installer-([a-z0-9]+)\/(\d{8}[0-9A-Za-z.+~]*)\/images\/SHA256SUMS$/;

/** Returns every dated installer build of an architecture in a Release, oldest first. */
export function listedBuilds(release: ReleaseFile, arch: Arch): readonly ListedBuild[] {
  const builds: ListedBuild[] = [];
  for (const file of release.files.values()) {
    const [, fileArch, build] = BUILD_PATH.exec(file.path) ?? [];
    if (fileArch === arch && build !== undefined) {
      builds.push({ build, checksumList: file });
    }
  }
  return builds.sort((left, right) => compareVersions(left.build, right.build));
}

/**
 * Returns the dated build that `current` stands for: the newest one with the same SHA256SUMS. A Release
 * without such a build is refused, since `current` may change between two requests.
 */
export function resolveCurrentBuild(release: ReleaseFile, arch: Arch): Result<ListedBuild> {
  const current = release.files.get(checksumListPath(arch, 'current'));
  if (current === undefined) {
    return failure(
      'ERR_NETBOOT_BUILD_NOT_FOUND',
      `${release.codename} lists no ${arch} installer`,
      { hint: 'choose another architecture or suite' },
    );
  }
  const same = listedBuilds(release, arch).filter(
    (build) => build.checksumList.sha256 === current.sha256,
  );
  const newest = same.at(-1);
  if (newest === undefined) {
    return failure(
      'ERR_NETBOOT_BUILD_NOT_FOUND',
      `${release.codename} lists no dated build of the current ${arch} installer`,
      { hint: 'try again later, or pin a build' },
    );
  }
  return success(newest);
}

/** Pin of a build: its name, the SHA-256 of its SHA256SUMS, or both. */
export interface BuildPin {
  readonly build?: string;
  readonly checksumListSha256?: string;
}

/** Returns the build to use: the pinned one, or the current one by default. */
export function resolveBuild(
  release: ReleaseFile,
  arch: Arch,
  pin: BuildPin = {},
): Result<ListedBuild> {
  const { build, checksumListSha256 } = pin;
  if (build === undefined && checksumListSha256 === undefined) {
    return resolveCurrentBuild(release, arch);
  }
  const builds = listedBuilds(release, arch);
  const found = builds.findLast(
    (candidate) =>
      (build ?? candidate.build) === candidate.build &&
      (checksumListSha256 ?? candidate.checksumList.sha256) === candidate.checksumList.sha256,
  );
  if (found !== undefined) {
    return success(found);
  }
  const wanted = [build, checksumListSha256 && `SHA256SUMS ${checksumListSha256}`];
  return failure(
    'ERR_NETBOOT_BUILD_NOT_FOUND',
    `${release.codename} ${arch} has no installer build ${wanted.filter(Boolean).join(' with ')}`,
    { hint: `choose ${joinAlternatives(builds.map((other) => other.build))}, or unpin the build` },
  );
}

/** Names of the list files below `grub/<platform>/` that GRUB reads when it starts. */
const GRUB_LISTS = ['command.lst', 'crypto.lst', 'fs.lst', 'terminal.lst'] as const;

/** Returns the paths of shim, GRUB and the files that GRUB loads, below the image's folder. */
export function efiLoaderNames(arch: Arch): readonly string[] {
  const { shim, grub, grubPlatform } = archFacts(arch);
  return [shim, grub, 'grub/font.pf2', ...GRUB_LISTS.map((name) => `grub/${grubPlatform}/${name}`)];
}
