import { posix } from 'node:path';

import { type Arch } from '../catalog/arch.js';
import { type Suite, suiteFacts } from '../catalog/suite.js';
import { cpioArchive } from '../formats/cpio.js';
import { readDebPaths } from '../formats/deb.js';
import { compareVersions } from './debian-version.js';
import { packageIndexPath } from './installer-layout.js';
import { findPackages, type PackageFile } from './package-index.js';

/** First release with the component non-free-firmware; earlier ones have firmware in non-free. */
const FIRST_WITH_COMPONENT = 12;

/** Returns the archive component that contains a suite's firmware packages. */
export function firmwareComponent(suite: Suite): string {
  const { release } = suiteFacts(suite);
  const isOlder = release !== undefined && release < FIRST_WITH_COMPONENT;
  return isOlder ? 'non-free' : 'non-free-firmware';
}

/**
 * Returns the paths, without a compression extension, of the Packages indexes that list a suite's firmware:
 * the architecture's own and that of amd64. Nearly all firmware is architecture-independent, so both list it.
 */
export function firmwareIndexes(suite: Suite, arch: Arch): readonly string[] {
  const component = firmwareComponent(suite);
  return [...new Set([arch, 'amd64'] as const)].map((name) => packageIndexPath(name, component));
}

/** Prefix of the names of most firmware packages. */
const NAME_START = 'firmware-';

/**
 * Finds packages by name in a Packages index.
 *
 * @returns the newest version of each package that can be installed on the architecture, sorted by name
 */
export async function findFirmwarePackages(
  content: AsyncIterable<Uint8Array>,
  names: readonly string[],
  arch: Arch,
): Promise<readonly PackageFile[]> {
  const starts = names.map((name) => (name.startsWith(NAME_START) ? NAME_START : name));
  const found = await findPackages(content, [...new Set(starts)], (name) => names.includes(name));
  const newest = new Map<string, PackageFile>();
  for (const candidate of found) {
    const known = newest.get(candidate.name);
    const isUsable = ['all', arch].includes(candidate.architecture);
    if (
      isUsable &&
      (known === undefined || compareVersions(known.version, candidate.version) < 0)
    ) {
      newest.set(candidate.name, candidate);
    }
  }
  return [...newest.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Package to include in a firmware initrd. */
export interface PackedFirmware {
  /** Path in the archive. */
  readonly path: string;
  /** Size of the package in bytes. */
  readonly size: number;
  /** Opens the package's verified bytes; called twice. */
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** Directory in an initrd in which the installer (hw-detect) looks for firmware packages. */
const DIRECTORY = 'firmware';

/**
 * Writes an initrd with firmware packages, to be loaded after the installer's own. It contains the packages,
 * and an index of their files in debian-cd's format, without which Debian 13's installer finds no firmware.
 * Files outside `/firmware` would be dangerous: an entry named `lib` would replace the symlink of that name,
 * and no program could start.
 *
 * The archive is not compressed: the packages already are, and the result must be the same with every version
 * of zlib.
 *
 * @param component - component of the archive that the packages come from; the installer adds it to the
 *   package sources of the installed system
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` or `ERR_NETBOOT_HOSTILE_ARCHIVE`
 */
export async function* firmwareInitrd(
  packages: readonly PackedFirmware[],
  component: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const lines: string[] = [];
  for (const { path, read } of packages) {
    for (const file of await readDebPaths(read())) {
      if (isFirmwareFile(file)) {
        lines.push(`/${file} ${posix.basename(path)} ${component}\n`);
      }
    }
  }
  const index = Buffer.from(lines.join(''), 'latin1');
  yield* cpioArchive(
    [DIRECTORY],
    [
      ...packages.map(({ path, size, read }) => ({
        path: `${DIRECTORY}/${posix.basename(path)}`,
        size,
        content: read,
      })),
      {
        path: `${DIRECTORY}/Contents-firmware`,
        size: index.length,
        content: () => [index],
      },
    ],
  );
}

/**
 * Returns true if a path is that of a firmware file that the installer can look up. Names with spaces are
 * excluded, since the installer splits the lines of the index at whitespace.
 */
function isFirmwareFile(path: string): boolean {
  return /^(?:usr\/)?lib\/firmware\/[^ ]+$/.test(path);
}
