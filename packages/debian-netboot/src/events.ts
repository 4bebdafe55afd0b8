import { type Arch } from './catalog/arch.js';
import { type ImageTarget } from './catalog/selection.js';
import { type Suite } from './catalog/suite.js';
import { type NetbootError } from './errors.js';
import { type PruneReport } from './store/prune.js';

/** Event of a running sync. Each reports something that has happened. */
export type SyncEvent =
  /** The source made progress with a step of its own, such as fetching the package lists. */
  | {
      readonly type: 'sourceProgressed';
      /** Description of the step: `apt: package lists`, or `mirror: waiting for ftp.debian.org`. */
      readonly activity: string;
      /** Progress from 0 to 1, if the source knows it. */
      readonly fraction: number | undefined;
      /** Size of the whole step in bytes, if the source knows it. */
      readonly size: number | undefined;
    }
  /** A source was unreachable, and another one is used instead. */
  | {
      readonly type: 'sourceFellBack';
      /** Names of the sources. */
      readonly from: string;
      readonly to: string;
      readonly error: NetbootError;
    }
  /** A suite's InRelease passed all checks. */
  | {
      readonly type: 'releaseVerified';
      readonly suite: Suite;
      readonly version: string;
      /** Time when the archive created the InRelease, in ISO 8601. */
      readonly date: string;
      /** Primary key fingerprints of the archive keys with a valid signature on the InRelease. */
      readonly signers: readonly string[];
    }
  /**
   * The accepted InRelease is older than one that passed the checks earlier without leading to an image:
   * the mirror is out of date or being updated. Both dates are in ISO 8601.
   */
  | {
      readonly type: 'releaseOlderThanSeen';
      readonly suite: Suite;
      readonly date: string;
      readonly seen: string;
    }
  /** A suite is retried on another mirror or under another name, starting with its InRelease. */
  | {
      readonly type: 'suiteTriedElsewhere';
      readonly suite: Suite;
      /** Name of the new source: a mirror, or a suite's directory on it. */
      readonly to: string;
      /** Error from the previous source. */
      readonly error: NetbootError;
    }
  /** One kind of proof failed for an installer, and the next one is tried. */
  | {
      readonly type: 'proofFailed';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly proof: 'list' | 'package';
      readonly error: NetbootError;
    }
  /**
   * The build of an installer was determined, along with the number of its files that are missing from
   * the store.
   */
  | {
      readonly type: 'buildResolved';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly build: string;
      /**
       * Proof that connects the archive's signature with the files; `tls` for a daily build, which only the
       * server's certificate vouches for.
       */
      readonly proof: 'dated' | 'current' | 'package' | 'tls';
      /** Number of files to fetch; a package counts as one. */
      readonly filesMissing: number;
    }
  /** The transfer of a file has started. */
  | { readonly type: 'fileStarted'; readonly file: string; readonly size: number | undefined }
  /** A file's download made progress. */
  | {
      readonly type: 'fileProgressed';
      readonly file: string;
      /** Number of bytes received so far, including those of an earlier, interrupted download. */
      readonly bytes: number;
      readonly size: number | undefined;
    }
  /** A file was verified and added to the store. */
  | {
      readonly type: 'fileVerified';
      readonly file: string;
      readonly size: number;
      readonly sha256: string;
    }
  /** An image could not be refreshed, and is kept from the previous generation. */
  | {
      readonly type: 'targetCarriedOver';
      readonly target: ImageTarget;
      readonly error: NetbootError;
    }
  /** An image is unavailable, and the previous generation does not have it either. */
  | {
      readonly type: 'targetMissing';
      readonly target: ImageTarget;
      readonly error: NetbootError;
    }
  /** The BIOS loaders could not be refreshed, and are kept from the previous generation. */
  | { readonly type: 'biosLoadersCarriedOver'; readonly error: NetbootError }
  /** PXELINUX is unavailable, and the store has no earlier copy: only UEFI machines can boot. */
  | {
      readonly type: 'biosLoadersMissing';
      readonly suite: Suite;
      /** Reason; absent if the source has no packages at all. */
      readonly error?: NetbootError;
    }
  /**
   * The index of installer modules is unavailable, so the images could not be checked against it.
   */
  | {
      readonly type: 'modulesMissing';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly error: NetbootError;
    }
  /**
   * The firmware of a suite and architecture is unavailable. The images are started with the firmware of the
   * previous generation, if there is any.
   */
  | {
      readonly type: 'firmwareMissing';
      readonly suite: Suite;
      readonly arch: Arch;
      /** True if the previous generation's firmware is used. */
      readonly isKept: boolean;
      readonly error: NetbootError;
    }
  /** Firmware packages that were selected by name do not exist in a suite; the others are used. */
  | {
      readonly type: 'firmwareUnknown';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly packages: readonly string[];
    }
  /**
   * An extra entry is unavailable. The previous generation's copy is used if its origins and hashes are still
   * selected.
   */
  | {
      readonly type: 'entryMissing';
      readonly id: string;
      /** True if the previous generation's entry is used. */
      readonly isKept: boolean;
      readonly error: NetbootError;
    }
  /**
   * The kernel modules that an image needs are missing from the archive, may be removed with the next update,
   * or could not be checked.
   */
  | {
      readonly type: 'modulesDoubtful';
      readonly target: ImageTarget;
      readonly abi: 'last' | 'stale' | 'unknown';
      readonly kernelVersion: string;
    }
  /**
   * The disk was full, and old generations were removed. If that freed space, the sync continues.
   */
  | {
      readonly type: 'storePruned';
      readonly report: PruneReport;
      /** Error that reported the full disk. */
      readonly error: NetbootError;
    }
  /** Unused files of earlier failed syncs were removed. */
  | { readonly type: 'leftoversRemoved'; readonly files: number; readonly bytes: number }
  /**
   * The sync succeeded, but recording the Dates of its releases or removing leftovers failed. The next sync
   * does that.
   */
  | { readonly type: 'followUpFailed'; readonly error: NetbootError }
  /**
   * A generation was removed because its InRelease is not signed by the archive: an earlier version of this
   * package accepted signatures that it should have refused.
   */
  | { readonly type: 'generationDropped'; readonly id: string; readonly error: NetbootError }
  /** The new generation is current. */
  | { readonly type: 'generationCommitted'; readonly id: string }
  /** Nothing has changed, and the current generation is kept. */
  | { readonly type: 'generationUnchanged'; readonly id: string }
  /** The content found was rejected by an earlier rollback, so the current generation is kept. */
  | { readonly type: 'generationRejected'; readonly id: string };

/** Receives the events of a sync. Must not throw. */
export type SyncEventListener = (event: SyncEvent) => void;
