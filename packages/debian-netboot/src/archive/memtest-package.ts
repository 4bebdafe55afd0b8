import { readDebFiles } from '../formats/deb.js';
import { compareVersions } from './debian-version.js';
import { packageIndexPath } from './installer-layout.js';
import { findPackages, type PackageFile } from './package-index.js';

/** Name of Debian's Memtest86+ package. */
export const MEMTEST_PACKAGE = 'memtest86+';

/** Paths of the Packages indexes that list Memtest86+. */
export const MEMTEST_INDEXES: readonly string[] = [packageIndexPath('amd64')];

/**
 * Files of the package since Debian 12, with their roles. The BIOS file has the header of a Linux kernel and
 * is started as one; the UEFI files are not signed. BIOS machines are assumed to have a 64-bit processor.
 */
const FILES = [
  { path: 'boot/memtest86+x64.bin', role: 'kernel' },
  { path: 'boot/memtest86+x64.efi', role: 'loader' },
  { path: 'boot/memtest86+ia32.efi', role: 'loader' },
] as const;

/** File of Memtest86+, extracted from its package. */
export interface PackedMemtest {
  readonly role: 'kernel' | 'loader';
  readonly content: AsyncIterable<Uint8Array>;
}

/** Number of files that {@link readMemtest} yields for a complete package. */
export const MEMTEST_FILES: number = FILES.length;

/**
 * Extracts Memtest86+ from its package.
 *
 * @param content - the package's verified bytes
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` or `ERR_NETBOOT_HOSTILE_ARCHIVE`
 */
export async function* readMemtest(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<PackedMemtest, void, undefined> {
  let left = MEMTEST_FILES;
  for await (const { path, content: file } of readDebFiles(content)) {
    const found = FILES.find((one) => one.path === path);
    if (found === undefined) {
      continue;
    }
    yield { role: found.role, content: file };
    left -= 1;
    if (left === 0) {
      return;
    }
  }
}

/** Finds the newest Memtest86+ in a Packages index. */
export async function findMemtest(
  text: AsyncIterable<Uint8Array>,
): Promise<PackageFile | undefined> {
  const found = await findPackages(text, [MEMTEST_PACKAGE], (name) => name === MEMTEST_PACKAGE);
  return found
    .filter(({ architecture }) => architecture === 'amd64')
    .sort((left, right) => compareVersions(right.version, left.version))[0];
}
