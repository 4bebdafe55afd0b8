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

/** No loader is larger; the largest is about 170 kB. */
const MAX_LOADER_BYTES = 16 * 1024 * 1024;

/** Either index will do: the packages are for all architectures. */
const PACKAGE_INDEXES = [packageIndexPath('all'), packageIndexPath('amd64')] as const;

/** The file with the one of them that is asked for first. */
export function firstPackageIndex(): string {
  return `${PACKAGE_INDEXES[0]}.gz`;
}

/** What came of looking for PXELINUX. */
export interface DownloadedLoaders {
  readonly loaders?: StoredLoaders;
  /** Why the preferred suite's could not be had. */
  readonly failure?: NetbootError;
}

/**
 * Looks for PXELINUX in one suite after the other. Where the newest one's cannot be had, those that the
 * store has come before those of an older suite.
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
 * PXELINUX and its modules, verified and in the store. They are looked for in the suite's list of
 * packages while it arrives: it is 24 MB long, and the search takes its time.
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

/** A search of each copy of a list that begins to arrive; the last one is of the copy that was taken. */
class ArrivingSearch {
  readonly #suite: Suite;
  #last: Promise<PromiseSettledResult<PackageFile[]>> | undefined;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  start(text: AsyncIterable<Uint8Array>): void {
    this.#last = Promise.allSettled([listPackages(this.#suite, text)]).then(([result]) => result);
  }

  /** @returns `undefined` if no copy has arrived: the store had the list */
  async result(): Promise<PackageFile[] | undefined> {
    const result = await this.#last;
    if (result?.status === 'rejected') {
      throw result.reason;
    }
    return result?.value;
  }
}

/** Whether loaders come from the very same list. */
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
    `${suite} has ${BIOS_LOADER_PACKAGES.join(' and ')} of different builds`,
    { hint: 'try again when the archive has settled' },
  );
}

/** A package that is in the store, and what has come out of it. */
interface UnpackedLoaders {
  /** The package's path in the archive. */
  readonly path: string;
  readonly file: StoredFile;
  readonly files: readonly (readonly [name: BiosLoaderName, file: StoredFile])[];
}

/** Gets a package and takes its loaders into the store, while others are still on their way. */
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
