import { parseChecksumList } from '../archive/checksum-list.js';
import {
  checksumListPath,
  efiLoaderNames,
  imageFolder,
  resolveCurrentBuild,
  udebIndexPath,
  type ListedBuild,
} from '../archive/installer-layout.js';
import { findKernelVersions } from '../archive/package-index.js';
import { archFacts, type Arch } from '../catalog/arch.js';
import { type Suite } from '../catalog/suite.js';
import { type Variant } from '../catalog/variant.js';
import { expectValue, NetbootError } from '../errors.js';
import { judgeAbi } from '../image/abi.js';
import { hasGrubHttp } from '../image/grub-http.js';
import { readKernelVersion } from '../image/kernel-version.js';
import {
  type AbiState,
  type EfiLoaders,
  type GenerationManifest,
  type StoredFile,
  type StoredTarget,
} from '../store/manifest.js';
import { indexChoices, indexText, storeIndex } from './fetch-index.js';
import { type FetchedRelease } from './fetch-releases.js';
import { readText, receiveFile, type SyncContext } from './sync-context.js';

/** No file of an installer is larger; the largest is about 100 MB. */
const MAX_INSTALLER_FILE_BYTES = 512 * 1024 * 1024;

/** What a suite's installer for one architecture consists of. */
export interface FetchedInstaller {
  readonly targets: readonly StoredTarget[];
  readonly efiLoaders: EfiLoaders | undefined;
  /** What vouches for the files: the build's SHA256SUMS. */
  readonly checksumList: StoredFile;
  /** What the ABI state was judged by. */
  readonly udebIndex: StoredFile | undefined;
}

/** The images and UEFI loaders of a suite for one architecture, verified and in the store. */
export async function fetchInstaller(
  context: SyncContext,
  { suite, release, version }: FetchedRelease,
  arch: Arch,
  variants: readonly Variant[],
  before: GenerationManifest | undefined,
): Promise<FetchedInstaller> {
  const build = expectValue(resolveCurrentBuild(release, arch));
  const { stored: checksumList } = await storeIndex(context, suite, [
    { ...build.checksumList, path: checksumListPath(arch, 'current') },
    build.checksumList,
  ]);
  const hashes = expectValue(parseChecksumList(await readText(context, checksumList)));
  const listed = (path: string): string => {
    const sha256 = hashes.get(path);
    if (sha256 !== undefined) return sha256;
    throw new NetbootError(
      'ERR_NETBOOT_FILE_NOT_FOUND',
      `the installer ${build.build} of ${suite} ${arch} has no ${path}`,
    );
  };
  const images = variants.map((variant) => {
    const folder = imageFolder({ arch, variant });
    return { variant, linux: `${folder}/linux`, initrd: `${folder}/initrd.gz` };
  });
  const efiPaths = efiFilePaths(arch, variants, hashes);
  const wanted = [...images.flatMap(({ linux, initrd }) => [linux, initrd]), ...efiPaths.values()];
  const files = await fetchFiles(context, suite, arch, build, wanted, listed);
  const stored = (path: string): StoredFile => expectStored(files, listed(path), path);

  const versions = new Map<string, string>();
  for (const { linux } of images) {
    const file = stored(linux);
    if (!versions.has(file.sha256)) {
      versions.set(file.sha256, await kernelVersionOf(context, file, before));
    }
  }
  const { judge, udebIndex } = await abiJudge(context, suite, arch, release);
  const targets = images.map(({ variant, linux, initrd }): StoredTarget => {
    const kernelVersion = versions.get(stored(linux).sha256) ?? '';
    return {
      suite,
      arch,
      variant,
      build: build.build,
      version,
      kernelVersion,
      abi: judge(kernelVersion),
      carriedOver: false,
      releaseDate: release.date.toISOString(),
      files: { linux: stored(linux), 'initrd.gz': stored(initrd) },
    };
  });
  const efiFiles = Object.fromEntries([...efiPaths].map(([name, path]) => [name, stored(path)]));
  const efiLoaders = await assembleEfi(context, suite, arch, build.build, efiFiles, before);
  return { targets, efiLoaders, checksumList, udebIndex };
}

