import { setTimeout as delay } from 'node:timers/promises';

import {
  syncImages,
  type Generation,
  type ImageSelection,
  type ImageSource,
  type ImageStore,
  type TrustOptions,
} from '@pxe/debian-netboot';

import type { ImageEvents } from '../log/image-events.js';

/** How often the store is looked at for a generation that another process committed. */
const STORE_POLL_MS = 10_000;
const FIRST_RETRY_MS = 60_000;

export interface ImageServiceOptions {
  readonly store: ImageStore;
  /** Undefined when the store is read-only: another process keeps it fresh. */
  readonly source: ImageSource | undefined;
  readonly images: readonly ImageSelection[];
  readonly trust: TrustOptions;
  /** Milliseconds between looks at the source. */
  readonly interval: number;
  /** Largest random addition to the interval, in milliseconds. */
  readonly jitter: number;
  readonly events: ImageEvents;
  /** Called with the generation to serve: at the start if there is one, then at every switch. */
  readonly onGeneration: (generation: Generation) => void;
}

/** Keeps the served generation the store's current one, and the store fresh. */
export interface ImageService {
  /** Puts the store's current generation to use, if there is one. */
  load(): Promise<void>;
  /** Refreshes in the background from now on. */
  start(): void;
  /** Ends a running sync and waits until the store is left alone. */
  stop(): Promise<void>;
}

export function createImageService(options: ImageServiceOptions): ImageService {
  const { store, source, events, onGeneration } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let served: Generation | undefined;

  async function serveCurrent(): Promise<void> {
    const current = await store.current();
    if (current === undefined || current.id === served?.id) return;
    served = current;
    onGeneration(current);
    events.imagesReady(current);
  }

  async function followStore(): Promise<void> {
    while (await pause(STORE_POLL_MS, signal)) {
      await serveCurrent().catch((error: unknown) => {
        events.storeUnreadable(error);
      });
    }
  }

  async function refresh(imageSource: ImageSource): Promise<void> {
    let failures = 0;
    let wait = isComplete(served, options.images) ? timeToNextLook() : 0;
    while (await pause(wait, signal)) {
      const { images, trust } = options;
      const syncing = { store, source: imageSource, images, trust, signal };
      try {
        const { generation, changed, missing } = await syncImages({
          ...syncing,
          onEvent: events.syncProgress,
        });
        await serveCurrent();
        if (changed) events.pruned(await store.prune({ signal }));
        const isFresh = generation.manifest.targets.every(({ carriedOver }) => !carriedOver);
        const isPartial = missing.length > 0 || !isFresh;
        failures = isPartial ? failures + 1 : 0;
        wait = isPartial ? retryPause(failures) : options.interval + randomJitter();
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        wait = retryPause(failures);
        events.syncFailed(error, wait);
      }
    }
  }

  function timeToNextLook(): number {
    const age =
      served === undefined ? Infinity : Date.now() - Date.parse(served.manifest.createdAt);
    return Math.max(0, options.interval - age) + randomJitter();
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
    load: serveCurrent,
    start() {
      if (served === undefined) events.imagesMissing(source !== undefined);
      running = [followStore(), ...(source === undefined ? [] : [refresh(source)])];
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** False when the configuration names an image that the generation does not hold. */
function isComplete(
  generation: Generation | undefined,
  images: readonly ImageSelection[],
): boolean {
  if (generation === undefined) return false;
  return images.every(({ suite, arch, variants }) =>
    variants.every((variant) =>
      generation.manifest.targets.some(
        (target) => target.suite === suite && target.arch === arch && target.variant === variant,
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
    if (signal.aborted) return false;
    throw error;
  }
}
