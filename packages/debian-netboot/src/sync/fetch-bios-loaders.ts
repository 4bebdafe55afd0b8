import { BIOS_LOADER_PACKAGES, biosLoaderName } from '../archive/bios-loader-layout.js';
import { packageIndexPath } from '../archive/installer-layout.js';
import { findPackages, type PackageFile } from '../archive/package-index.js';
import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { readDebFiles } from '../formats/deb.js';
import { type IndexEvidence, type LoaderEvidence } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import {
  BIOS_LOADER_NAMES,
  type BiosLoaderName,
  type BiosLoaders,
  type StoredFile,
} from '../store/manifest.js';
import { fetchIndex } from './fetch-index.js';
import { type FetchedRelease } from './fetch-release.js';
import { notDelivered } from './installer-files.js';
import { settle, type Settled, settledValue } from './settled.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/** PXELINUX with what vouches for it. */
export interface FetchedBiosLoaders {
  readonly loaders: BiosLoaders;
  readonly evidence: LoaderEvidence;
}

/** No loader is larger; the largest is about 170 kB. */
const MAX_LOADER_BYTES = 16 * 1024 * 1024;

/** Any index will do: the packages are the same for all architectures. */
const INDEX_ARCH = 'amd64';

const NO_PACKAGES: Promise<Settled<never[]>> = Promise.resolve({ value: [] });

/** A suite's list of packages, while PXELINUX is looked for in it. */
export interface BiosLoaderSearch {
  readonly release: FetchedRelease;
  readonly packageIndex: IndexEvidence;
  /** The loaders of the generation before, if the list is the same. */
  readonly known: FetchedBiosLoaders | undefined;
  /** What is found; never rejects, so that it may be waited for later. */
  readonly packages: Promise<Settled<readonly PackageFile[]>>;
}

/**
 * Gets a suite's list of packages, and begins to look for PXELINUX in it. The list is 50 MB long:
 * the search takes its time while the installer is being fetched.
 *
 * @returns `undefined` if the source has no packages at all
 */
export async function searchBiosLoaders(
  context: SyncContext,
  release: FetchedRelease,
): Promise<BiosLoaderSearch | undefined> {
  const { suite, inRelease } = release;
  const packageIndex = await fetchIndex(context, release, packageIndexPath(INDEX_ARCH));
  if (packageIndex === undefined) return undefined;
  const found = knownLoaders(context, suite, packageIndex);
  const known = found && { ...found, evidence: { ...found.evidence, inRelease } };
  const packages =
    known === undefined ? settle(listPackages(context, suite, packageIndex)) : NO_PACKAGES;
  return { release, packageIndex, known, packages };
}

/** PXELINUX and its modules from the packages that a search has found, verified and in the store. */
export async function fetchBiosLoaders(
  context: SyncContext,
  search: BiosLoaderSearch,
): Promise<FetchedBiosLoaders> {
  if (search.known !== undefined) return search.known;
  const { packageIndex } = search;
  const { suite, inRelease } = search.release;
  const packages = settledValue(await search.packages);
  const files = new Map<BiosLoaderName, StoredFile>();
  const kept: { path: string; file: StoredFile }[] = [];
  for (const listed of packages) {
    const file = await fetchPackage(context, suite, listed);
    await unpack(context, listed.name, file, files);
    kept.push({ path: listed.filename, file });
  }
  return {
    loaders: {
      suite,
      version: packages[0]?.version ?? '',
      packages: Object.fromEntries(packages.map(({ name, sha256 }) => [name, sha256])),
      files: completeSet(files),
    },
    evidence: { suite, inRelease, packageIndex, packages: kept },
  };
}

/** The loaders of the generation before, if they come from the very same index. */
function knownLoaders(
  { before }: SyncContext,
  suite: Suite,
  index: IndexEvidence,
): FetchedBiosLoaders | undefined {
  const loaders = before?.manifest.biosLoaders;
  const evidence = before?.evidence.biosLoaders;
  if (loaders?.suite !== suite || evidence?.suite !== suite) return undefined;
  return evidence.packageIndex.listed.sha256 === index.listed.sha256
    ? { loaders, evidence }
    : undefined;
}

async function listPackages(
  { update }: SyncContext,
  suite: Suite,
  index: IndexEvidence,
): Promise<PackageFile[]> {
  const text = indexText(update.read(index.file), index);
  const found = await findPackages(text, (name) => BIOS_LOADER_PACKAGES.includes(name));
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

/** Takes a package's loaders into the store. */
async function unpack(
  { update }: SyncContext,
  packageName: string,
  file: StoredFile,
  into: Map<BiosLoaderName, StoredFile>,
): Promise<void> {
  for await (const entry of readDebFiles(update.read(file))) {
    const name = biosLoaderName(packageName, entry.path);
    if (name === undefined) continue;
    const expected = { label: `${packageName} ${name}`, maxSize: MAX_LOADER_BYTES };
    into.set(name, await update.add(entry.content, expected));
  }
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
