import { setTimeout as delay } from 'node:timers/promises';

import {
  type DailyBuildOptions,
  type Generation,
  type ImageSelection,
  type ImageSource,
  type ImageStore,
  NetbootError,
  type RefreshRecord,
  type StoredFile,
  type SyncEvent,
  syncImages,
  type TrustOptions,
} from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';
import { timeToNextLook } from './refresh-schedule.js';

/** How often the store is looked at for a generation that another process committed. */
const STORE_POLL_MS = 10_000;
const FIRST_RETRY_MS = 60_000;
/** How soon damage is repaired, and how long until the next attempt if it keeps coming back. */
const REPAIR_DELAY_MS = 1000;
const NEXT_REPAIR_MS = 60_000;
/**
 * Longest time that one sync may take: a source that sends just enough would hold up repairs, and the
 * other sources, for weeks. What has come by then is kept for the next one.
 */
const LONGEST_SYNC_MS = 12 * 60 * 60 * 1000;

/** Failures of a sync that is complete but for a part that machines may need: it is worth another one soon. */
const OPTIONAL_FAILURES: ReadonlySet<SyncEvent['type']> = new Set([
  'biosLoadersMissing',
  'biosLoadersCarriedOver',
  'modulesMissing',
]);

export interface ImageServiceOptions {
  readonly store: ImageStore;
  /** Undefined when the store is read-only: another process keeps it fresh. */
  readonly source: ImageSource | undefined;
  readonly images: readonly ImageSelection[];
  readonly trust: TrustOptions;
  readonly daily: DailyBuildOptions;
  /** Milliseconds between looks at the source. */
  readonly interval: number;
  /** Largest random addition to the interval, in milliseconds. */
  readonly jitter: number;
  /**
   * Longest time that one sync may take, in milliseconds.
   *
   * @default 12 hours
   */
  readonly longestSync?: number;
  readonly events: ImageEvents;
  /** Called with the generation to serve: at the start if there is one, then at every switch. */
  readonly onGeneration: (generation: Generation) => void;
}

/** Keeps the served generation the store's current one, and the store fresh. */
export interface ImageService {
  /** Puts the store's current generation to use, if there is one. */
  load(): Promise<void>;
  /** Refreshes and checks in the background from now on. */
  start(): void;
  /** Has damage repaired soon: a file that is not intact, or a generation. */
  repair(): void;
  /** Files of the served generation that were found to be damaged. */
  readonly damaged: readonly StoredFile[];
  /** Ends a running sync and waits until the store is left alone. */
  stop(): Promise<void>;
}

