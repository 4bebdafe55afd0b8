import * as v from 'valibot';

import { type Arch, ARCHES } from '../catalog/arch.js';
import {
  ENTRY_PACKAGES,
  type EntryPackage,
  type EntryRole,
  isEntryId,
} from '../catalog/own-entries.js';
import { type Suite, SUITES } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { type StoredFile } from './manifest.js';

/** Index file of the archive, kept as evidence. */
export interface IndexEvidence {
  /** Path below `dists/<suite>/`, as in the Release. */
  readonly path: string;
  /** Hash and size, as in the Release. */
  readonly listed: StoredFile;
  /** Stored bytes: the listed ones, or their gzip form if they are large and uncompressed. */
  readonly file: StoredFile;
}

/** Package of the archive, kept as evidence. */
export interface PackageEvidence {
  /** Path below the archive's root, as in the Packages index. */
  readonly path: string;
  readonly file: StoredFile;
}

/**
 * Proof that the archive's signature vouches for the files of an installer build. Each starts with
 * the signed InRelease:
 *
 * - `dated`: it lists the SHA256SUMS in the build's own directory, which lists the files
 * - `current`: it lists the identical SHA256SUMS in `current`, which lists the files
 * - `package`: it lists a Packages index, which lists the package with the build's files
 */
export type InstallerProof =
  | { readonly kind: 'dated' | 'current'; readonly checksumList: IndexEvidence }
  | {
      readonly kind: 'package';
      readonly packageIndex: IndexEvidence;
      readonly package: PackageEvidence;
    };

/** Kind of an {@link InstallerProof}. */
export type ProofKind = InstallerProof['kind'];

/** Index of installer modules from which the ABI state was derived. */
export interface ModuleEvidence {
  /** InRelease that lists the index; may be newer than the image's own if the image was carried over. */
  readonly inRelease: StoredFile;
  readonly index: IndexEvidence;
}

/** Proof for the firmware that the images of a suite and architecture are started with. */
export interface FirmwareEvidence {
  /** InRelease that lists the index; may be newer than the image's own if the image was carried over. */
  readonly inRelease: StoredFile;
  readonly packageIndex: IndexEvidence;
  /** Packages in the initrd, which consists only of these and an index of their files. */
  readonly packages: readonly PackageEvidence[];
}

/** Proof for the images of one suite and architecture. */
export interface InstallerEvidence {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly build: string;
  readonly inRelease: StoredFile;
  readonly proof: InstallerProof;
  readonly modules?: ModuleEvidence;
  readonly firmware?: FirmwareEvidence;
}

/**
 * Origin of a daily build's images, weaker than a signature: its SHA256SUMS came over HTTPS from a
 * server with a valid certificate. That cannot be verified again later.
 */
export interface TlsEvidence {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly build: string;
  /** URL of the SHA256SUMS. */
  readonly url: string;
  readonly checksumList: StoredFile;
  /** Signed module index of unstable, where daily builds get their modules. */
  readonly modules?: ModuleEvidence;
  /** Signed firmware packages of unstable. */
  readonly firmware?: FirmwareEvidence;
}

/** Proof for the BIOS loaders. */
export interface LoaderEvidence {
  readonly suite: Suite;
  readonly inRelease: StoredFile;
  readonly packageIndex: IndexEvidence;
  /** Packages that contain the loaders. */
  readonly packages: readonly PackageEvidence[];
}

/** File of an extra entry, and where it came from. */
export interface EntryFileEvidence {
  readonly role: EntryRole;
  /** URL or path that the file came from. */
  readonly origin: string;
  readonly file: StoredFile;
}

/**
 * Proof for an extra entry. A package is proven by the archive's signature. For files, this only records what
 * was selected; nothing in the store proves it.
 */
export type EntryEvidence =
  | {
      readonly id: string;
      readonly kind: 'files';
      /** Files in the order of the entry. */
      readonly files: readonly EntryFileEvidence[];
    }
  | {
      readonly id: string;
      readonly kind: 'package';
      readonly name: EntryPackage;
      readonly suite: Suite;
      readonly inRelease: StoredFile;
      readonly packageIndex: IndexEvidence;
      readonly package: PackageEvidence;
    };

/**
 * Everything needed to verify a generation offline: the signed files, and the path from them to
 * each file that is served.
 */
export interface Evidence {
  readonly installers: readonly InstallerEvidence[];
  /** Daily builds, which are trusted less; absent if there are none. */
  readonly daily?: readonly TlsEvidence[];
  readonly biosLoaders?: LoaderEvidence;
  /** Extra entries; absent if there are none. */
  readonly entries?: readonly EntryEvidence[];
}

