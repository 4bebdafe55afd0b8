import { type PackageFile } from '../archive/package-index.js';
import { type ListedFile } from '../archive/release-file.js';
import { type Arch } from '../catalog/arch.js';
import { type Suite } from '../catalog/suite.js';
import { type SyncEventListener } from '../sync/events.js';
import { type Keyring } from '../trust/keyring.js';

/**
 * Where installer images come from. A source is only a transport: it is never trusted. What it
 * delivers is checked against the archive's signature by the same code for every source.
 */
export interface ImageSource {
  /** For logs and error messages: `apt`, `mirror http://ftp.debian.org/debian`. */
  readonly name: string;
  /** Names the source's directory in a store: small letters. */
  readonly kind: string;
  /**
   * Makes ready to deliver, once for each sync.
   *
   * @throws NetbootError when the source cannot be used at all
   */
  open(request: SourceRequest): Promise<SourceSession>;
}

/** A suite that a sync is going to ask a source for. */
export interface RequestedSuite {
  readonly suite: Suite;
  readonly arches: readonly Arch[];
  /**
   * Paths of indexes below `dists/<suite>/` that a sync into a new store asks for as soon as it has the
   * InRelease, if that lists them: a source may ask for them together with it.
   */
  readonly firstIndexes: readonly string[];
}

/** What a sync is going to ask a source for. */
export interface SourceRequest {
  /** Every suite, in the order in which the sync asks for them. */
  readonly suites: readonly RequestedSuite[];
  /** A directory of the source's own, kept between syncs; for caches and partial downloads. */
  readonly workDirectory: string;
  /** The keys that the archive is checked with, for sources that check too. */
  readonly keyring: Keyring;
  readonly signal: AbortSignal;
  readonly onEvent: SyncEventListener;
}

/** An installer file that a sync wants. */
export interface InstallerFile {
  /** Relative to the build's `images` directory, without `./`: `netboot/debian-installer/...`. */
  readonly path: string;
  /** Its SHA-256 in the signed SHA256SUMS; absent where nothing is signed. */
  readonly sha256?: string;
  /** How many bytes an earlier sync has received already: a source may leave them out. */
  readonly received: number;
}

/** An installer build of the archive. */
export interface InstallerBuild {
  readonly suite: Suite;
  readonly arch: Arch;
  /** The dated directory's name: `20250803+deb13u7`. */
  readonly build: string;
}

/**
 * Takes one installer file's bytes. It checks them, and rejects when they are wrong; it reads the
 * stream to its end or lets it go.
 *
 * @param offset how many bytes at the front the source has left out
 */
export type InstallerFileReceiver = (
  file: InstallerFile,
  content: AsyncIterable<Uint8Array>,
  offset: number,
) => Promise<void>;

/**
 * Takes an index file's bytes. It checks them, and rejects when they are wrong.
 *
 * @param file which of the choices it is
 */
export type IndexReceiver<T> = (file: ListedFile, content: AsyncIterable<Uint8Array>) => Promise<T>;

/**
 * A source at work during one sync. What it has, it hands to a function that checks it; a source
 * with several places to look in tries the next one when that function rejects. A sync asks for
 * several things at a time.
 */
export interface SourceSession {
  /**
   * Gets the bytes of a suite's `InRelease`, as they came.
   *
   * @returns what `accept` makes of them; `undefined` if the source is a bare tree of files without
   *   an InRelease
   * @throws NetbootError when it cannot be had; or whatever `accept` rejects with
   */
  release<T>(suite: Suite, accept: (content: Uint8Array) => Promise<T>): Promise<T | undefined>;
  /**
   * Opens an index file of a suite.
   *
   * @param choices indexes of which any will do, in several compressions; the preferred one first
   * @param byHash whether the archive offers its indexes by their hashes too
   * @returns what `receive` makes of it; `undefined` if the source has none of the choices
   */
  index<T>(
    suite: Suite,
    choices: readonly ListedFile[],
    byHash: boolean,
    receive: IndexReceiver<T>,
  ): Promise<T | undefined>;
  /**
   * Delivers installer files of a build, in any order and possibly several at a time. A file may be
   * delivered again after the receiver has rejected it.
   *
   * @throws NetbootError when a file cannot be had; or whatever the receiver rejects with
   */
  installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void>;
  /**
   * Opens a binary package of a suite.
   *
   * @returns what `receive` makes of it
   * @throws NetbootError when it cannot be had; or whatever `receive` rejects with
   */
  package<T>(
    suite: Suite,
    file: PackageFile,
    receive: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>;
  /** Ends the session; after a complete sync the source may drop what it kept for a retry. */
  close(outcome: 'complete' | 'failed'): Promise<void>;
}
