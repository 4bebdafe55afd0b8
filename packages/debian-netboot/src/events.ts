import { type Arch } from './catalog/arch.js';
import { type ImageTarget } from './catalog/selection.js';
import { type Suite } from './catalog/suite.js';
import { type NetbootError } from './errors.js';
import { type PruneReport } from './store/prune.js';

/** What a sync reports while it runs. Every event is a fact of the past. */
export type SyncEvent =
  /** The source began or went on with a step of its own, such as asking for the package lists. */
  | {
      readonly type: 'sourceProgressed';
      /** What the source is at, in words: `apt: package lists`. */
      readonly activity: string;
      /** From 0 to 1, where the source knows. */
      readonly fraction: number | undefined;
      /** How many bytes the whole step is, where the source knows. */
      readonly size: number | undefined;
    }
  /** No connection to a source could be made, and another one is used. */
  | {
      readonly type: 'sourceFellBack';
      /** The names of the sources. */
      readonly from: string;
      readonly to: string;
      readonly error: NetbootError;
    }
  /** A suite's InRelease passed every check. */
  | {
      readonly type: 'releaseVerified';
      readonly suite: Suite;
      readonly version: string;
      /** When the archive made it, in ISO 8601. */
      readonly date: string;
      /** The primary fingerprints of the archive keys with a valid signature on it. */
      readonly signers: readonly string[];
    }
  /**
   * The accepted InRelease is older than one that the store has seen, and could get no image of: a
   * mirror is behind, or was being updated. Both dates are in ISO 8601.
   */
  | {
      readonly type: 'releaseOlderThanSeen';
      readonly suite: Suite;
      readonly date: string;
      readonly seen: string;
    }
  /** What was missing of a suite is looked for in another place, from that one's InRelease on. */
  | {
      readonly type: 'suiteTriedElsewhere';
      readonly suite: Suite;
      /** The name of the place. */
      readonly to: string;
      /** Why the place before did not do. */
      readonly error: NetbootError;
    }
  /** An installer could not be had by one kind of proof, and the next one is tried. */
  | {
      readonly type: 'proofFailed';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly proof: 'list' | 'package';
      readonly error: NetbootError;
    }
  /** It is known which build an image has, and which files of it the store lacks. */
  | {
      readonly type: 'buildResolved';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly build: string;
      /**
       * How the archive's signature vouches for the files; `tls` for a daily build, for which only the
       * server's certificate does.
       */
      readonly proof: 'dated' | 'current' | 'package' | 'tls';
      /** Number of files to fetch; the package with the files counts as one. */
      readonly filesMissing: number;
    }
  /** A file's bytes began to arrive. */
  | { readonly type: 'fileStarted'; readonly file: string; readonly size: number | undefined }
  /** More of a file arrived. */
  | {
      readonly type: 'fileProgressed';
      readonly file: string;
      readonly received: number;
      readonly size: number | undefined;
    }
  /** A file has the signed hash and is in the store. */
  | {
      readonly type: 'fileVerified';
      readonly file: string;
      readonly size: number;
      readonly sha256: string;
    }
  /** An image could not be refreshed; the generation before has it, and it is kept. */
  | {
      readonly type: 'targetCarriedOver';
      readonly target: ImageTarget;
      readonly error: NetbootError;
    }
  /** An image could not be had, and the generation before does not have it either. */
  | {
      readonly type: 'targetMissing';
      readonly target: ImageTarget;
      readonly error: NetbootError;
    }
  /** The BIOS loaders could not be refreshed; those of the generation before are kept. */
  | { readonly type: 'biosLoadersCarriedOver'; readonly error: NetbootError }
  /**
   * PXELINUX cannot be had, and the store has none: PCs with a BIOS cannot boot, those with UEFI can.
   */
  | {
      readonly type: 'biosLoadersMissing';
      readonly suite: Suite;
      /** Why; absent if the source has no packages at all. */
      readonly error?: NetbootError;
    }
  /** The index of installer modules cannot be had: nothing is known about the suite's images. */
  | {
      readonly type: 'modulesMissing';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly error: NetbootError;
    }
  /** An image's kernel may not find its modules in the archive, or will not after the next update. */
  | {
      readonly type: 'modulesDoubtful';
      readonly target: ImageTarget;
      readonly abi: 'last' | 'stale' | 'unknown';
      readonly kernelVersion: string;
    }
  /** The disk was full: old generations were removed, and the sync goes on if that freed anything. */
  | {
      readonly type: 'storePruned';
      readonly report: PruneReport;
      /** What there was no space for. */
      readonly error: NetbootError;
    }
  /** Files were removed that earlier syncs have left which failed, and that nothing needs any more. */
  | { readonly type: 'leftoversRemoved'; readonly files: number; readonly bytes: number }
  /**
   * A generation was removed: its InRelease is not one that the archive has signed. An earlier version
   * of this package took signatures that it should have refused.
   */
  | { readonly type: 'generationDropped'; readonly id: string; readonly error: NetbootError }
  /** The new generation is the current one. */
  | { readonly type: 'generationCommitted'; readonly id: string }
  /** Nothing had changed: the current generation stays. */
  | { readonly type: 'generationUnchanged'; readonly id: string }
  /** What was found is what a rollback turned its back on: the current generation stays. */
  | { readonly type: 'generationHeld'; readonly id: string };

/** Receives what a sync reports. Must not throw. */
export type SyncEventListener = (event: SyncEvent) => void;
