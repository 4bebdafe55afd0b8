import { type Arch, archFacts } from '../catalog/arch.js';
import { type ImageTarget } from '../catalog/selection.js';
import { joinAlternatives } from '../catalog/suggestion.js';
import { type Variant } from '../catalog/variant.js';
import { failure, type Result, success } from '../errors.js';
import { type ListedFile, type ReleaseFile } from './release-file.js';

/** The path of a build's SHA256SUMS below `dists/<suite>/`; `build` may be `current`. */
export function checksumListPath(arch: Arch, build: string): string {
  return `main/installer-${arch}/${build}/images/SHA256SUMS`;
}

/** The path of an architecture's index of installer modules below `dists/<suite>/`. */
export function udebIndexPath(arch: Arch): string {
  return `main/debian-installer/binary-${arch}/Packages`;
}

/**
 * The path of an architecture's index of packages below `dists/<suite>/`. The one of `all`, which has
 * the packages for every architecture, is less than half as long; apt does not use it
 * (No-Support-for-Architecture-all in Release), and small mirrors may not have it.
 */
export function packageIndexPath(arch: Arch | 'all'): string {
  return `main/binary-${arch}/Packages`;
}

/** The folder of an image's files below `images/`: `netboot/gtk/debian-installer/amd64`. */
export function imageFolder({ arch, variant }: Pick<ImageTarget, 'arch' | 'variant'>): string {
  return `${netbootFolder(variant)}/debian-installer/${arch}`;
}

function netbootFolder(variant: Variant): string {
  return variant === 'gtk' ? 'netboot/gtk' : 'netboot';
}

/** An installer build that a Release lists. */
export interface ListedBuild {
  /** The dated directory: immutable, unlike `current`. */
  readonly build: string;
  /** Its SHA256SUMS, as the Release lists it. */
  readonly checksumList: ListedFile;
}

const BUILD_PATH = /^main\/installer-([a-z0-9]+)\/(\d{8}[0-9A-Za-z.+~]*)\/images\/SHA256SUMS$/;

/** Every dated installer build of an architecture that a Release lists, oldest first. */
export function listedBuilds(release: ReleaseFile, arch: Arch): readonly ListedBuild[] {
  const builds: ListedBuild[] = [];
  for (const file of release.files.values()) {
    const [, fileArch, build] = BUILD_PATH.exec(file.path) ?? [];
    if (fileArch === arch && build !== undefined) {
      builds.push({ build, checksumList: file });
    }
  }
  return builds.sort((left, right) => (left.build < right.build ? -1 : 1));
}

/**
 * The dated build that `current` stands for: the one whose SHA256SUMS is the same file. A list
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
      `${release.codename} lists no dated ${arch} installer build that is the current one`,
      { hint: 'try again later, or pin a build' },
    );
  }
  return success(newest);
}

/** A build that someone wants to stay with, by its name, its SHA256SUMS, or both. */
export interface BuildPin {
  readonly build?: string;
  readonly checksumListSha256?: string;
}

/** The build to take: the current one, or the one that is pinned. */
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
    { hint: `choose ${joinAlternatives(builds.map((other) => other.build))}, or do not pin one` },
  );
}

/** Below `debian-installer/<arch>/`: GRUB's lists, which it reads at its start. */
const GRUB_LISTS = ['command.lst', 'crypto.lst', 'fs.lst', 'terminal.lst'] as const;

/** Of the text image: shim, GRUB, and the files that GRUB asks for, by path below its folder. */
export function efiLoaderNames(arch: Arch): readonly string[] {
  const { shim, grub, grubPlatform } = archFacts(arch);
  return [shim, grub, 'grub/font.pf2', ...GRUB_LISTS.map((name) => `grub/${grubPlatform}/${name}`)];
}
