import { parseChecksumList } from '../archive/checksum-list.js';
import {
  checksumListPath,
  efiLoaderNames,
  imageFolder,
  resolveBuild,
  udebIndexPath,
} from '../archive/installer-layout.js';
import { findKernelVersions } from '../archive/package-index.js';
import { archFacts, type Arch } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { type Variant } from '../catalog/variant.js';
import { expectValue } from '../errors.js';
import { judgeAbi } from '../image/abi.js';
import { hasGrubHttp } from '../image/grub-http.js';
import { readKernelVersion } from '../image/kernel-version.js';
import { settle, settledValue } from '../settled.js';
import { type IndexEvidence, type InstallerEvidence } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import {
  type AbiState,
  type EfiLoaders,
  type StoredFile,
  type StoredTarget,
} from '../store/manifest.js';
import { fetchIndex } from './fetch-index.js';
import { type FetchedRelease } from './fetch-release.js';
import { fetchInstallerFiles, fetchUnsignedFiles, notDelivered } from './installer-files.js';
import { readText, type SyncContext } from './sync-context.js';

/** What a suite's installer for one architecture consists of. */
export interface FetchedInstaller {
  readonly targets: readonly StoredTarget[];
  readonly efiLoaders: EfiLoaders | undefined;
  /** Absent if nothing is signed. */
  readonly evidence: InstallerEvidence | undefined;
}

/**
 * The images and UEFI loaders of a suite for one architecture, verified and in the store.
 *
 * @param onListed is called when the list of the files is there, before they are asked for
 */
export async function fetchInstaller(
  context: SyncContext,
  fetched: FetchedRelease,
  selection: ImageSelection,
  onListed: () => void,
): Promise<FetchedInstaller> {
  const { suite, release, version, inRelease } = fetched;
  const { arch } = selection;
  const { build } = expectValue(resolveBuild(release, arch, selection));
  const sumsPath = checksumListPath(arch, build);
  const checksumList = await fetchIndex(context, fetched, [
    sumsPath,
    // For mirrors and caches that keep only this one; it counts if it is the same file.
    ...sameFilePaths(fetched, sumsPath, checksumListPath(arch, 'current')),
  ]);
  if (checksumList === undefined) throw notDelivered(sumsPath);
  onListed();
  const hashes = expectValue(parseChecksumList(await readText(context, checksumList.file)));
  const wanted = wantedFiles(hashes, selection);
  const fetchedModules = settle(fetchModules(context, fetched, arch));
  let files: ReadonlyMap<string, StoredFile>;
  try {
    files = await fetchInstallerFiles(context, { suite, arch, build }, wanted);
  } finally {
    // It works on the store: nothing of it may go on when the update has ended.
    await fetchedModules;
  }
  const { moduleIndex, judge } = settledValue(await fetchedModules);
  return {
    targets: await assembleTargets(context, selection, files, {
      build,
      version,
      judge,
      releaseDate: release.date.toISOString(),
    }),
    efiLoaders: await assembleEfi(context, selection, build, files),
    evidence: {
      suite,
      arch,
      build,
      inRelease,
      checksumList,
      ...(moduleIndex && { moduleIndex }),
    },
  };
}

/** The same out of a source without any signature, because someone has said that it will do. */
export async function fetchUnsignedInstaller(
  context: SyncContext,
  selection: ImageSelection,
): Promise<FetchedInstaller> {
  const { suite, arch, variants } = selection;
  const required = requiredPaths(arch, variants);
  const paths = [...required, ...efiPaths(arch, variants).values()];
  const files = await fetchUnsignedFiles(context, { suite, arch, build: 'unsigned' }, paths);
  const missing = required.find((path) => !files.has(path));
  if (missing !== undefined) throw notDelivered(missing);
  // The name of a build stands for its content, so this one has it in its name.
  const content = required.map((path) => files.get(path)?.sha256.slice(0, 8)).join('-');
  const build = `unsigned-${content}`.slice(0, 64);
  return {
    targets: await assembleTargets(context, selection, files, {
      build,
      version: 'unsigned',
      judge: () => 'unknown',
      unsigned: true,
    }),
    efiLoaders: await assembleEfi(context, selection, build, files),
    evidence: undefined,
  };
}

/**
 * The files to get with their hashes, in the order in which to ask for them: the line is full from the
 * first kernel on, small files take turns beside it, and the largest come last, when nothing waits for
 * its turn any more.
 */
function wantedFiles(
  hashes: ReadonlyMap<string, string>,
  { arch, variants }: ImageSelection,
): ReadonlyMap<string, string> {
  const required = requiredPaths(arch, variants);
  const missing = required.find((path) => !hashes.has(path));
  if (missing !== undefined) throw notDelivered(missing);
  const initrds = required.filter((path) => path.endsWith('/initrd.gz'));
  const kernels = required.filter((path) => !initrds.includes(path));
  const paths = [...kernels, ...efiPaths(arch, variants).values(), ...initrds];
  return new Map(paths.flatMap((path) => hashOf(path, hashes)));
}

