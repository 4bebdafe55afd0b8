import { parseChecksumList } from '../archive/checksum-list.js';
import { compareVersions } from '../archive/debian-version.js';
import { imageFolder } from '../archive/installer-layout.js';
import { findNetbootPackages, netbootPackageFile } from '../archive/netboot-package.js';
import { type PackageFile } from '../archive/package-index.js';
import {
  expectValue,
  isMismatch,
  isOwnFailure,
  NetbootError,
  type NetbootErrorCode,
} from '../errors.js';
import { readDebFiles } from '../formats/deb.js';
import { checksumListKind, type InstallerProof } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import { type StoredFile } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { fetchIndex } from './fetch-index.js';
import { fetchPackage } from './fetch-package.js';
import {
  fetchInstallerFiles,
  fetchUnsignedFiles,
  maxInstallerFileBytes,
  notDelivered,
} from './installer-files.js';
import {
  downloadOrder,
  type PlannedProof,
  type SignedInstaller,
  type UnsignedInstaller,
  wantedFiles,
} from './plan-downloads.js';
import { readText, receiveFile, type SyncContext } from './sync-context.js';

/** Installer in the store. */
export interface DownloadedInstaller {
  readonly build: string;
  /** Files by path below `images/`. */
  readonly files: ReadonlyMap<string, StoredFile>;
  /** Absent if nothing vouches for the files. */
  readonly proof: InstallerProof | undefined;
}

/**
 * Downloads an installer, using the first of its proofs that works.
 *
 * @param onListed - called when a list of the files has arrived, before the files are requested; not called
 *   for an unsigned installer
 * @throws {@link NetbootError} if no proof works; failures of this host take precedence, then content mismatches
 */
export function downloadInstaller(
  context: SyncContext,
  planned: SignedInstaller | UnsignedInstaller,
  onListed: () => void,
): Promise<DownloadedInstaller> {
  return planned.kind === 'unsigned'
    ? downloadUnsigned(context, planned)
    : downloadSigned(context, planned, onListed);
}

async function downloadSigned(
  context: SyncContext,
  planned: SignedInstaller,
  onListed: () => void,
): Promise<DownloadedInstaller> {
  const failures: { readonly kind: PlannedProof['kind']; readonly error: unknown }[] = [];
  for (const proof of planned.proofs) {
    try {
      return proof.kind === 'list'
        ? await downloadByList(context, planned, proof, onListed)
        : await downloadByPackage(context, planned, proof, onListed);
    } catch (error) {
      context.update.signal.throwIfAborted();
      failures.push({ kind: proof.kind, error });
      if (!canAnotherProofHelp(error)) {
        break;
      }
      const { suite, arch } = planned.selection;
      context.onEvent({ type: 'proofFailed', suite, arch, proof: proof.kind, error });
    }
  }
  const told =
    failures.find(({ error }) => isOwnFailure(error)) ??
    failures.find(({ error }) => isMismatch(error)) ??
    failures.find(({ kind }) => kind === 'list') ??
    failures[0];
  throw told?.error;
}

/**
 * Returns true if another proof may work. Content that differs from what was signed must be refused rather
 * than replaced, and a network failure would affect the other proof as well.
 */
function canAnotherProofHelp(error: unknown): error is NetbootError {
  if (isOwnFailure(error) || isMismatch(error)) {
    return false;
  }
  return error instanceof NetbootError && !NETWORK_FAILURES.includes(error.code);
}

const NETWORK_FAILURES: readonly NetbootErrorCode[] = [
  'ERR_NETBOOT_UNREACHABLE',
  'ERR_NETBOOT_NETWORK',
];

async function downloadByList(
  context: SyncContext,
  { selection, release }: SignedInstaller,
  { build, lists, directories }: Extract<PlannedProof, { kind: 'list' }>,
  onListed: () => void,
): Promise<DownloadedInstaller> {
  const { suite, arch, variants } = selection;
  const checksumList = await fetchIndex(context, release, lists).catch(noneWhileUpdating);
  if (checksumList === undefined) {
    throw listMissing(release, arch, build);
  }
  onListed();
  const kind = checksumListKind(checksumList.path);
  const hashes = expectValue(parseChecksumList(await readText(context, checksumList.file)));
  const wanted = wantedFiles(arch, variants);
  const missing = wanted.required.find((path) => !hashes.has(path));
  if (missing !== undefined) {
    throw notDelivered(missing);
  }
  const listed = downloadOrder(wanted).flatMap((path): [string, string][] => {
    const sha256 = hashes.get(path);
    return sha256 === undefined ? [] : [[path, sha256]];
  });
  const files = await fetchInstallerFiles(
    context,
    release.view,
    { suite, arch, build, directories },
    new Map(listed),
    kind,
  );
  return { build, files, proof: { kind, checksumList } };
}

async function downloadByPackage(
  context: SyncContext,
  { selection, release }: SignedInstaller,
  { build, indexes }: Extract<PlannedProof, { kind: 'package' }>,
  onListed: () => void,
): Promise<DownloadedInstaller> {
  const { suite, arch, variants } = selection;
  const packageIndex = await fetchIndex(context, release, indexes);
  if (packageIndex === undefined) {
    throw packageMissing(release, arch);
  }
  onListed();
  const text = indexText(context.update.read(packageIndex.file), packageIndex);
  const listed = choosePackage(await findNetbootPackages(text, arch), build, release, arch);
  const wanted = wantedFiles(arch, variants);
  const isThere = (await context.update.find(listed.sha256)) !== undefined;
  context.onEvent({
    type: 'buildResolved',
    suite,
    arch,
    build: listed.version,
    proof: 'package',
    filesMissing: isThere ? 0 : 1,
  });
  const file = await fetchPackage(context, release, listed);
  const files =
    (await knownFiles(context, selection, file, wanted.required)) ??
    (await unpack(context, listed, file, arch, downloadOrder(wanted)));
  const missing = wanted.required.find((path) => !files.has(path));
  if (missing !== undefined) {
    throw notDelivered(missing);
  }
  return {
    build: listed.version,
    files,
    proof: { kind: 'package', packageIndex, package: { path: listed.filename, file } },
  };
}

