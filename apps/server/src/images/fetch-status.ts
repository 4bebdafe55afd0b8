import { type ImageSelection, NetbootError } from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';
import { NOT_READY } from '../namespace/boot-namespace.js';
import { type OverallProgress, SyncProgress } from './sync-progress.js';

/** Maximum interval between log lines about a running fetch, in milliseconds. */
const LINE_EVERY_MS = 10_000;

/**
 * State of the fetches of images.
 *
 * - `idle`: nothing has been fetched yet, or the last fetch succeeded
 * - `fetching`: a fetch is running
 * - `failed`: the last fetch failed as a whole
 * - `elsewhere`: another process fetches into the same store
 */
export type FetchStatus =
  | { readonly state: 'idle' }
  | {
      readonly state: 'fetching';
      readonly overall: OverallProgress;
      /** True once everything is fetched and stored, while the last steps of the sync run. */
      readonly isStored: boolean;
    }
  | {
      readonly state: 'failed' | 'elsewhere';
      readonly reason: string;
      /** Hint, in the imperative. */
      readonly hint?: string | undefined;
      /** Time of the next attempt, in milliseconds since 1970. */
      readonly retryAt: number;
    };

export interface ImageFetchOptions {
  /** Returns the images to fetch. */
  readonly images: () => readonly ImageSelection[];
  /** Receives the events, and progress events every ten seconds. */
  readonly events: ImageEvents;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** Tracks the fetches of images through their events. */
export interface ImageFetch {
  /** Events for the image service; each is passed on. */
  readonly events: ImageEvents;
  readonly status: FetchStatus;
  /** Progress per image of the running fetch; undefined if none is running. */
  readonly progress: SyncProgress | undefined;
  /**
   * Returns a short description of the state, such as `the images are still being fetched, 61%`; at most 126
   * characters.
   */
  describe(): string;
  close(): void;
}

export function createImageFetch({
  images,
  events,
  now = Date.now,
}: ImageFetchOptions): ImageFetch {
  let progress: SyncProgress | undefined;
  let ended: FetchStatus = { state: 'idle' };
  let isStored = false;
  let timer: NodeJS.Timeout | undefined;

  function end(status: FetchStatus): void {
    clearInterval(timer);
    progress = undefined;
    ended = status;
  }

  function status(): FetchStatus {
    return progress === undefined
      ? ended
      : { state: 'fetching', overall: progress.overall(now()), isStored };
  }

  return {
    events: {
      ...events,
      syncStarted() {
        end({ state: 'idle' });
        const started = new SyncProgress(images(), now());
        progress = started;
        isStored = false;
        timer = setInterval(() => {
          events.fetchProgressed(started.overall(now()));
        }, LINE_EVERY_MS);
        timer.unref();
        events.syncStarted();
      },
      syncProgress(event) {
        progress?.follow(event, now());
        isStored ||= event.type === 'generationCommitted';
        events.syncProgress(event);
      },
      syncFinished(outcome, nextInMs) {
        end({ state: 'idle' });
        events.syncFinished(outcome, nextInMs);
      },
      syncFailed(error, retryInMs) {
        const { message: reason, hint } =
          error instanceof NetbootError
            ? error
            : { message: 'unexpected error; see the log', hint: undefined };
        end({ state: 'failed', reason, hint, retryAt: now() + retryInMs });
        events.syncFailed(error, retryInMs);
      },
      syncElsewhere(error, retryInMs) {
        end({ state: 'elsewhere', reason: error.message, retryAt: now() + retryInMs });
        events.syncElsewhere(error, retryInMs);
      },
    },
    get status() {
      return status();
    },
    get progress() {
      return progress;
    },
    describe: () => describeFetch(status(), now()),
    close() {
      end(ended);
    },
  };
}

/**
 * Returns the reason why nothing is served yet. Firmware displays it, and any client can read it,
 * so it does not name the mirror.
 */
export function describeFetch(status: FetchStatus, now: number): string {
  switch (status.state) {
    case 'idle':
      return NOT_READY.none;
    case 'fetching':
      return `${NOT_READY.fetching}, ${status.overall.percent}%`;
    case 'failed': {
      const seconds = Math.max(0, Math.ceil((status.retryAt - now) / 1000));
      return `${NOT_READY.failed}; the next attempt starts in ${seconds} s`;
    }
    case 'elsewhere':
      return `${NOT_READY.fetching}, by another process`;
  }
}
