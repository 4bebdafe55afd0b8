import { type Arch } from '../catalog/arch.js';
import { type ImageTarget } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { type NetbootError } from '../errors.js';

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
  /** It is known which build an image has, and which files of it the store lacks. */
  | {
      readonly type: 'buildResolved';
      readonly suite: Suite;
      readonly arch: Arch;
      readonly build: string;
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
  /** The source has no PXELINUX, and neither has the store: PCs with a BIOS cannot boot. */
  | { readonly type: 'biosLoadersMissing'; readonly suite: Suite }
  /** The new generation is the current one. */
  | { readonly type: 'generationCommitted'; readonly id: string }
  /** Nothing had changed: the current generation stays. */
  | { readonly type: 'generationUnchanged'; readonly id: string }
  /** What was found is what a rollback turned its back on: the current generation stays. */
  | { readonly type: 'generationHeld'; readonly id: string };

/** Receives what a sync reports. Must not throw. */
export type SyncEventListener = (event: SyncEvent) => void;