/**
 * Returns the package of a build, or the newest one if no build is given.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_PACKAGE_NOT_FOUND` or `ERR_NETBOOT_BUILD_NOT_FOUND`
 */
function choosePackage(
  packages: readonly PackageFile[],
  build: string | undefined,
  release: AcceptedRelease,
  arch: string,
): PackageFile {
  const newest = [...packages]
    .sort((left, right) => compareVersions(left.version, right.version))
    .at(-1);
  if (newest === undefined) {
    throw packageMissing(release, arch);
  }
  const found = build === undefined ? newest : packages.find(({ version }) => version === build);
  if (found !== undefined) {
    return found;
  }
  throw new NetbootError(
    'ERR_NETBOOT_BUILD_NOT_FOUND',
    `the installer of ${release.suite} ${arch} is build ${String(build)}, but the package ${newest.name} has version ${newest.version}`,
    { hint: 'try again once the package is up to date, or use another mirror' },
  );
}

/**
 * Returns the files of the previous generation, by path below `images/`, if they came from the same package
 * and are all still in the store.
 */
async function knownFiles(
  { before, update }: SyncContext,
  { suite, arch }: SignedInstaller['selection'],
  { sha256 }: StoredFile,
  required: readonly string[],
): Promise<ReadonlyMap<string, StoredFile> | undefined> {
  const isSame = (other: { readonly suite: string; readonly arch: string }): boolean =>
    other.suite === suite && other.arch === arch;
  const proof = before?.evidence.installers.find(isSame)?.proof;
  if (proof?.kind !== 'package' || proof.package.file.sha256 !== sha256) {
    return undefined;
  }
  const loaders = Object.entries(before?.manifest.efiLoaders.find(isSame)?.files ?? {});
  const known = new Map<string, StoredFile>();
  for (const { variant, files } of before?.manifest.targets.filter(isSame) ?? []) {
    for (const [name, file] of [...Object.entries(files), ...loaders]) {
      known.set(`${imageFolder({ arch, variant })}/${name}`, file);
    }
  }
  if (!required.every((path) => known.has(path))) {
    return undefined;
  }
  for (const file of known.values()) {
    if ((await update.find(file.sha256)) === undefined) {
      return undefined;
    }
  }
  return known;
}

/** Extracts files from a verified package into the store; `paths` are below `images/`. */
async function unpack(
  context: SyncContext,
  { name, version }: PackageFile,
  file: StoredFile,
  arch: SignedInstaller['selection']['arch'],
  paths: readonly string[],
): Promise<ReadonlyMap<string, StoredFile>> {
  const wanted = new Set(paths);
  const files = new Map<string, StoredFile>();
  for await (const { path: packed, content, size } of readDebFiles(context.update.read(file))) {
    const path = netbootPackageFile(packed, arch);
    if (path === undefined || !wanted.delete(path)) {
      continue;
    }
    const expected = { label: `${name} ${version} ${path}`, maxSize: maxInstallerFileBytes(path) };
    files.set(path, await receiveFile(context, { content, size }, expected));
    if (wanted.size === 0) {
      break;
    }
  }
  return files;
}

/** Downloads an installer from an unsigned source, which the user accepted. */
async function downloadUnsigned(
  context: SyncContext,
  { selection: { suite, arch, variants }, view }: UnsignedInstaller,
): Promise<DownloadedInstaller> {
  const { required, efi } = wantedFiles(arch, variants);
  const paths = [...required, ...efi.values()];
  const unsigned = { suite, arch, build: 'unsigned', directories: [] };
  const files = await fetchUnsignedFiles(context, view, unsigned, paths);
  const missing = required.find((path) => !files.has(path));
  if (missing !== undefined) {
    throw notDelivered(missing);
  }
  // The name of a build must depend on its content, so this one includes a hash.
  const content = required.map((path) => files.get(path)?.sha256.slice(0, 8)).join('-');
  return { build: `unsigned-${content}`.slice(0, 64), files, proof: undefined };
}

/**
 * Returns `undefined` for the error of a mirror that is being updated, since a list from another state of the
 * archive counts as missing.
 */
function noneWhileUpdating(error: unknown): undefined {
  if (!(error instanceof NetbootError && error.code === 'ERR_NETBOOT_MIRROR_UPDATING')) {
    throw error;
  }
}

/** Returns the error for a build whose list is missing although the Release names it. */
function listMissing(release: AcceptedRelease, arch: string, build: string): NetbootError {
  const { view, suite } = release;
  const date = release.release.date.toISOString();
  return view.isLive
    ? new NetbootError(
        'ERR_NETBOOT_MIRROR_UPDATING',
        `the mirror is being updated: the InRelease of ${date} names ${suite} ${arch} ${build}, whose SHA256SUMS is missing`,
        { hint: 'try again in a minute; if that does not help, use another mirror' },
      )
    : new NetbootError(
        'ERR_NETBOOT_FILE_NOT_FOUND',
        `${view.name} does not have the SHA256SUMS of ${arch} ${build}`,
        { hint: 'copy the installer of the build or its netboot package' },
      );
}

function packageMissing({ suite }: AcceptedRelease, arch: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_PACKAGE_NOT_FOUND',
    `${suite} has no package debian-installer-*-netboot-${arch}`,
    { hint: 'use another mirror, suite or architecture' },
  );
}
