import { BIOS_LOADER_PACKAGES, readBiosLoaders } from '../archive/bios-loader-packages.js';
import { packageIndexPath } from '../archive/installer-layout.js';
import { findPackages, type PackageFile } from '../archive/package-index.js';
import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { settle, type Settled, settledValue } from '../settled.js';
import { type IndexEvidence, type LoaderEvidence } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import {
  BIOS_LOADER_NAMES,
  type BiosLoaderName,
  type BiosLoaders,
  type StoredFile,
} from '../store/manifest.js';
import { carryOverBiosLoaders } from './carry-over.js';
import { fetchIndex } from './fetch-index.js';
import { type FetchedRelease } from './fetch-release.js';
import { notDelivered } from './installer-files.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/** PXELINUX with what vouches for it. */
export interface FetchedBiosLoaders {
  readonly loaders: BiosLoaders;
  readonly evidence: LoaderEvidence;
}

/** No loader is larger; the largest is about 170 kB. */
const MAX_LOADER_BYTES = 16 * 1024 * 1024;

/** Either index will do: the packages are for all architectures. */
const PACKAGE_INDEXES = [packageIndexPath('all'), packageIndexPath('amd64')] as const;

/** The file with the one of them that is asked for first. */
export function firstPackageIndex(): string {
  return `${PACKAGE_INDEXES[0]}.gz`;
}

/**
 * PXELINUX and its modules, verified and in the store. They are looked for in the suite's list of
 * packages while it arrives: it is 24 MB long, and the search takes its time.
 *
 * @returns `undefined` if the source has no packages at all
 */
export async function fetchBiosLoaders(
  context: SyncContext,
  release: FetchedRelease,
): Promise<FetchedBiosLoaders | undefined> {
  const { suite, inRelease } = release;
  const searches: Promise<Settled<PackageFile[]>>[] = [];
  const packageIndex = await fetchIndex(context, release, PACKAGE_INDEXES, {
    onArriving(text) {
      searches.push(settle(listPackages(suite, text)));
    },
  });
  if (packageIndex === undefined) return undefined;
  const known = await knownLoaders(context, suite, packageIndex);
  if (known !== undefined) return { ...known, evidence: { ...known.evidence, inRelease } };
  // The last one is about the copy that was taken; there is none if the store had it before.
  const search = searches.at(-1);
  const packages =
    search === undefined
      ? await listPackages(suite, indexText(context.update.read(packageIndex.file), packageIndex))
      : settledValue(await search);
  const results = await Promise.all(
    packages.map((listed) => settle(fetchLoaders(context, suite, listed))),
  );
  const unpacked = results.map(settledValue);
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

/** The loaders of the generation before, if they come from the very same index. */
async function knownLoaders(
  context: SyncContext,
  suite: Suite,
  index: IndexEvidence,
): Promise<FetchedBiosLoaders | undefined> {
  const known = await carryOverBiosLoaders(context);
  const isSame =
    known?.loaders.suite === suite &&
    known.evidence.packageIndex.listed.sha256 === index.listed.sha256;
  return isSame ? known : undefined;
}

async function listPackages(suite: Suite, text: AsyncIterable<Uint8Array>): Promise<PackageFile[]> {
  const found = await findPackages(text, BIOS_LOADER_PACKAGES, (name) =>
    BIOS_LOADER_PACKAGES.includes(name),
  );
  const packages = BIOS_LOADER_PACKAGES.map((name) => {
    const listed = found.findLast((candidate) => candidate.name === name);
    if (listed !== undefined) return listed;
    throw new NetbootError('ERR_NETBOOT_PACKAGE_NOT_FOUND', `${suite} has no package ${name}`, {
      hint: 'use a complete mirror of Debian',
    });
  });
  if (new Set(packages.map(({ version }) => version)).size === 1) return packages;
  throw new NetbootError(
    'ERR_NETBOOT_MALFORMED_INDEX',
    `${suite} has ${BIOS_LOADER_PACKAGES.join(' and ')} of different builds`,
    { hint: 'try again when the archive has settled' },
  );
}

async function fetchPackage(
  context: SyncContext,
  suite: Suite,
  listed: PackageFile,
): Promise<StoredFile> {
  const { sha256, size } = listed;
  const stored = await context.update.find(sha256);
  if (stored !== undefined) return stored;
  const label = `${suite} ${listed.filename}`;
  return context.session.package(suite, listed, (content) =>
    receiveFile(context, content, { label, sha256, size, maxSize: size }),
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
async function fetchLoaders(
  context: SyncContext,
  suite: Suite,
  listed: PackageFile,
): Promise<UnpackedLoaders> {
  const file = await fetchPackage(context, suite, listed);
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
    if (file === undefined) throw notDelivered(name);
    complete[name] = file;
  }
  return complete as Record<BiosLoaderName, StoredFile>;
}
