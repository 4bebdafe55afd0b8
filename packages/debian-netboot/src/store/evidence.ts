import { z } from 'zod';
import { isPlainPath } from '../archive/plain-path.js';
import { ARCHES, type Arch } from '../catalog/arch.js';
import { SUITES, type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
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

/** Why the images of one suite and architecture are trusted. */
export interface InstallerEvidence {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly build: string;
  readonly inRelease: StoredFile;
  /** The build's SHA256SUMS. */
  readonly checksumList: IndexEvidence;
  /** What the ABI state was judged by. */
  readonly moduleIndex?: IndexEvidence;
}

/** Why the BIOS loaders are trusted. */
export interface LoaderEvidence {
  readonly suite: Suite;
  readonly inRelease: StoredFile;
  readonly packageIndex: IndexEvidence;
  /** The packages that the loaders come out of. */
  readonly packages: readonly { readonly path: string; readonly file: StoredFile }[];
}

/**
 * Everything that it takes to check a generation again, off line: the signed files, and the way from
 * them to each file that is served.
 */
export interface Evidence {
  readonly installers: readonly InstallerEvidence[];
  readonly biosLoaders?: LoaderEvidence;
}

const suite = z.enum(SUITES);
const path = z.string().refine(isPlainPath);
const storedFile = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
});
const index = z.strictObject({ path, listed: storedFile, file: storedFile });

const schema = z.strictObject({
  installers: z.array(
    z.strictObject({
      suite,
      arch: z.enum(ARCHES),
      build: z.string(),
      inRelease: storedFile,
      checksumList: index,
      moduleIndex: index.exactOptional(),
    }),
  ),
  biosLoaders: z
    .strictObject({
      suite,
      inRelease: storedFile,
      packageIndex: index,
      packages: z.array(z.strictObject({ path, file: storedFile })),
    })
    .exactOptional(),
});

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
export function evidenceIndexes({ installers, biosLoaders }: Evidence): readonly IndexEvidence[] {
  return [
    ...installers.flatMap(({ checksumList, moduleIndex }) =>
      moduleIndex === undefined ? [checksumList] : [checksumList, moduleIndex],
    ),
    ...(biosLoaders === undefined ? [] : [biosLoaders.packageIndex]),
  ];
}

/** Every stored file that evidence refers to. */
export function evidenceFiles(evidence: Evidence): readonly StoredFile[] {
  const { installers, biosLoaders } = evidence;
  return [
    ...installers.map(({ inRelease }) => inRelease),
    ...evidenceIndexes(evidence).map(({ file }) => file),
    ...(biosLoaders === undefined
      ? []
      : [biosLoaders.inRelease, ...biosLoaders.packages.map(({ file }) => file)]),
  ];
}