function hashOf(
  path: string,
  hashes: ReadonlyMap<string, string>,
): (readonly [path: string, sha256: string])[] {
  const sha256 = hashes.get(path);
  return sha256 === undefined ? [] : [[path, sha256]];
}

/** Below `images/`, the files that every image has to have. */
function requiredPaths(arch: Arch, variants: readonly Variant[]): string[] {
  return variants.flatMap((variant) => {
    const folder = imageFolder({ arch, variant });
    return [`${folder}/linux`, `${folder}/initrd.gz`];
  });
}

/** By name below `debian-installer/<arch>/`, the path of each UEFI file below `images/`. */
function efiPaths(arch: Arch, variants: readonly Variant[]): ReadonlyMap<string, string> {
  // Both variants hold the same boot files.
  const folder = imageFolder({ arch, variant: variants[0] ?? 'text' });
  return new Map(efiLoaderNames(arch).map((name) => [name, `${folder}/${name}`]));
}

/** The path, if the Release lists the same file under it. */
function sameFilePaths({ release }: FetchedRelease, path: string, other: string): string[] {
  const sha256 = release.files.get(path)?.sha256;
  return sha256 !== undefined && release.files.get(other)?.sha256 === sha256 ? [other] : [];
}

/** A suite's index of installer modules, and what it says about images. */
interface FetchedModules {
  readonly moduleIndex: IndexEvidence | undefined;
  readonly judge: AbiJudge;
}

/** Tells the ABI state of images with a kernel. */
type AbiJudge = (kernelVersion: string) => AbiState;

async function fetchModules(
  context: SyncContext,
  release: FetchedRelease,
  arch: Arch,
): Promise<FetchedModules> {
  const moduleIndex = await fetchIndex(context, release, [udebIndexPath(arch)]);
  if (moduleIndex === undefined) return { moduleIndex, judge: () => 'unknown' };
  const text = indexText(context.update.read(moduleIndex.file), moduleIndex);
  const versions = await findKernelVersions(text);
  return { moduleIndex, judge: (kernelVersion) => judgeAbi(kernelVersion, versions) };
}

async function assembleTargets(
  context: SyncContext,
  { suite, arch, variants }: ImageSelection,
  files: ReadonlyMap<string, StoredFile>,
  facts: Pick<StoredTarget, 'build' | 'version' | 'unsigned' | 'releaseDate'> & {
    readonly judge: AbiJudge;
  },
): Promise<StoredTarget[]> {
  const { judge, ...shared } = facts;
  const targets: StoredTarget[] = [];
  for (const variant of variants) {
    const folder = imageFolder({ arch, variant });
    const linux = files.get(`${folder}/linux`);
    const initrd = files.get(`${folder}/initrd.gz`);
    if (linux === undefined || initrd === undefined) throw notDelivered(folder);
    const kernelVersion = await kernelVersionOf(context, linux, targets);
    targets.push({
      suite,
      arch,
      variant,
      ...shared,
      kernelVersion,
      abi: judge(kernelVersion),
      carriedOver: false,
      files: { linux, 'initrd.gz': initrd },
    });
  }
  return targets;
}

/** The kernel's version: from the image, unless it is one that was read before. */
async function kernelVersionOf(
  { update, before }: SyncContext,
  linux: StoredFile,
  targets: readonly StoredTarget[],
): Promise<string> {
  const known = [...targets, ...(before?.manifest.targets ?? [])].find(
    (target) => target.files.linux.sha256 === linux.sha256,
  );
  return known?.kernelVersion ?? readKernelVersion(update.read(linux));
}

async function assembleEfi(
  { update, before }: SyncContext,
  { suite, arch, variants }: { suite: Suite; arch: Arch; variants: readonly Variant[] },
  build: string,
  fetched: ReadonlyMap<string, StoredFile>,
): Promise<EfiLoaders | undefined> {
  const files: Record<string, StoredFile> = {};
  for (const [name, path] of efiPaths(arch, variants)) {
    const file = fetched.get(path);
    if (file !== undefined) files[name] = file;
  }
  const { shim, grub } = archFacts(arch);
  const grubFile = files[grub];
  if (files[shim] === undefined || grubFile === undefined) return undefined;
  const known = before?.manifest.efiLoaders.find(
    (loaders) => loaders.files[grub]?.sha256 === grubFile.sha256,
  );
  const hasHttp = known?.hasHttp ?? (await hasGrubHttp(update.read(grubFile)));
  return { suite, arch, build, hasHttp, files };
}
