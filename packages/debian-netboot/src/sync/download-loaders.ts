import { BIOS_LOADER_PACKAGES, readBiosLoaders } from '../archive/bios-loader-packages.js';
import { packageIndexPath } from '../archive/installer-layout.js';
import { findPackages, type PackageFile } from '../archive/package-index.js';
import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../catalog/bios-loaders.js';
import { type Suite } from '../catalog/suite.js';
import { isOwnFailure, NetbootError } from '../errors.js';
import { allDone } from '../settled.js';
import { type IndexEvidence } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import { type StoredFile } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { carryOverBiosLoaders, type StoredLoaders } from './carry-over.js';
import { fetchIndex } from './fetch-index.js';
import { fetchPackage } from './fetch-package.js';
import { notDelivered } from './installer-files.js';
import { type SyncContext } from './sync-context.js';

/** Maximum size of a loader in bytes; the largest is about 170 kB. */
const MAX_LOADER_BYTES = 16 * 1024 * 1024;

/** Paths of Packages indexes, either of which is enough: the packages are architecture-independent. */
const PACKAGE_INDEXES = [packageIndexPath('all'), packageIndexPath('amd64')] as const;

/** Returns the path, below `dists/<suite>/`, of the index that is requested first. */
export function firstPackageIndex(): string {
  return `${PACKAGE_INDEXES[0]}.gz`;
}

/** Result of the search for PXELINUX. */
export interface DownloadedLoaders {
  readonly loaders?: StoredLoaders;
  /** First failure, if any. */
  readonly failure?: NetbootError;
}

/**
 * Searches the suites for PXELINUX, in order. If it is unavailable in the first suite, a stored copy takes
 * precedence over the other suites, and the result contains no loaders.
 */
export async function downloadLoaders(
  context: SyncContext,
  releases: readonly AcceptedRelease[],
): Promise<DownloadedLoaders> {
  const kept = await carryOverBiosLoaders(context);
  let failure: NetbootError | undefined;
  for (const release of releases) {
    try {
      const loaders = await loadersOf(context, release, kept);
      if (loaders !== undefined) {
        return { loaders, ...(failure && { failure }) };
      }
    } catch (error) {
      if (isOwnFailure(error)) {
        throw error;
      }
      failure ??= error as NetbootError;
    }
    if (kept !== undefined) {
      break;
    }
  }
  return failure === undefined ? {} : { failure };
}

/**
 * Returns PXELINUX and its modules, verified and in the store. The Packages index has 24 MB, so it is
 * searched while it arrives.
 *
 * @returns `undefined` if the source has no packages at all
 */
async function loadersOf(
  context: SyncContext,
  release: AcceptedRelease,
  kept: StoredLoaders | undefined,
): Promise<StoredLoaders | undefined> {
  const { suite, inRelease } = release;
  const search = new ArrivingSearch(suite);
  const packageIndex = await fetchIndex(context, release, PACKAGE_INDEXES, {
    onArriving(text) {
      search.start(text);
    },
  });
  if (packageIndex === undefined) {
    return undefined;
  }
  if (kept !== undefined && isFrom(kept, suite, packageIndex)) {
    return { ...kept, evidence: { ...kept.evidence, inRelease } };
  }
  const packages =
    (await search.result()) ??
    (await listPackages(suite, indexText(context.update.read(packageIndex.file), packageIndex)));
  const unpacked = await allDone(packages.map((listed) => unpack(context, release, listed)));
  return {
    loaders: {
      suite,
      version: packages[0]?.version ?? '',
      packages: Object.fromEntries(packages.map(({ name, sha256 }) => [name, sha256])),
      files: completeSet(new Map(unpacked.flatMap(({ files }) => files))),
    },
    evidence: {
      suite,
      inRelease,
      packageIndex,
      packages: unpacked.map(({ path, file }) => ({ path, file })),
    },
  };
}

/** Searches each copy of an index as it arrives; the last search is that of the accepted copy. */
class ArrivingSearch {
  readonly #suite: Suite;
  #last: Promise<PromiseSettledResult<PackageFile[]>> | undefined;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  start(text: AsyncIterable<Uint8Array>): void {
    this.#last = Promise.allSettled([listPackages(this.#suite, text)]).then(([result]) => result);
  }

  /** Returns the packages found in the last copy; undefined if none arrived, because the store had the index. */
  async result(): Promise<PackageFile[] | undefined> {
    const result = await this.#last;
    if (result?.status === 'rejected') {
      throw result.reason;
    }
    return result?.value;
  }
}

/** Returns true if stored loaders come from this suite and index. */
function isFrom({ loaders, evidence }: StoredLoaders, suite: Suite, index: IndexEvidence): boolean {
  return loaders.suite === suite && evidence.packageIndex.listed.sha256 === index.listed.sha256;
}

async function listPackages(suite: Suite, text: AsyncIterable<Uint8Array>): Promise<PackageFile[]> {
  const found = await findPackages(text, BIOS_LOADER_PACKAGES, (name) =>
    BIOS_LOADER_PACKAGES.includes(name),
  );
  const packages = BIOS_LOADER_PACKAGES.map((name) => {
    const listed = found.findLast((candidate) => candidate.name === name);
    if (listed !== undefined) {
      return listed;
    }
    throw new NetbootError('ERR_NETBOOT_PACKAGE_NOT_FOUND', `${suite} has no package ${name}`, {
      hint: 'use a complete mirror of Debian',
    });
  });
  if (new Set(packages.map(({ version }) => version)).size === 1) {
    return packages;
  }
  throw new NetbootError(
    'ERR_NETBOOT_MALFORMED_INDEX',
    `${suite} has ${BIOS_LOADER_PACKAGES.join(' and ')} from different builds`,
    { hint: 'try again later; the archive is being updated' },
  );
}

/** Package in the store, and the files extracted from it. */
interface UnpackedLoaders {
  /** Path of the package in the archive. */
  readonly path: string;
  readonly file: StoredFile;
  readonly files: readonly (readonly [name: BiosLoaderName, file: StoredFile])[];
}

/** Fetches a package and adds its loaders to the store while other packages are still arriving. */
async function unpack(
  context: SyncContext,
  release: AcceptedRelease,
  listed: PackageFile,
): Promise<UnpackedLoaders> {
  const file = await fetchPackage(context, release, listed);
  const { update } = context;
  const files: (readonly [BiosLoaderName, StoredFile])[] = [];
  for await (const { name, content } of readBiosLoaders(listed.name, update.read(file))) {
    const expected = { label: `${listed.name} ${name}`, maxSize: MAX_LOADER_BYTES };
    files.push([name, await update.add(content, expected)]);
  }
  return { path: listed.filename, file, files };
}

function completeSet(
  files: ReadonlyMap<BiosLoaderName, StoredFile>,
): Record<BiosLoaderName, StoredFile> {
  const complete: Partial<Record<BiosLoaderName, StoredFile>> = {};
  for (const name of BIOS_LOADER_NAMES) {
    const file = files.get(name);
    if (file === undefined) {
      throw notDelivered(name);
    }
    complete[name] = file;
  }
  return complete as Record<BiosLoaderName, StoredFile>;
}
