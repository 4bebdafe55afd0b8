import { checksumListPath } from '../archive/installer-layout.js';
import { archFacts } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { isOwnFailure, NetbootError } from '../errors.js';
import { type SyncEventListener } from '../events.js';
import { type DailyBuildOptions, DailyBuilds } from '../source/daily/daily-builds.js';
import {
  type ImageSource,
  type RequestedSuite,
  type SourceRequest,
  type SourceSession,
} from '../source/image-source.js';
import { type IndexEvidence } from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { type Generation } from '../store/manifest.js';
import { type CommitResult } from '../store/store-update.js';
import { DEBIAN_ARCHIVE_KEYRING, type Keyring } from '../trust/keyring.js';
import { firstPackageIndex } from './download-loaders.js';
import { dropForged } from './drop-forged.js';
import { isDaily, mergeSelections } from './merge-selections.js';
import { type MissingImage, runSync, suitesToAsk } from './run-sync.js';
import { SharedArrivals, type SyncContext, type SyncPolicy } from './sync-context.js';

/** What to bring into a store, and from where. */
export interface SyncOptions {
  /** A store that was opened for writing. */
  readonly store: ImageStore;
  readonly source: ImageSource;
  /** The images that the generation shall hold. */
  readonly images: readonly ImageSelection[];
  /**
   * What to do when an image cannot be had and the store has none of before, while others can be
   * refreshed: leave it out, or fail.
   *
   * @default 'leaveOut'
   */
  readonly whenMissing?: 'leaveOut' | 'fail';
  /** What to trust. */
  readonly trust?: TrustOptions;
  /**
   * Where images with {@link ImageSelection.trust} `tls` come from.
   *
   * @default Debian's daily builds
   */
  readonly daily?: DailyBuildOptions;
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
  /**
   * Take files from a source that has no InRelease beside them: nothing is verified then, and the
   * images are marked as `unsigned`.
   *
   * @default false
   */
  readonly dangerouslyAcceptUnsigned?: boolean;
}

/** What a sync led to. */
export interface SyncResult {
  /** The current generation: a new one, or the one that was current before. */
  readonly generation: Generation;
  /** Whether the generation is new. */
  readonly changed: boolean;
  /**
   * - `changed`: the generation is new
   * - `unchanged`: there is nothing newer
   * - `held`: what there is, is what a rollback turned its back on
   */
  readonly outcome: CommitResult['outcome'];
  /**
   * Images that were asked for and are not in the generation: they could not be had, and the store had
   * none of before. Images that were kept from before are marked in the generation instead.
   */
  readonly missing: readonly MissingImage[];
}

/**
 * Brings a store up to date: asks the source what is current, verifies it, fetches what the store
 * lacks, and makes one new generation of it, or none if nothing has changed. An image that cannot be
 * refreshed is taken over from the current generation and marked, or left out and told of if there is
 * none; as long as any other can be refreshed.
 *
 * @throws NetbootError for every failure; the store then holds what it held before
 */
export async function syncImages(options: SyncOptions): Promise<SyncResult> {
  const { store, source, whenMissing = 'leaveOut', onEvent = () => undefined } = options;
  const selections = mergeSelections(options.images);
  const policy = syncPolicy(options.trust ?? {});
  const update = await store.beginUpdate(options.signal);
  try {
    await dropForged(update, policy, onEvent);
    const current = await update.current();
    const before = current && {
      manifest: current.generation.manifest,
      evidence: current.evidence,
    };
    const session = await openSession(source, selections.every(isDaily), {
      suites: requestedSuites(selections, await update.isEmpty()),
      workDirectory: await update.workDirectory(source.kind),
      keyring: policy.keyring,
      signal: update.signal,
      onEvent,
    });
    let dailyBuilds: DailyBuilds | undefined;
    let outcome: 'complete' | 'failed' = 'failed';
    try {
      const context = {
        update,
        session,
        dailyBuilds: () => (dailyBuilds ??= new DailyBuilds(options.daily ?? {}, update.signal)),
        policy,
        onEvent,
        before,
        arrivals: new SharedArrivals<IndexEvidence>(),
      };
      const result = await makingSpace(context, () => runSync(context, selections, whenMissing));
      outcome = 'complete';
      return { ...result, changed: result.outcome === 'changed' };
    } finally {
      await dailyBuilds?.[Symbol.asyncDispose]();
      await session.close(outcome);
    }
  } catch (error) {
    // Whatever an abort made fail on its way, the reason for it is what happened.
    update.signal.throwIfAborted();
    throw error;
  } finally {
    await update.close();
  }
}

/**
 * Makes a source ready. Daily builds do not come from it, and without it nothing but their modules is
 * unknown.
 */
async function openSession(
  source: ImageSource,
  isOptional: boolean,
  request: SourceRequest,
): Promise<SourceSession> {
  try {
    return await source.open(request);
  } catch (error) {
    request.signal.throwIfAborted();
    if (!isOptional || isOwnFailure(error)) {
      throw error;
    }
    return { views: () => [], close: () => Promise.resolve() };
  }
}

/** Runs something; if the disk is full, prunes old generations and runs it once more. */
async function makingSpace<T>({ update, onEvent }: SyncContext, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof NetbootError && error.code === 'ERR_NETBOOT_NO_SPACE')) {
      throw error;
    }
    update.signal.throwIfAborted();
    const report = await update.prune({ keep: 0 });
    onEvent({ type: 'storePruned', report, error });
    if (report.files === 0) {
      throw error;
    }
    return run();
  }
}

function syncPolicy(trust: TrustOptions): SyncPolicy {
  return {
    keyring: trust.keyring ?? DEBIAN_ARCHIVE_KEYRING,
    requireReleaseKey: trust.requireReleaseKey ?? false,
    acceptExpiredRelease: trust.dangerouslyAcceptExpiredRelease ?? false,
    acceptUnsigned: trust.dangerouslyAcceptUnsigned ?? false,
    now: Date.now(),
  };
}

function requestedSuites(
  selections: readonly ImageSelection[],
  isNewStore: boolean,
): readonly RequestedSuite[] {
  const arches = [...new Set(selections.filter(isDaily).map(({ arch }) => arch))];
  return suitesToAsk(selections).map((suite, index) => {
    const ofSuite = selections.filter(
      (selection) => selection.suite === suite && !isDaily(selection),
    );
    return {
      suite,
      arches: ofSuite.length === 0 ? arches : ofSuite.map(({ arch }) => arch),
      firstIndexes: isNewStore && index === 0 ? firstIndexes(ofSuite) : [],
    };
  });
}

function firstIndexes(selections: readonly ImageSelection[]): readonly string[] {
  const lists = selections
    .filter(({ build, checksumListSha256 }) => (build ?? checksumListSha256) === undefined)
    .map(({ arch }) => checksumListPath(arch, 'current'));
  const hasBios = selections.some(({ arch }) => archFacts(arch).hasBios);
  return [...lists, ...(hasBios ? [firstPackageIndex()] : [])];
}
