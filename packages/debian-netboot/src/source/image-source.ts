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

/** What a sync is going to ask a source for. */
export interface SourceRequest {
  /** Every suite with its architectures. */
  readonly suites: readonly { readonly suite: Suite; readonly arches: readonly Arch[] }[];
  /** A directory of the source's own, kept between syncs; for caches and partial downloads. */
  readonly workDirectory: string;
  /** The keys that the archive is checked with, for sources that check too. */
  readonly keyring: Keyring;
  readonly signal: AbortSignal;
  readonly onEvent: SyncEventListener;
}

/** An installer file as the signed SHA256SUMS lists it. */
export interface InstallerFile {
  /** Relative to the build's `images` directory, without `./`: `netboot/debian-installer/...`. */
  readonly path: string;
  readonly sha256: string;
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
 * stream to its end or destroys it.
 */
export type InstallerFileReceiver = (
  file: InstallerFile,
  content: AsyncIterable<Uint8Array>,
) => Promise<void>;

/** A source at work during one sync. */
export interface SourceSession {
  /** The bytes of a suite's `InRelease`, as they came. */
  release(suite: Suite): Promise<Uint8Array>;
  /**
   * Opens an index file of a suite. The choices are the same index in several compressions; the
   * source picks the one that it has.
   *
   * @throws NetbootError `ERR_NETBOOT_FILE_NOT_FOUND` when it has none of them
   */
  index(
    suite: Suite,
    choices: readonly ListedFile[],
  ): Promise<{ readonly file: ListedFile; readonly content: AsyncIterable<Uint8Array> }>;
  /**
   * Delivers installer files of a build, each once, in any order and possibly at the same time.
   *
   * @throws NetbootError when a file cannot be had; and whatever the receiver rejects with
   */
  installerFiles(
    build: InstallerBuild,
    files: readonly InstallerFile[],
    receive: InstallerFileReceiver,
  ): Promise<void>;
  /** Opens a binary package of a suite. */
  package(suite: Suite, file: PackageFile): Promise<AsyncIterable<Uint8Array>>;
  /** Ends the session; after a complete sync the source may drop what it kept for a retry. */
  close(outcome: 'complete' | 'failed'): Promise<void>;
}
