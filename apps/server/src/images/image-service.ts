import { setTimeout as delay } from 'node:timers/promises';

import {
  type DailyBuildOptions,
  type EntrySelection,
  type Generation,
  type ImageSelection,
  type ImageSource,
  type ImageStore,
  isSelected,
  manifestFiles,
  NetbootError,
  type RefreshRecord,
  type StoredFile,
  type StoredTarget,
  type SyncEvent,
  syncImages,
  type TrustOptions,
} from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';
import { type OtherGeneration } from '../namespace/boot-namespace.js';
import { FIRST_RETRY_MS, retryPause, timeToNextLook } from './refresh-schedule.js';

/** Interval between checks for a generation committed by another process, in milliseconds. */
const STORE_POLL_MS = 10_000;
/** Delay before damage is repaired, in milliseconds. */
const REPAIR_DELAY_MS = 1000;
/** Minimum interval between repairs, in milliseconds. */
const NEXT_REPAIR_MS = 60_000;
/**
 * Maximum duration of a sync, in milliseconds. A source that sends just enough to avoid timeouts could
 * otherwise delay repairs, and the use of other sources, for weeks. The next sync reuses everything received
 * so far.
 */
const LONGEST_SYNC_MS = 12 * 60 * 60 * 1000;

/**
 * Events that, if they have an error, mean that a sync is complete except for a part that machines may need,
 * so that the next sync should come soon.
 */
const OPTIONAL_FAILURES: ReadonlySet<SyncEvent['type']> = new Set([
  'biosLoadersMissing',
  'biosLoadersCarriedOver',
  'modulesMissing',
]);

/** Settings of the refresh. */
export interface ImageSettings {
  /**
   * Source of the images; undefined if the store is read-only, in which case another process refreshes it.
   */
  readonly source: ImageSource | undefined;
  readonly images: readonly ImageSelection[];
  readonly trust: TrustOptions;
  readonly daily: DailyBuildOptions;
  /** Extra entries of the menu. */
  readonly entries?: readonly EntrySelection[];
  /** Certificates to trust for extra entries, in addition to those that Node.js trusts. */
  readonly entriesCa?: string;
  /** Time between checks of the source, in milliseconds. */
  readonly interval: number;
  /** Maximum random addition to the interval, in milliseconds. */
  readonly jitter: number;
  /** Time between the creation of a generation and its use in menus, in milliseconds. */
  readonly settle: number;
}

export interface ImageServiceOptions {
  readonly store: ImageStore;
  /** Returns the settings in force. The presence of a source never changes. */
  readonly settings: () => ImageSettings;
  /**
   * Maximum duration of a sync, in milliseconds.
   *
   * @default 12 hours
   */
  readonly longestSync?: number;
  readonly events: ImageEvents;
  /** Called with the generation to serve: on start if there is one, then on every change. */
  readonly onGeneration: (generation: Generation) => void;
  /**
   * Called with the generations whose images are served in addition: the earlier ones on start, and each new
   * one that has to settle first.
   */
  readonly onOthers: (others: readonly OtherGeneration[]) => void;
}

/** Serves the store's current generation, and refreshes the store. */
export interface ImageService {
  /**
   * Serves the store's current generation, if there is one.
   *
   * @throws {@link NetbootError} when the store cannot be read, unless a sync can repair it
   */
  load(): Promise<void>;
  /** Starts refreshing and checking in the background. */
  start(): void;
  /** Schedules the repair of a damaged file or generation. */
  repair(): void;
  /**
   * Refreshes the images now.
   *
   * @returns `running` if a refresh is already running, `readOnly` if the store is read-only, and `stopping`
   * if the service is stopping
   */
  refreshNow(): 'started' | 'running' | 'readOnly' | 'stopping';
  /**
   * Applies new settings.
   *
   * @param change - `images` if the images or the source have changed, which starts a refresh immediately;
   * `schedule` if only the time of the next refresh changes
   */
  settingsChanged(change: 'images' | 'schedule'): void;
  /**
   * Serves an earlier generation again.
   *
   * @param id - generation to return to; the newest earlier one with different images if undefined
   * @throws {@link NetbootError} for the same reasons as {@link ImageStore.rollback}
   */
  rollback(id: string | undefined): Promise<Generation>;
  /** Generation being served. */
  readonly served: Generation | undefined;
  /** True while images are being refreshed. */
  readonly isRefreshing: boolean;
  /**
   * Returns the time at which a refresh last found an image up to date; if none has, the time at which the
   * served generation was created.
   */
  confirmedAt(target: StoredTarget): Date;
  /** Damaged files of the served generation. */
  readonly damaged: readonly StoredFile[];
  /** Aborts a running sync; resolves when nothing is using the store any longer. */
  stop(): Promise<void>;
}