/** By name below `debian-installer/<arch>/`, the path of each UEFI file that the build lists. */
function efiFilePaths(
  arch: Arch,
  variants: readonly Variant[],
  hashes: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  // Both variants hold the same boot files.
  const folder = imageFolder({ arch, variant: variants[0] ?? 'text' });
  return new Map(
    efiLoaderNames(arch)
      .map((name): [string, string] => [name, `${folder}/${name}`])
      .filter(([, path]) => hashes.has(path)),
  );
}

/** Fetches the files that the store lacks, each content once; gives all of them by hash. */
async function fetchFiles(
  context: SyncContext,
  suite: Suite,
  arch: Arch,
  { build }: ListedBuild,
  paths: readonly string[],
  listed: (path: string) => string,
): Promise<ReadonlyMap<string, StoredFile>> {
  const { update, session, onEvent } = context;
  const stored = new Map<string, StoredFile>();
  const missing = new Map<string, string>();
  for (const path of paths) {
    const sha256 = listed(path);
    const found = await update.find(sha256);
    if (found !== undefined) stored.set(sha256, found);
    else if (!missing.has(sha256)) missing.set(sha256, path);
  }
  onEvent({ type: 'buildResolved', suite, arch, build, filesMissing: missing.size });
  if (missing.size === 0) return stored;
  const files = [...missing].map(([sha256, path]) => ({ path, sha256 }));
  await session.installerFiles({ suite, arch, build }, files, async ({ path, sha256 }, content) => {
    const file = await receiveFile(context, content, {
      label: `${suite} ${build} ${path}`,
      sha256,
      maxSize: MAX_INSTALLER_FILE_BYTES,
    });
    stored.set(sha256, file);
  });
  return stored;
}

function expectStored(
  files: ReadonlyMap<string, StoredFile>,
  sha256: string,
  path: string,
): StoredFile {
  const file = files.get(sha256);
  if (file !== undefined) return file;
  throw new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the source did not deliver ${path}`, {
    hint: 'try again, or use another source',
  });
}

/** The kernel's version; read from the image unless the generation before knows it. */
async function kernelVersionOf(
  { update }: SyncContext,
  linux: StoredFile,
  before: GenerationManifest | undefined,
): Promise<string> {
  const known = before?.targets.find((target) => target.files.linux.sha256 === linux.sha256);
  return known?.kernelVersion ?? readKernelVersion(update.read(linux));
}

/** Tells images' ABI states by the suite's index of installer modules. */
async function abiJudge(
  context: SyncContext,
  suite: Suite,
  arch: Arch,
  release: FetchedRelease['release'],
): Promise<{
  readonly judge: (kernelVersion: string) => AbiState;
  readonly udebIndex: StoredFile | undefined;
}> {
  const choices = indexChoices(release, udebIndexPath(arch));
  if (choices.length === 0) return { judge: () => 'unknown', udebIndex: undefined };
  const { file, stored } = await storeIndex(context, suite, choices);
  const versions = await findKernelVersions(indexText(file, context.update.read(stored)));
  return { judge: (kernelVersion) => judgeAbi(kernelVersion, versions), udebIndex: stored };
}

async function assembleEfi(
  { update }: SyncContext,
  suite: Suite,
  arch: Arch,
  build: string,
  files: Readonly<Record<string, StoredFile>>,
  before: GenerationManifest | undefined,
): Promise<EfiLoaders | undefined> {
  const { shim, grub } = archFacts(arch);
  const grubFile = files[grub];
  if (files[shim] === undefined || grubFile === undefined) return undefined;
  const known = before?.efiLoaders.find(
    (loaders) => loaders.files[grub]?.sha256 === grubFile.sha256,
  );
  const hasHttp = known?.hasHttp ?? (await hasGrubHttp(update.read(grubFile)));
  return { suite, arch, build, hasHttp, files };
}
