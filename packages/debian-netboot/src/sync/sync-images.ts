import { firmwareComponent } from '../archive/firmware-initrd.js';
import { checksumListPath } from '../archive/installer-layout.js';
import { archFacts } from '../catalog/arch.js';
import { checkEntries, type EntrySelection } from '../catalog/own-entries.js';
import { type ImageSelection } from '../catalog/selection.js';
import { expectValue, isOwnFailure, NetbootError } from '../errors.js';
import { type SyncEventListener } from '../events.js';
import { type DailyBuilds } from '../source/daily/daily-builds.js';
import { type DailyBuildOptions } from '../source/daily/daily-options.js';
import { type EntryDownloads } from '../source/entries/entry-downloads.js';
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
import { type MissingImage, runSync, suiteOfPackages, suitesToAsk } from './run-sync.js';
import { SharedArrivals, type SyncContext, type SyncPolicy } from './sync-context.js';

/** Options of a sync. */
export interface SyncOptions {
  /** Store, opened for writing. */
  readonly store: ImageStore;
  readonly source: ImageSource;
  /** Images for the new generation. */
  readonly images: readonly ImageSelection[];
  /**
   * Behaviour if an image is unavailable and the store has no earlier copy, while others can be
   * refreshed: leave it out, or fail.
   *
   * @default 'leaveOut'
   */
  readonly whenMissing?: 'leaveOut' | 'fail';
  /**
   * Extra entries for the new generation. An unavailable entry never makes the sync fail.
   *
   * @default none
   */
  readonly entries?: readonly EntrySelection[];
  /**
   * PEM certificates of private CAs to trust for {@link SyncOptions.entries}.
   *
   * @default none
   */
  readonly entriesCa?: string;
  /** Trust requirements. */
  readonly trust?: TrustOptions;
  /**
   * Source of images with {@link ImageSelection.trust} `tls`.
   *
   * @default Debian's daily builds
   */
  readonly daily?: DailyBuildOptions;
  /**
   * Cancels the sync, which then rejects with the signal's reason, normally without a new generation.
   */
  readonly signal?: AbortSignal;
  readonly onEvent?: SyncEventListener;
}

/** Trust requirements of a sync. */
export interface TrustOptions {
  /**
   * Keys that may sign a suite's InRelease.
   *
   * @default Debian's archive keys, which ship with this package
   */
  readonly keyring?: Keyring;
  /**
   * Refuses released and archived suites without a signature by one of Debian's offline release keys.
   *
   * @default false
   */
  readonly requireReleaseKey?: boolean;
  /**
   * Accepts an InRelease after its Valid-Until. Anyone who controls the mirror can then withhold updates
   * forever.
   *
   * @default false
   */
  readonly dangerouslyAcceptExpiredRelease?: boolean;
  /**
   * Accepts files from a source without an InRelease. Nothing is verified, and the images are marked as
   * `unsigned`.
   *
   * @default false
   */
  readonly dangerouslyAcceptUnsigned?: boolean;
}

/** Result of a sync. */
export interface SyncResult {
  /** Current generation, which may be the previous one. */
  readonly generation: Generation;
  /** True if the generation is new. */
  readonly changed: boolean;
  /**
   * Effect of the sync on the store:
   *
   * - `changed`: the generation is new
   * - `unchanged`: the source has nothing newer
   * - `rejected`: a rollback rejected the newest content
   */
  readonly outcome: CommitResult['outcome'];
  /**
   * Requested images that are not in the generation: they are unavailable, and the store has no
   * earlier copy. Carried-over images are marked in the generation instead.
   */
  readonly missing: readonly MissingImage[];
}

/**
 * Updates a store: fetches and verifies the current releases, downloads missing files, and commits
 * a new generation if anything has changed. An image that cannot be refreshed is carried over from
 * the current generation and marked, or left out and reported. The sync fails if no image can be
 * refreshed.
 *
 * @throws {@link NetbootError} for every failure, normally without a new generation; the signal's reason when
 *   aborted
 */
export function syncImages(options: SyncOptions): Promise<SyncResult> {
  return syncFrom(options, 'network');
}

/**
 * Updates a store, as {@link syncImages} does.
 *
 * @param entrySource - where extra entries may come from: the network, or only the source and this host
 */
export async function syncFrom(
  options: SyncOptions,
  entrySource: 'network' | 'source',
): Promise<SyncResult> {
  const { store, source, whenMissing = 'leaveOut', onEvent = () => undefined } = options;
  const selections = mergeSelections(options.images);
  const ownEntries = expectValue(checkEntries(options.entries ?? []));
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
    let dailyBuilds: Promise<DailyBuilds> | undefined;
    let downloads: Promise<EntryDownloads> | undefined;
    let outcome: 'complete' | 'failed' = 'failed';
    try {
      const context = {
        update,
        session,
        dailyBuilds: () => (dailyBuilds ??= openDailyBuilds(options.daily ?? {}, update.signal)),
        ownEntries,
        downloads:
          entrySource === 'network'
            ? () => (downloads ??= openEntryDownloads(options.entriesCa, update.signal))
            : undefined,
        policy,
        onEvent,
        before,
        arrivals: new SharedArrivals<IndexEvidence>(),
      };
      const result = await makingSpace(context, () => runSync(context, selections, whenMissing));
      outcome = 'complete';
      return { ...result, changed: result.outcome === 'changed' };
    } finally {
      for (const opened of await Promise.allSettled([dailyBuilds, downloads])) {
        if (opened.status === 'fulfilled') {
          await opened.value?.[Symbol.asyncDispose]();
        }
      }
      await session.close(outcome);
    }
  } catch (error) {
    // An abort can cause other failures: report its own reason.
    update.signal.throwIfAborted();
    throw error;
  } finally {
    await update.close();
  }
}

/**
 * Opens a source. Daily builds come from elsewhere, so for them the source is optional: only the check of
 * their modules and their firmware need it.
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

/** Opens the source of daily builds, and loads the HTTP client only then. */
async function openDailyBuilds(
  options: DailyBuildOptions,
  signal: AbortSignal,
): Promise<DailyBuilds> {
  const { DailyBuilds } = await import('../source/daily/daily-builds.js');
  return new DailyBuilds(options, signal);
}

/** Opens the downloads of extra entries, and loads the HTTP client only then. */
async function openEntryDownloads(
  ca: string | undefined,
  signal: AbortSignal,
): Promise<EntryDownloads> {
  const { EntryDownloads } = await import('../source/entries/entry-downloads.js');
  return new EntryDownloads(ca, signal);
}

/**
 * Runs a task. If the disk is full, prunes old generations and, if that frees space, runs the task once more.
 */
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
    const forSuite = selections.filter((selection) => suiteOfPackages(selection) === suite);
    const hasFirmware = forSuite.some(({ firmware = [] }) => firmware.length > 0);
    return {
      suite,
      arches: ofSuite.length === 0 ? arches : ofSuite.map(({ arch }) => arch),
      firstIndexes: isNewStore && index === 0 ? firstIndexes(ofSuite) : [],
      components: hasFirmware ? [firmwareComponent(suite)] : [],
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