export function createImageService(options: ImageServiceOptions): ImageService {
  const { store, source, events, onGeneration, longestSync = LONGEST_SYNC_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let served: Generation | undefined;

  let servedFiles: ReadonlySet<string> = new Set();
  /** Ends the wait for the next sync. */
  let waking = new AbortController();
  let lastRepair = -Infinity;

  async function serveCurrent(): Promise<void> {
    const servable = await store.servable();
    if (servable === undefined) {
      return;
    }
    const { generation, damage } = servable;
    if (generation.id === served?.id) {
      return;
    }
    served = generation;
    servedFiles = new Set(manifestHashes(generation));
    onGeneration(generation);
    events.imagesReady(generation);
    if (damage === undefined) {
      return;
    }
    events.fallbackServed(generation, damage);
    repair();
  }

  /** A store without any readable generation is one to be filled, not a reason to end. */
  async function load(): Promise<void> {
    try {
      await serveCurrent();
    } catch (error) {
      if (!(error instanceof NetbootError) || source === undefined) {
        throw error;
      }
      events.storeUnreadable(error);
    }
  }

  /** Reads every file of the served generations once, slowly: damage shows before a boot meets it. */
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

  /** Files that were damaged are looked at again: a sync, or another process, may have repaired them. */
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

  async function refresh(imageSource: ImageSource): Promise<void> {
    let failures = 0;
    let wait = await firstWait();
    if (wait > 0) {
      await record({ nextCheckAt: new Date(Date.now() + wait) });
    }
    while (await pauseUntilWoken(wait)) {
      const { images, trust, daily } = options;
      const deadline = new AbortController();
      const timer = setTimeout(() => {
        deadline.abort(tooSlow(imageSource, longestSync));
      }, longestSync);
      const either = AbortSignal.any([signal, deadline.signal]);
      let isOptionalMissing = false;
      const syncing = { store, source: imageSource, images, trust, daily, signal: either };
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
        wait = isPartial ? retryPause(failures) : options.interval + randomJitter();
        await recordCheck(isPartial ? 'partial' : 'complete', wait);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (isBusy(error)) {
          // Another replica is at it: what it commits is served as soon as it is there.
          wait = FIRST_RETRY_MS + randomJitter();
          events.syncElsewhere(error, wait);
          continue;
        }
        failures++;
        wait = retryPause(failures);
        events.syncFailed(error, wait);
        await recordCheck('failed', wait);
      } finally {
        clearTimeout(timer);
      }
    }
  }

  /** What cannot be removed takes up space, and nothing more. */
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

  /** Waits for the next sync; damage cuts the wait short. */
  async function pauseUntilWoken(milliseconds: number): Promise<boolean> {
    const either = AbortSignal.any([signal, waking.signal]);
    if (await pause(milliseconds, either)) {
      return true;
    }
    if (signal.aborted) {
      return false;
    }
    waking = new AbortController();
    const sinceLast = performance.now() - lastRepair;
    if (!(await pause(Math.max(REPAIR_DELAY_MS, NEXT_REPAIR_MS - sinceLast), signal))) {
      return false;
    }
    lastRepair = performance.now();
    return true;
  }

  async function firstWait(): Promise<number> {
    if (!isComplete(served, options.images)) {
      return 0;
    }
    const last = await store.refreshRecord();
    return timeToNextLook(served, last, options.interval, Date.now()) + randomJitter();
  }

  function recordCheck(outcome: RefreshRecord['outcome'] & string, wait: number): Promise<void> {
    const now = Date.now();
    return record({ checkedAt: new Date(now), outcome, nextCheckAt: new Date(now + wait) });
  }

  /** For people who ask; nothing depends on it. */
  async function record(changes: RefreshRecord): Promise<void> {
    try {
      await store.recordRefresh(changes, signal);
    } catch (error) {
      if (!signal.aborted && !isBusy(error)) {
        events.checkUnrecorded(error);
      }
    }
  }

  /** Doubles from one failure to the next, up to the interval; with a random part on top. */
  function retryPause(failures: number): number {
    const longest = Math.max(FIRST_RETRY_MS, options.interval);
    return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), longest) * (1 + Math.random() / 4);
  }

  function randomJitter(): number {
    return Math.random() * options.jitter;
  }

  let running: readonly Promise<void>[] = [];
  return {
    load,
    repair,
    get damaged() {
      return store.damaged.filter(({ sha256 }) => servedFiles.has(sha256));
    },
    start() {
      if (served === undefined) {
        events.imagesMissing(source !== undefined);
      }
      running = [followStore(), checkServed(), ...(source === undefined ? [] : [refresh(source)])];
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function manifestHashes({ manifest }: Generation): string[] {
  const { targets, biosLoaders, efiLoaders } = manifest;
  return [
    ...targets.flatMap(({ files }) => Object.values(files)),
    ...Object.values(biosLoaders?.files ?? {}),
    ...efiLoaders.flatMap(({ files }) => Object.values(files)),
  ].map(({ sha256 }) => sha256);
}

function tooSlow({ name }: ImageSource, milliseconds: number): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_NETWORK',
    `${name} was too slow: the sync was ended after ${Math.round(milliseconds / 60_000)} minutes`,
    { hint: 'use another mirror, or a network that is faster' },
  );
}

function isBusy(error: unknown): error is NetbootError {
  return error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_BUSY';
}

/** False when the configuration names an image that the generation does not hold, or not as trusted. */
function isComplete(
  generation: Generation | undefined,
  images: readonly ImageSelection[],
): boolean {
  if (generation === undefined) {
    return false;
  }
  return images.every(({ suite, arch, variants, trust }) =>
    variants.every((variant) =>
      generation.manifest.targets.some(
        (target) =>
          target.suite === suite &&
          target.arch === arch &&
          target.variant === variant &&
          (target.trust === 'tls') === (trust === 'tls'),
      ),
    ),
  );
}

/** Waits; false when stopped in the meantime. */
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
