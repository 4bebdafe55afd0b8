import { type PackageFile } from '../archive/package-index.js';
import { type ListedFile } from '../archive/release-file.js';
import { type Arch } from '../catalog/arch.js';
import { type Suite } from '../catalog/suite.js';
import { type SyncEventListener } from '../events.js';
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
  /**
   * Directories below `main/installer-<arch>/` that hold the build according to the signed Release,
   * the preferred one first: the dated directory, and `current` if it is the same build.
   */
  readonly directories: readonly string[];
}

/** A file on its way. */
export interface Delivery {
  readonly content: AsyncIterable<Uint8Array>;
  /**
   * How many bytes at the front the source has left out.
   *
   * @default 0
   */
  readonly offset?: number;
  /** Size of the whole file in bytes, where the source knows; it is not trusted. */
  readonly size?: number | undefined;
}

/**
 * Takes one installer file's bytes. It checks them, and rejects when they are wrong; it reads the
 * stream to its end or lets it go.
 */
export type InstallerFileReceiver = (file: InstallerFile, delivery: Delivery) => Promise<void>;

/**
 * Takes an index file's bytes. It checks them, and rejects when they are wrong.
 *
 * @param file - which of the choices it is
 */
export type IndexReceiver<T> = (file: ListedFile, content: AsyncIterable<Uint8Array>) => Promise<T>;

/** A source at work during one sync. */
export interface SourceSession {
  /**
   * Returns the places where a suite may be found, the preferred one first. A suite that cannot be had
   * in one state is tried in the next, whole.
   */
  views(suite: Suite): readonly SuiteView[];
  /** Ends the session; after a complete sync the source may drop what it kept for a retry. */
  close(outcome: 'complete' | 'failed'): Promise<void>;
}

/**
 * One place with a state of a suite: an InRelease, and what belongs to it. What it has, it hands to a
 * function that checks it, and tries elsewhere when that function rejects. Several things are asked for
 * at a time.
 */
export interface SuiteView {
  /** For logs and error messages: `http://ftp.debian.org/debian`. */
  readonly name: string;
  /**
   * Whether the suite is looked for under its alias (`stable`), whose state a mirror may update at
   * another moment than that of the codename. Such views are a last resort.
   */
  readonly isAlias: boolean;
  /** Whether it may be in the middle of an update, so that what is missing may be there in a minute. */
  readonly isLive: boolean;
  /** The kind of proof that takes the fewest steps here, and is asked for first. */
  readonly quickestProof: 'list' | 'package';
  /**
   * Gets the bytes of the suite's `InRelease`, as they came.
   *
   * @returns what `accept` makes of them; `undefined` if the source is a bare tree of files without
   *   an InRelease
   * @throws NetbootError when it cannot be had; or whatever `accept` rejects with
   */
  release<T>(accept: (content: Uint8Array) => Promise<T>): Promise<T | undefined>;
  /**
   * Opens an index file of the suite.
   *
   * @param choices - indexes of which any will do, in several compressions; the preferred one first
   * @param byHash - whether the archive offers its indexes by their hashes too
   * @returns what `receive` makes of it; `undefined` if the source has none of the choices
   */
  index<T>(
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
   * Opens a binary package of the suite.
   *
   * @param received - how many bytes an earlier sync has received already: the source may leave them out
   * @returns what `receive` makes of it
   * @throws NetbootError when it cannot be had; or whatever `receive` rejects with
   */
  package<T>(
    file: PackageFile,
    received: number,
    receive: (delivery: Delivery) => Promise<T>,
  ): Promise<T>;
}