export function createImageService(options: ImageServiceOptions): ImageService {
  const { store, settings, events, onGeneration, onOthers } = options;
  const { longestSync = LONGEST_SYNC_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let served: Generation | undefined;

  /** Generation that will be served once it has settled, and the time when it was first seen. */
  let next: { readonly id: string; readonly seenAt: number } | undefined;

  let servedFiles: ReadonlySet<string> = new Set();
  /** Ends the wait for the next sync. */
  let waking = new AbortController();
  let lastRepair = -Infinity;
  let isRefreshing = false;
  /** Aborts a sync whose settings are no longer in force. */
  let outdating = new AbortController();
  /** Reason for ending the wait, unless it is a repair. */
  let wakingFor: 'refresh' | 'schedule' | undefined;
  /** Time of the last refresh that found each image up to date, in milliseconds since 1970, by image name. */
  const confirmed = new Map<string, number>();

  /** Serves the store's current generation. A new one has to settle first, unless `isSettled` is true. */
  async function serveCurrent(isSettled = false): Promise<void> {
    const servable = await store.servable();
    if (servable === undefined) {
      return;
    }
    const { generation, damage } = servable;
    if (generation.id === served?.id) {
      return;
    }
    const isWhole = damage === undefined && damagedFiles().length === 0;
    if (!isSettled && served !== undefined && isWhole && mustSettle(generation)) {
      return;
    }
    if (served === undefined) {
      onOthers(earlierThan(generation, await store.generations()));
    }
    served = generation;
    next = undefined;
    servedFiles = new Set(manifestHashes(generation));
    onGeneration(generation);
    events.imagesReady(generation);
    if (damage === undefined) {
      return;
    }
    events.fallbackServed(generation, damage);
    repair();
  }

  /**
   * Returns true while menus must not offer a generation yet. This depends on its age, so that all replicas
   * switch at about the same time; a wrong clock must not delay it for longer.
   */
  function mustSettle(generation: Generation): boolean {
    const { settle } = settings();
    const createdAt = Date.parse(generation.manifest.createdAt);
    const seenAt = next?.id === generation.id ? next.seenAt : performance.now();
    if (Date.now() >= createdAt + settle || performance.now() >= seenAt + settle) {
      return false;
    }
    if (next?.id !== generation.id) {
      next = { id: generation.id, seenAt };
      onOthers([{ generation }]);
    }
    return true;
  }

  function damagedFiles(): readonly StoredFile[] {
    return store.damaged.filter(({ sha256 }) => servedFiles.has(sha256));
  }

  /**
   * Serves the store's current generation. A store without a readable generation is a fatal error only if it
   * is not refreshed; otherwise the next sync fills it.
   */
  async function load(): Promise<void> {
    try {
      await serveCurrent();
      const { checkedAt, outcome } = await lastRefresh();
      if (outcome === 'complete' && checkedAt !== undefined) {
        confirm(served?.manifest.targets ?? [], checkedAt.getTime());
      }
    } catch (error) {
      if (!(error instanceof NetbootError) || settings().source === undefined) {
        throw error;
      }
      events.storeUnreadable(error);
    }
  }

  function confirm(targets: readonly StoredTarget[], at: number): void {
    for (const target of targets.filter(({ carriedOver }) => !carriedOver)) {
      confirmed.set(imageName(target), at);
    }
  }

  /** Slowly reads every file of each served generation once, to find damage before a boot does. */
  async function checkServed(): Promise<void> {
    let checked: string | undefined;
    do {
      if (served === undefined || served.id === checked) {
        continue;
      }
      const generation = served;
      const retained = store.retain(generation);
      try {
        await store.check(generation, { signal });
        checked = generation.id;
      } catch (error) {
        if (!signal.aborted) {
          events.storeUnreadable(error);
        }
      } finally {
        retained.release();
      }
    } while (await pause(STORE_POLL_MS, signal));
  }

  /** Checks damaged files again, since a sync or another process may have repaired them. */
  async function recheckDamaged(): Promise<void> {
    for (const file of store.damaged) {
      await store.openVerified(file).then(
        (opened) => opened.close(),
        () => undefined,
      );
    }
  }

  function repair(): void {
    waking.abort();
  }

  function wake(reason: 'refresh' | 'schedule'): void {
    wakingFor = wakingFor === 'refresh' ? 'refresh' : reason;
    waking.abort();
  }

  async function followStore(): Promise<void> {
    while (await pause(STORE_POLL_MS, signal)) {
      await serveCurrent().catch((error: unknown) => {
        events.storeUnreadable(error);
      });
      if (store.readOnly) {
        await recheckDamaged();
      }
    }
  }

  async function refresh(): Promise<void> {
    let failures = 0;
    let wait = await firstWait();
    while (await pauseUntilWoken(wait)) {
      const { source, images, trust, daily, entries, entriesCa, interval } = settings();
      if (source === undefined) {
        return;
      }
      outdating = new AbortController();
      const outdated = outdating.signal;
      const deadline = new AbortController();
      const timer = setTimeout(() => {
        deadline.abort(tooSlow(source, longestSync));
      }, longestSync);
      const ending = AbortSignal.any([signal, deadline.signal, outdated]);
      let isOptionalMissing = false;
      isRefreshing = true;
      events.syncStarted();
      const syncing = {
        store,
        source,
        images,
        trust,
        daily,
        ...(entries && { entries }),
        ...(entriesCa !== undefined && { entriesCa }),
        signal: ending,
      };
      try {
        const { generation, changed, missing } = await syncImages({
          ...syncing,
          onEvent(event) {
            isOptionalMissing ||= OPTIONAL_FAILURES.has(event.type) && 'error' in event;
            events.syncProgress(event);
          },
        });
        await serveCurrent();
        await recheckDamaged();
        if (changed) {
          await prune();
        }
        const isFresh = generation.manifest.targets.every(({ carriedOver }) => !carriedOver);
        const isPartial = missing.length > 0 || !isFresh || isOptionalMissing;
        failures = isPartial ? failures + 1 : 0;
        wait = isPartial ? pauseAfter(failures) : interval + randomJitter();
        confirm(generation.manifest.targets, Date.now());
        const outcome = isPartial ? 'partial' : 'complete';
        events.syncFinished(outcome, wait);
        await recordCheck(outcome, wait);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (outdated.aborted) {
          // The next sync begins immediately.
          failures = 0;
          continue;
        }
        if (isBusy(error)) {
          // Another replica is syncing; its result is served once committed.
          wait = FIRST_RETRY_MS + randomJitter();
          events.syncElsewhere(error, wait);
          continue;
        }
        failures++;
        wait = pauseAfter(failures);
        events.syncFailed(error, wait);
        await recordCheck('failed', wait);
      } finally {
        isRefreshing = false;
        clearTimeout(timer);
      }
    }
  }

  /** Removes old generations; a failure costs only disk space. */
  async function prune(): Promise<void> {
    try {
      events.pruned(await store.prune({ signal }));
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      events.pruneFailed(error);
    }
  }

  /**
   * Waits until the next sync is due or requested, or until damage can be repaired; returns false if stopped.
   */
  async function pauseUntilWoken(milliseconds: number): Promise<boolean> {
    const either = AbortSignal.any([signal, waking.signal]);
    if (await pause(milliseconds, either)) {
      return true;
    }
    if (signal.aborted) {
      return false;
    }
    waking = new AbortController();
    const reason = wakingFor;
    wakingFor = undefined;
    if (reason === 'refresh') {
      return true;
    }
    if (reason === 'schedule') {
      return pauseUntilWoken(await firstWait());
    }
    const sinceLast = performance.now() - lastRepair;
    if (!(await pause(Math.max(REPAIR_DELAY_MS, NEXT_REPAIR_MS - sinceLast), signal))) {
      return false;
    }
    lastRepair = performance.now();
    return true;
  }

  /**
   * Returns the time until the next sync in milliseconds, according to the age of the images, and records it.
   */
  async function firstWait(): Promise<number> {
    const { images, interval, entries } = settings();
    if (!isComplete(served, images, entries)) {
      return 0;
    }
    const wait = timeToNextLook(served, await lastRefresh(), interval, Date.now()) + randomJitter();
    if (wait > 0) {
      await record({ nextCheckAt: new Date(Date.now() + wait) });
    }
    return wait;
  }

  /**
   * Returns the record of the last refresh. A record that cannot be read is treated as empty, and is
   * reported.
   */
  async function lastRefresh(): Promise<RefreshRecord> {
    try {
      return await store.refreshRecord();
    } catch (error) {
      events.storeUnreadable(error);
      return {};
    }
  }

  function recordCheck(outcome: RefreshRecord['outcome'] & string, wait: number): Promise<void> {
    const now = Date.now();
    return record({ checkedAt: new Date(now), outcome, nextCheckAt: new Date(now + wait) });
  }

  /**
   * Records a check, or the time of the next one, for "pxeboot images list" and the next start. A failure is
   * just reported.
   */
  async function record(changes: RefreshRecord): Promise<void> {
    try {
      await store.recordRefresh(changes, signal);
    } catch (error) {
      if (!signal.aborted && !isBusy(error)) {
        events.checkUnrecorded(error);
      }
    }
  }

  function pauseAfter(failures: number): number {
    const longest = retryPause(failures, settings().interval, served !== undefined);
    return longest * (1 + Math.random() / 4);
  }

  function randomJitter(): number {
    return Math.random() * settings().jitter;
  }

  let running: readonly Promise<void>[] = [];
  return {
    load,
    repair,
    refreshNow() {
      if (settings().source === undefined) {
        return 'readOnly';
      }
      if (signal.aborted) {
        return 'stopping';
      }
      if (isRefreshing) {
        return 'running';
      }
      wake('refresh');
      return 'started';
    },
    settingsChanged(change) {
      if (change === 'schedule') {
        wake('schedule');
        return;
      }
      wake('refresh');
      outdating.abort();
    },
    async rollback(id) {
      const generation = await store.rollback(id, signal);
      await serveCurrent(true);
      return generation;
    },
    get served() {
      return served;
    },
    get isRefreshing() {
      return isRefreshing;
    },
    confirmedAt(target) {
      const at = confirmed.get(imageName(target));
      return new Date(at ?? served?.manifest.createdAt ?? 0);
    },
    get damaged() {
      return damagedFiles();
    },
    start() {
      const canRefresh = settings().source !== undefined;
      if (served === undefined) {
        events.imagesMissing(canRefresh);
      }
      running = [followStore(), checkServed(), ...(canRefresh ? [refresh()] : [])];
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function imageName({ suite, arch, variant }: StoredTarget): string {
  return `${suite}-${arch}-${variant}`;
}

/**
 * Returns the generations before one, with the time when the next later one replaced each.
 *
 * @param generations - newest first
 */
function earlierThan({ id }: Generation, generations: readonly Generation[]): OtherGeneration[] {
  const newestFirst = generations.filter((generation) => generation.id <= id);
  return newestFirst.slice(1).map((generation, index) => ({
    generation,
    replacedAt: Date.parse(newestFirst[index]?.manifest.createdAt ?? ''),
  }));
}

function manifestHashes({ manifest }: Generation): string[] {
  return manifestFiles(manifest).map(({ sha256 }) => sha256);
}

function tooSlow({ name }: ImageSource, milliseconds: number): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_NETWORK',
    `${name} was too slow: the sync was stopped after ${Math.round(milliseconds / 60_000)} minutes`,
    { hint: 'use another mirror or a faster network' },
  );
}

function isBusy(error: unknown): error is NetbootError {
  return error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_BUSY';
}

/**
 * Returns true if the generation has every configured image, with the configured trust and firmware, and every
 * extra entry.
 */
function isComplete(
  generation: Generation | undefined,
  images: readonly ImageSelection[],
  entries: readonly EntrySelection[] = [],
): boolean {
  if (generation === undefined) {
    return false;
  }
  const { entries: stored = [] } = generation.manifest;
  const hasEntries = entries.every((selection) =>
    stored.some((entry) => entry.id === selection.id && isSelected(entry, selection)),
  );
  if (!hasEntries) {
    return false;
  }
  return images.every(({ suite, arch, variants, trust, firmware = [] }) =>
    variants.every((variant) =>
      generation.manifest.targets.some(
        (target) =>
          target.suite === suite &&
          target.arch === arch &&
          target.variant === variant &&
          (target.trust === 'tls') === (trust === 'tls') &&
          (target.firmware === undefined) === (firmware.length === 0),
      ),
    ),
  );
}

/** Waits for a time; returns false if `signal` is aborted in the meantime. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal, ref: false });
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}
