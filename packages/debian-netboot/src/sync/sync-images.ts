import { type ImageSelection } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { type ImageSource } from '../source/image-source.js';
import { type ImageStore } from '../store/image-store.js';
import { type Generation } from '../store/manifest.js';
import { DEBIAN_ARCHIVE_KEYRING, type Keyring } from '../trust/keyring.js';
import { type ReleasePolicy } from '../trust/release-trust.js';
import { type SyncEventListener } from './events.js';
import { runSync } from './run-sync.js';

/** What to bring into a store, and from where. */
export interface SyncOptions {
  /** A store that was opened for writing. */
  readonly store: ImageStore;
  readonly source: ImageSource;
  /** The images that the generation shall hold; all of them, or nothing is committed. */
  readonly images: readonly ImageSelection[];
  /** What to trust. */
  readonly trust?: TrustOptions;
  /** Ends the sync early; it then rejects with the signal's reason, and the store is as before. */
  readonly signal?: AbortSignal;
  readonly onEvent?: SyncEventListener;
}

/** What to trust. */
export interface TrustOptions {
  /**
   * The keys that may sign a suite's InRelease.
   *
   * @default Debian's archive keys, which ship with this package
   */
  readonly keyring?: Keyring;
  /**
   * Refuse released suites that none of Debian's off-line release keys has signed.
   *
   * @default false
   */
  readonly requireReleaseKey?: boolean;
  /**
   * Take an InRelease after its Valid-Until: whoever controls the mirror can then withhold updates
   * for ever.
   *
   * @default false
   */
  readonly dangerouslyAcceptExpiredRelease?: boolean;
}

/** What a sync led to. */
export interface SyncResult {
  /** The current generation: a new one, or the one that was current before. */
  readonly generation: Generation;
  /** Whether the generation is new. */
  readonly changed: boolean;
}

/**
 * Brings a store up to date: asks the source what is current, verifies it, fetches what the store
 * lacks, and makes one new generation of it, or none if nothing has changed.
 *
 * @throws NetbootError for every failure; the store then holds what it held before
 */
export async function syncImages(options: SyncOptions): Promise<SyncResult> {
  const signal = options.signal ?? new AbortController().signal;
  const onEvent = options.onEvent ?? (() => undefined);
  const policy = releasePolicy(options.trust ?? {});
  signal.throwIfAborted();
  const update = await options.store.beginUpdate(signal);
  const session = await options.source.open({
    suites: suitesOf(options.images),
    workDirectory: await update.workDirectory(options.source.kind),
    keyring: policy.keyring,
    signal,
    onEvent,
  });
  let outcome: 'complete' | 'failed' = 'failed';
  try {
    const result = await runSync({ update, session, policy, signal, onEvent }, options.images);
    outcome = 'complete';
    return result;
  } finally {
    await session.close(outcome);
  }
}

function releasePolicy(trust: TrustOptions): ReleasePolicy {
  return {
    keyring: trust.keyring ?? DEBIAN_ARCHIVE_KEYRING,
    requireReleaseKey: trust.requireReleaseKey ?? false,
    acceptExpiredRelease: trust.dangerouslyAcceptExpiredRelease ?? false,
    now: Date.now(),
  };
}

function suitesOf(
  images: readonly ImageSelection[],
): { readonly suite: Suite; readonly arches: ImageSelection['arch'][] }[] {
  const arches = new Map<Suite, Set<ImageSelection['arch']>>();
  for (const { suite, arch } of images) {
    arches.set(suite, (arches.get(suite) ?? new Set()).add(arch));
  }
  return [...arches].map(([suite, names]) => ({ suite, arches: [...names] }));
}
