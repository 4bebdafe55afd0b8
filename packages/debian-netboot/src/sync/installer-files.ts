import { NetbootError } from '../errors.js';
import { type InstallerBuild, type SuiteView } from '../source/image-source.js';
import { type ProofKind } from '../store/evidence.js';
import { type StoredFile } from '../store/manifest.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/** Maximum size of a kernel or initrd, in bytes; the largest is about 100 MB. */
const MAX_IMAGE_BYTES = 512 * 1024 * 1024;

/** Maximum size of any other file, in bytes; the largest is GRUB, with about 4 MB. */
const MAX_OTHER_BYTES = 16 * 1024 * 1024;

/**
 * Returns the maximum size of an installer file in bytes: SHA256SUMS lists hashes, but not sizes.
 *
 * @param path - path below `images/`
 */
export function maxInstallerFileBytes(path: string): number {
  return /\/(?:linux|initrd\.gz)$/.test(path) ? MAX_IMAGE_BYTES : MAX_OTHER_BYTES;
}

/**
 * Fetches installer files with known hashes. Files with the same content are fetched once, and only if
 * the store lacks that content.
 *
 * @param wanted - SHA-256 of each file by its path below `images/`
 * @returns the stored files by path
 */
export async function fetchInstallerFiles(
  context: SyncContext,
  view: Pick<SuiteView, 'installerFiles'>,
  build: InstallerBuild,
  wanted: ReadonlyMap<string, string>,
  proof: ProofKind | 'tls',
): Promise<ReadonlyMap<string, StoredFile>> {
  const { update, onEvent } = context;
  const byHash = await storedFiles(context, new Set(wanted.values()));
  const missing = new Map<string, string>();
  for (const [path, sha256] of wanted) {
    if (!byHash.has(sha256) && !missing.has(sha256)) {
      missing.set(sha256, path);
    }
  }
  const { suite, arch, build: name } = build;
  onEvent({
    type: 'buildResolved',
    suite,
    arch,
    build: name,
    proof,
    filesMissing: missing.size,
  });
  if (missing.size > 0) {
    const files = await Promise.all(
      [...missing].map(async ([sha256, path]) => ({
        path,
        sha256,
        received: await update.partialLength(sha256),
      })),
    );
    await view.installerFiles(build, files, async (file, delivery) => {
      const stored = await receiveFile(context, delivery, expectedFile(build, file));
      byHash.set(stored.sha256, stored);
    });
  }
  return new Map(
    [...wanted].map(([path, sha256]) => {
      const stored = byHash.get(sha256);
      if (stored === undefined) {
        throw notDelivered(path);
      }
      return [path, stored];
    }),
  );
}

/** Returns the files with the given hashes that are in the store, by hash. */
async function storedFiles(
  { update }: SyncContext,
  hashes: ReadonlySet<string>,
): Promise<Map<string, StoredFile>> {
  const files = await Promise.all([...hashes].map((sha256) => update.find(sha256)));
  return new Map(files.flatMap((file) => (file === undefined ? [] : [[file.sha256, file]])));
}

/**
 * Fetches unsigned installer files.
 *
 * @returns the stored files by path, as far as the source has them
 */
export async function fetchUnsignedFiles(
  context: SyncContext,
  view: SuiteView,
  build: InstallerBuild,
  paths: readonly string[],
): Promise<ReadonlyMap<string, StoredFile>> {
  const stored = new Map<string, StoredFile>();
  const files = paths.map((path) => ({ path, received: 0 }));
  await view.installerFiles(build, files, async (file, delivery) => {
    stored.set(file.path, await receiveFile(context, delivery, expectedFile(build, file)));
  });
  return stored;
}

/** Returns the error for a file that the source should have. */
export function notDelivered(path: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the source does not have ${path}`, {
    hint: 'use a source with all files of the installer',
  });
}

function expectedFile(
  { suite, build }: InstallerBuild,
  { path, sha256 }: { readonly path: string; readonly sha256?: string },
): { label: string; sha256: string | undefined; maxSize: number } {
  return { label: `${suite} ${build} ${path}`, sha256, maxSize: maxInstallerFileBytes(path) };
}
