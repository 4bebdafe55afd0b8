import { type PackageFile } from '../archive/package-index.js';
import { type ListedFile } from '../archive/release-file.js';
import { type Arch } from '../catalog/arch.js';
import { type Suite } from '../catalog/suite.js';
import { type SyncEventListener } from '../events.js';
import { type Keyring } from '../trust/keyring.js';

/**
 * Source of installer images. A source is only a transport and is never trusted: the same code
 * verifies what it delivers against the archive's signature, for every source.
 */
export interface ImageSource {
  /** Name in logs and error messages: `apt`, `mirror http://ftp.debian.org/debian`. */
  readonly name: string;
  /** Name of the source's directory in a store, in lower case. */
  readonly kind: string;
  /**
   * Opens a session for one sync.
   *
   * @throws {@link NetbootError} if the source cannot be used at all
   */
  open(request: SourceRequest): Promise<SourceSession>;
}

/** Suite that a sync is going to request. */
export interface RequestedSuite {
  readonly suite: Suite;
  readonly arches: readonly Arch[];
  /**
   * Paths of indexes below `dists/<suite>/` that a sync into a new store requests right after the InRelease,
   * if the InRelease lists them: a source may fetch both together.
   */
  readonly firstIndexes: readonly string[];
  /** Components other than `main` whose packages a sync may request. */
  readonly components: readonly string[];
}

/** Requests that a sync is going to make. */
export interface SourceRequest {
  /** All suites, in the order in which they will be requested. */
  readonly suites: readonly RequestedSuite[];
  /** Directory for the source's own caches and partial downloads, kept between syncs. */
  readonly workDirectory: string;
  /** Keys of the archive, for sources that also verify its signatures. */
  readonly keyring: Keyring;
  readonly signal: AbortSignal;
  readonly onEvent: SyncEventListener;
}

/** Installer file that a sync needs. */
export interface InstallerFile {
  /**
   * Path relative to the build's `images` directory, without `./`: `netboot/debian-installer/...`.
   */
  readonly path: string;
  /** SHA-256 in the signed SHA256SUMS; absent if nothing is signed. */
  readonly sha256?: string;
  /** Number of bytes that an earlier sync received; the source may omit them. */
  readonly received: number;
}

/** Installer build of the archive. */
export interface InstallerBuild {
  readonly suite: Suite;
  readonly arch: Arch;
  /** Name of the dated directory: `20250803+deb13u7`. */
  readonly build: string;
  /**
   * Directories below `main/installer-<arch>/` that contain the build according to the signed Release, in
   * order of preference: the dated directory, and `current` if it is the same build.
   */
  readonly directories: readonly string[];
}

/** File that a source is delivering. */
export interface Delivery {
  readonly content: AsyncIterable<Uint8Array>;
  /**
   * Number of bytes at the start that the source omitted.
   *
   * @default 0
   */
  readonly offset?: number;
  /** Size of the whole file in bytes, if the source knows it; untrusted. */
  readonly size?: number | undefined;
}

/**
 * Receives and verifies an installer file, and rejects if it is wrong. Reads the stream to its end
 * or releases it.
 */
export type InstallerFileReceiver = (file: InstallerFile, delivery: Delivery) => Promise<void>;

/**
 * Receives and verifies an index file, and rejects if it is wrong.
 *
 * @param file - the chosen index
 */
export type IndexReceiver<T> = (file: ListedFile, content: AsyncIterable<Uint8Array>) => Promise<T>;

/** Session of a source during one sync. */
export interface SourceSession {
  /**
   * Returns the places that may have a suite, in order of preference. A suite that fails in one place is
   * retried from the start in the next.
   */
  views(suite: Suite): readonly SuiteView[];
  /**
   * Passes a file of an extra entry to `receive`, if the source has one with this hash. Only bundles have them.
   *
   * @returns the result of `receive`; `undefined` if there is no such file
   */
  entryFile?<T>(
    sha256: string,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T | undefined>;
  /** Closes the session; after a complete sync, the source may discard what it kept for a retry. */
  close(outcome: 'complete' | 'failed'): Promise<void>;
}

/**
 * Place with one state of a suite: an InRelease and its files. Passes its content to callbacks that verify
 * it, and tries another source of that content if they reject it. Several requests may run concurrently.
 */
export interface SuiteView {
  /** Name in logs and error messages: `http://ftp.debian.org/debian`. */
  readonly name: string;
  /**
   * True if the suite is requested by its alias (`stable`), which a mirror may update at a different time
   * from the codename. Such views are a last resort.
   */
  readonly isAlias: boolean;
  /**
   * True if the place may be in the middle of an update, so that missing files may appear soon.
   */
  readonly isLive: boolean;
  /** Kind of proof that takes the fewest steps with this source; it is tried first. */
  readonly quickestProof: 'list' | 'package';
  /**
   * Gets the suite's `InRelease` and passes its unmodified bytes to `accept`.
   *
   * @returns the result of `accept`; `undefined` if the source is a bare tree of files without an
   *   InRelease
   * @throws {@link NetbootError} if the file is unavailable; any error from `accept`
   */
  release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T | undefined>;
  /**
   * Gets an index file of the suite and passes it to `receive`.
   *
   * @param choices - equivalent indexes in several compressions, in order of preference
   * @param byHash - true if the archive also offers its indexes by hash
   * @returns the result of `receive`; `undefined` if the source has none of the choices
   */
  index<T>(
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined>;
  /**
   * Delivers installer files of a build, in any order and possibly concurrently. A file may be
   * delivered again after the receiver has rejected it.
   *
   * @throws {@link NetbootError} if a file is unavailable; any error from the receiver
   */
  installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void>;
  /**
   * Gets a binary package of the suite and passes it to `receive`.
   *
   * @param received - number of bytes that an earlier sync received; the source may omit them
   * @returns the result of `receive`
   * @throws {@link NetbootError} if the package is unavailable; any error from `receive`
   */
  package<T>(
    file: PackageFile,
    received: number,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T>;
}
