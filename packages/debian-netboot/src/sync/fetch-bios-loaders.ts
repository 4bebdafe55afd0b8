import { packageIndexPath } from '../archive/installer-layout.js';
import { findPackages, type PackageFile } from '../archive/package-index.js';
import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { readDebFiles } from '../formats/deb.js';
import {
  BIOS_LOADER_NAMES,
  type BiosLoaderName,
  type BiosLoaders,
  type GenerationManifest,
  type StoredFile,
} from '../store/manifest.js';
import { checked, indexChoices, indexText } from './fetch-index.js';
import { type FetchedRelease } from './fetch-releases.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/** PXELINUX's packages, both of one source, and where each keeps its files. */
const PACKAGE_FOLDERS: Readonly<Record<string, string>> = {
  pxelinux: 'usr/lib/PXELINUX',
  'syslinux-common': 'usr/lib/syslinux/modules/bios',
};

/** No loader is larger; the largest is about 170 kB. */
const MAX_LOADER_BYTES = 16 * 1024 * 1024;

/** PXELINUX and its modules from a suite's packages, verified and in the store. */
export async function fetchBiosLoaders(
  context: SyncContext,
  fetched: FetchedRelease,
  before: GenerationManifest | undefined,
): Promise<BiosLoaders> {
  const { suite } = fetched;
  const packages = await listPackages(context, fetched);
  const hashes = Object.fromEntries(packages.map(({ name, sha256 }) => [name, sha256]));
  const known = before?.biosLoaders;
  if (known !== undefined && samePackages(known.packages, hashes)) return { ...known, suite };

  const files = new Map<string, StoredFile>();
  for (const file of packages) {
    for (const [name, stored] of await unpack(context, suite, file)) files.set(name, stored);
  }
  return {
    suite,
    version: packages[0].version,
    packages: hashes,
    files: completeSet(files),
  };
}

async function listPackages(
  { session }: SyncContext,
  { suite, release }: FetchedRelease,
): Promise<[PackageFile, ...PackageFile[]]> {
  const choices = indexChoices(release, packageIndexPath('amd64'));
  const { file, content } = await session.index(suite, choices);
  const names = Object.keys(PACKAGE_FOLDERS);
  const text = indexText(file, checked(suite, file, content));
  const found = await findPackages(text, (name) => names.includes(name));
  const packages = names.map((name) => {
    const listed = found.filter((candidate) => candidate.name === name);
    const newest = listed.at(-1);
    if (newest !== undefined) return newest;
    throw new NetbootError('ERR_NETBOOT_PACKAGE_NOT_FOUND', `${suite} has no package ${name}`, {
      hint: 'use a complete mirror of Debian',
    });
  });
  const [first, ...rest] = packages;
  if (first === undefined) throw new RangeError('no packages are wanted');
  if (rest.some((other) => other.version !== first.version)) {
    throw new NetbootError(
      'ERR_NETBOOT_MALFORMED_INDEX',
      `${suite} has ${names.join(' and ')} of different builds`,
      { hint: 'try again when the archive has settled' },
    );
  }
  return [first, ...rest];
}

/** Fetches a package, checks it, and takes its loaders into the store, by name. */
async function unpack(
  context: SyncContext,
  suite: Suite,
  file: PackageFile,
): Promise<ReadonlyMap<string, StoredFile>> {
  const { update, session } = context;
  const archive =
    (await update.find(file.sha256)) ??
    (await receiveFile(context, await session.package(suite, file), {
      label: `${suite} ${file.filename}`,
      sha256: file.sha256,
      size: file.size,
      maxSize: file.size,
    }));
  const folder = PACKAGE_FOLDERS[file.name] ?? '';
  const wanted = new Map(BIOS_LOADER_NAMES.map((name) => [`${folder}/${name}`, name]));
  const loaders = new Map<string, StoredFile>();
  for await (const entry of readDebFiles(update.read(archive))) {
    const name = wanted.get(entry.path);
    if (name === undefined) continue;
    const expected = { label: `${file.name} ${name}`, maxSize: MAX_LOADER_BYTES };
    loaders.set(name, await update.add(entry.content, expected));
  }
  return loaders;
}

function completeSet(files: ReadonlyMap<string, StoredFile>): Record<BiosLoaderName, StoredFile> {
  const complete: Partial<Record<BiosLoaderName, StoredFile>> = {};
  for (const name of BIOS_LOADER_NAMES) {
    const file = files.get(name);
    if (file === undefined) {
      throw new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the syslinux packages have no ${name}`);
    }
    complete[name] = file;
  }
  return complete as Record<BiosLoaderName, StoredFile>;
}

function samePackages(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(right);
  return (
    names.length === Object.keys(left).length && names.every((name) => left[name] === right[name])
  );
}