const suite = v.picklist(SUITES);
const path = v.pipe(v.string(), v.check(isPlainPath));
const storedFile = v.strictObject({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
const index = v.strictObject({ path, listed: storedFile, file: storedFile });
const packageFile = v.strictObject({ path, file: storedFile });
const proof = v.variant('kind', [
  v.strictObject({ kind: v.picklist(['dated', 'current']), checksumList: index }),
  v.strictObject({ kind: v.literal('package'), packageIndex: index, package: packageFile }),
]);
const firmware = v.strictObject({
  inRelease: storedFile,
  packageIndex: index,
  packages: v.array(packageFile),
});
const subject = { suite, arch: v.picklist(ARCHES), build: v.string(), inRelease: storedFile };

const installer = v.strictObject({
  ...subject,
  proof,
  modules: v.exactOptional(v.strictObject({ inRelease: storedFile, index })),
  firmware: v.exactOptional(firmware),
});

/** Old format, in which SHA256SUMS was the only kind of proof. */
const listedInstaller = v.pipe(
  v.strictObject({ ...subject, checksumList: index, moduleIndex: v.exactOptional(index) }),
  v.transform(({ checksumList, moduleIndex, ...rest }): InstallerEvidence => ({
    ...rest,
    proof: { kind: checksumListKind(checksumList.path), checksumList },
    ...(moduleIndex && { modules: { inRelease: rest.inRelease, index: moduleIndex } }),
  })),
);

const daily = v.strictObject({
  suite,
  arch: v.picklist(ARCHES),
  build: v.string(),
  url: v.pipe(v.string(), v.url(), v.startsWith('https:')),
  checksumList: storedFile,
  modules: v.exactOptional(v.strictObject({ inRelease: storedFile, index })),
  firmware: v.exactOptional(firmware),
});

const entryId = v.pipe(v.string(), v.check(isEntryId));

const entry = v.variant('kind', [
  v.strictObject({
    id: entryId,
    kind: v.literal('files'),
    files: v.array(
      v.strictObject({
        role: v.picklist(['kernel', 'initrd', 'loader']),
        origin: v.pipe(v.string(), v.maxLength(4096)),
        file: storedFile,
      }),
    ),
  }),
  v.strictObject({
    id: entryId,
    kind: v.literal('package'),
    name: v.picklist(ENTRY_PACKAGES),
    suite,
    inRelease: storedFile,
    packageIndex: index,
    package: packageFile,
  }),
]);

const schema = v.strictObject({
  installers: v.array(v.union([installer, listedInstaller])),
  daily: v.exactOptional(v.array(daily)),
  biosLoaders: v.exactOptional(
    v.strictObject({
      suite,
      inRelease: storedFile,
      packageIndex: index,
      packages: v.array(packageFile),
    }),
  ),
  entries: v.exactOptional(v.array(entry)),
});

/** Returns the kind of proof that a SHA256SUMS with this path gives. */
export function checksumListKind(listPath: string): 'dated' | 'current' {
  return listPath.includes('/current/') ? 'current' : 'dated';
}

/**
 * Parses an evidence file.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if it is invalid
 */
export function parseEvidence(text: string): Evidence {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', 'the evidence file is damaged', {
      hint: 'sync again',
      cause,
    });
  }
}

/** Formats evidence as text. */
export function formatEvidence(evidence: Evidence): string {
  return `${JSON.stringify(evidence, undefined, 2)}\n`;
}

/** Returns every index in the evidence: SHA256SUMS, Packages and module indexes. */
export function evidenceIndexes(evidence: Evidence): readonly IndexEvidence[] {
  const { installers, daily: dailies = [], biosLoaders } = evidence;
  return [
    ...installers.map(({ proof: by }) =>
      by.kind === 'package' ? by.packageIndex : by.checksumList,
    ),
    ...[...installers, ...dailies].flatMap(({ modules, firmware: fw }) => [
      ...(modules === undefined ? [] : [modules.index]),
      ...(fw === undefined ? [] : [fw.packageIndex]),
    ]),
    ...(biosLoaders === undefined ? [] : [biosLoaders.packageIndex]),
    ...packagedEntries(evidence).map(({ packageIndex }) => packageIndex),
  ];
}

/** Returns every stored file in the evidence of firmware. */
export function firmwareFiles({
  inRelease,
  packageIndex,
  packages,
}: FirmwareEvidence): readonly StoredFile[] {
  return [inRelease, packageIndex.file, ...packages.map(({ file }) => file)];
}

/** Returns the evidence of the extra entries that come from packages. */
export function packagedEntries({
  entries = [],
}: Pick<Evidence, 'entries'>): readonly Extract<EntryEvidence, { kind: 'package' }>[] {
  return entries.filter((one) => one.kind === 'package');
}

/** Returns every stored file in the evidence of an extra entry. */
export function entryEvidenceFiles(evidence: EntryEvidence): readonly StoredFile[] {
  return evidence.kind === 'files'
    ? evidence.files.map(({ file }) => file)
    : [evidence.inRelease, evidence.packageIndex.file, evidence.package.file];
}

/** Returns every stored file in the evidence. */
export function evidenceFiles(evidence: Evidence): readonly StoredFile[] {
  const { installers, daily: dailies = [], biosLoaders, entries = [] } = evidence;
  return [
    ...installers.flatMap(({ inRelease, proof: by }) => [
      inRelease,
      ...(by.kind === 'package' ? [by.package.file] : []),
    ]),
    ...[...installers, ...dailies].flatMap(({ modules, firmware: fw }) => [
      ...(modules === undefined ? [] : [modules.inRelease]),
      ...(fw === undefined ? [] : firmwareFiles(fw)),
    ]),
    ...dailies.map(({ checksumList }) => checksumList),
    ...evidenceIndexes(evidence).map(({ file }) => file),
    ...(biosLoaders === undefined
      ? []
      : [biosLoaders.inRelease, ...biosLoaders.packages.map(({ file }) => file)]),
    ...entries.flatMap(entryEvidenceFiles),
  ];
}
