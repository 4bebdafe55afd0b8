import { z } from 'zod';

import { type Arch, ARCHES } from '../catalog/arch.js';
import { type Suite, SUITES } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { type StoredFile } from './manifest.js';

/** An index file of the archive, kept as evidence. */
export interface IndexEvidence {
  /** Its path below `dists/<suite>/`, as the Release lists it. */
  readonly path: string;
  /** Its hash and length, as the Release lists them. */
  readonly listed: StoredFile;
  /**
   * The stored bytes: those that are listed, or, if those are large and not compressed, what gzip
   * makes of them.
   */
  readonly file: StoredFile;
}

/** A package of the archive, kept as evidence. */
export interface PackageEvidence {
  /** Its path below the archive's root, as the Packages index lists it. */
  readonly path: string;
  readonly file: StoredFile;
}

/**
 * How the archive's signature vouches for the files of an installer build. All ways begin with the
 * signed InRelease:
 *
 * - `dated`: it lists the SHA256SUMS of the build's own directory, which lists the files
 * - `current`: the same by the SHA256SUMS in `current`, which the InRelease says is the same file
 * - `package`: it lists a Packages index, which lists the package with the build's files in it
 */
export type InstallerProof =
  | { readonly kind: 'dated' | 'current'; readonly checksumList: IndexEvidence }
  | {
      readonly kind: 'package';
      readonly packageIndex: IndexEvidence;
      readonly package: PackageEvidence;
    };

/** The kinds of {@link InstallerProof}. */
export type ProofKind = InstallerProof['kind'];

/** The index of installer modules that the ABI state was judged by. */
export interface ModuleEvidence {
  /** The InRelease that lists it: for images that were kept, a newer one than theirs. */
  readonly inRelease: StoredFile;
  readonly index: IndexEvidence;
}

/** Why the images of one suite and architecture are trusted. */
export interface InstallerEvidence {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly build: string;
  readonly inRelease: StoredFile;
  readonly proof: InstallerProof;
  readonly modules?: ModuleEvidence;
}

/**
 * Why the images of a daily build are trusted, which is less than a signature: its SHA256SUMS came by
 * https from a server whose name and certificate were checked. That cannot be checked again.
 */
export interface TlsEvidence {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly build: string;
  /** Where the list came from. */
  readonly url: string;
  readonly checksumList: StoredFile;
  /** Signed, of unstable: daily builds take their modules from there. */
  readonly modules?: ModuleEvidence;
}

/** Why the BIOS loaders are trusted. */
export interface LoaderEvidence {
  readonly suite: Suite;
  readonly inRelease: StoredFile;
  readonly packageIndex: IndexEvidence;
  /** The packages that the loaders come out of. */
  readonly packages: readonly PackageEvidence[];
}

/**
 * Everything that it takes to check a generation again, off line: the signed files, and the way from
 * them to each file that is served.
 */
export interface Evidence {
  readonly installers: readonly InstallerEvidence[];
  /** Daily builds, which are trusted less; absent if there are none. */
  readonly daily?: readonly TlsEvidence[];
  readonly biosLoaders?: LoaderEvidence;
}

const suite = z.enum(SUITES);
const path = z.string().refine(isPlainPath);
const storedFile = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
});
const index = z.strictObject({ path, listed: storedFile, file: storedFile });
const packageFile = z.strictObject({ path, file: storedFile });
const proof = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['dated', 'current']), checksumList: index }),
  z.strictObject({ kind: z.literal('package'), packageIndex: index, package: packageFile }),
]);
const subject = { suite, arch: z.enum(ARCHES), build: z.string(), inRelease: storedFile };

const installer = z.strictObject({
  ...subject,
  proof,
  modules: z.strictObject({ inRelease: storedFile, index }).exactOptional(),
});

/** As it was written when SHA256SUMS was the only proof. */
const listedInstaller = z
  .strictObject({ ...subject, checksumList: index, moduleIndex: index.exactOptional() })
  .transform(({ checksumList, moduleIndex, ...rest }): InstallerEvidence => ({
    ...rest,
    proof: { kind: checksumListKind(checksumList.path), checksumList },
    ...(moduleIndex && { modules: { inRelease: rest.inRelease, index: moduleIndex } }),
  }));

const daily = z.strictObject({
  suite,
  arch: z.enum(ARCHES),
  build: z.string(),
  url: z.url({ protocol: /^https$/ }),
  checksumList: storedFile,
  modules: z.strictObject({ inRelease: storedFile, index }).exactOptional(),
});

const schema = z.strictObject({
  installers: z.array(z.union([installer, listedInstaller])),
  daily: z.array(daily).exactOptional(),
  biosLoaders: z
    .strictObject({
      suite,
      inRelease: storedFile,
      packageIndex: index,
      packages: z.array(packageFile),
    })
    .exactOptional(),
});

/** The kind of proof that a SHA256SUMS gives, by its path. */
export function checksumListKind(listPath: string): 'dated' | 'current' {
  return listPath.includes('/current/') ? 'current' : 'dated';
}

/**
 * Reads an evidence file.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED`
 */
export function parseEvidence(text: string): Evidence {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', 'the evidence file is damaged', {
      hint: 'sync again',
      cause,
    });
  }
}

/** Evidence as text. */
export function formatEvidence(evidence: Evidence): string {
  return `${JSON.stringify(evidence, undefined, 2)}\n`;
}

/** Every index that evidence holds. */
export function evidenceIndexes(evidence: Evidence): readonly IndexEvidence[] {
  const { installers, daily: dailies = [], biosLoaders } = evidence;
  return [
    ...installers.map(({ proof: by }) =>
      by.kind === 'package' ? by.packageIndex : by.checksumList,
    ),
    ...[...installers, ...dailies].flatMap(({ modules }) => modules?.index ?? []),
    ...(biosLoaders === undefined ? [] : [biosLoaders.packageIndex]),
  ];
}

/** Every stored file that evidence refers to. */
export function evidenceFiles(evidence: Evidence): readonly StoredFile[] {
  const { installers, daily: dailies = [], biosLoaders } = evidence;
  return [
    ...installers.flatMap(({ inRelease, proof: by }) => [
      inRelease,
      ...(by.kind === 'package' ? [by.package.file] : []),
    ]),
    ...[...installers, ...dailies].flatMap(({ modules }) => modules?.inRelease ?? []),
    ...dailies.map(({ checksumList }) => checksumList),
    ...evidenceIndexes(evidence).map(({ file }) => file),
    ...(biosLoaders === undefined
      ? []
      : [biosLoaders.inRelease, ...biosLoaders.packages.map(({ file }) => file)]),
  ];
}
