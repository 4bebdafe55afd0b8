import {
  type Generation,
  type PruneReport,
  type StoreEvent,
  type SyncEvent,
} from '@pxe/debian-netboot';
import { NetbootError } from '@pxe/debian-netboot/catalog';

import { counted } from './counted.js';
import { imageNotes } from './image-notes.js';
import { type Logger } from './logger.js';
import { quietText, syncMessage } from './sync-message.js';

/** Progress of a sync as a whole. */
export interface FetchFigures {
  readonly percent: number;
  readonly received: number;
  /** Approximate number of bytes to receive in total. */
  readonly expected: number;
  /** Bytes per second. */
  readonly speed: number;
  readonly secondsLeft: number | undefined;
  /** Most recently reported step of the source. */
  readonly activity: string | undefined;
  /** Time since the last progress, in milliseconds. */
  readonly quietMs: number;
}

/** Events of the image service, one function each. */
export interface ImageEvents {
  imagesReady(generation: Generation): void;
  imagesMissing(willSync: boolean): void;
  storeUnreadable(error: unknown): void;
  storeReadOnly(reason: Error): void;
  /** Called when an earlier generation is served because the current one is damaged. */
  fallbackServed(generation: Generation, damage: NetbootError): void;
  storeEvent(event: StoreEvent): void;
  pruned(report: PruneReport): void;
  /** Called when old generations cannot be removed; the images themselves are not affected. */
  pruneFailed(error: unknown): void;
  /** Called when the time of a check cannot be recorded. */
  checkUnrecorded(error: unknown): void;
  syncStarted(): void;
  /** Called every ten seconds while a sync runs. */
  fetchProgressed(progress: FetchFigures): void;
  /** @param nextInMs - time until the next sync, in milliseconds */
  syncFinished(outcome: 'complete' | 'partial', nextInMs: number): void;
  syncFailed(error: unknown, retryInMs: number): void;
  /** Called when another process is refreshing the images. */
  syncElsewhere(error: NetbootError, retryInMs: number): void;
  readonly syncProgress: (event: SyncEvent) => void;
}

export function createImageEvents(logger: Logger): ImageEvents {
  /** Images that the running sync could not refresh, by the type and message of the failure. */
  const failures = new Map<string, { readonly event: FailedTarget; readonly images: string[] }>();

  function collect(event: FailedTarget): void {
    const key = `${event.type} ${event.error.message}`;
    const failure = failures.get(key) ?? { event, images: [] };
    const { suite, arch, variant } = event.target;
    failure.images.push(`${suite} ${arch} ${variant}`);
    failures.set(key, failure);
  }

  return {
    imagesReady({ id, manifest }) {
      const images = manifest.targets.map(
        ({ suite, arch, variant }) => `${suite}-${arch}-${variant}`,
      );
      logger.info(
        { event: 'images.ready', generation: id, images },
        `serving generation ${id}: ${images.join(', ')}`,
      );
      for (const target of manifest.targets) {
        const notes = imageNotes(target);
        if (notes.length === 0) {
          continue;
        }
        const { suite, arch, variant } = target;
        logger.warn(
          { event: 'images.caution', suite, arch, variant, notes },
          `${suite} ${arch} ${variant}: ${notes.join('; ')}`,
        );
      }
      for (const target of manifest.targets.filter(({ abi }) => abi === 'stale')) {
        logger.warn(
          {
            event: 'images.stale',
            suite: target.suite,
            arch: target.arch,
            kernel: target.kernelVersion,
          },
          `the archive no longer has the modules of Linux ${target.kernelVersion}: ${target.suite} ${target.arch} cannot be installed`,
        );
      }
    },
    imagesMissing(willSync) {
      const next = willSync ? 'fetching them now' : 'waiting for another process to fetch them';
      logger.warn({ event: 'images.missing' }, `the store has no images yet; ${next}`);
    },
    storeUnreadable(error) {
      logger.error({ event: 'images.store-unreadable', err: error }, 'cannot read the image store');
    },
    storeReadOnly({ message }) {
      logger.warn(
        { event: 'images.store-read-only' },
        `serving the stored images without refreshing them: ${message}`,
      );
    },
    fallbackServed({ id }, { code, message }) {
      logger.error(
        { event: 'images.fallback', generation: id, code },
        `the current generation is damaged; serving ${id} instead: ${message}`,
      );
    },
    storeEvent(event) {
      if (event.type === 'formatDamaged') {
        const { path, found, isRepaired } = event;
        logger.error(
          { event: 'images.format-damaged', path, found, isRepaired },
          `${path} is damaged (${found}); ${isRepaired ? 'rewritten' : 'the images are still served'}`,
        );
        return;
      }
      const { sha256 } = event.file;
      if (event.type === 'fileRepaired') {
        logger.info(
          { event: 'images.repaired', sha256 },
          `a damaged file is intact again: ${sha256}`,
        );
        return;
      }
      const { path, damage, isSetAside } = event;
      const next = isSetAside
        ? 'fetching it again'
        : 'the store is read-only, so it stays unavailable';
      logger.error(
        { event: 'images.damaged', sha256, path, damage },
        `a stored file is damaged (${damage}) and not served: ${path}; ${next}`,
      );
    },
    checkUnrecorded(error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn(
        { event: 'images.check-unrecorded' },
        `cannot record this check for "pxeboot images list": ${why}`,
      );
    },
    pruneFailed(error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn({ event: 'images.prune-failed' }, `cannot remove old generations: ${why}`);
    },
    pruned({ generations, kept, files, bytes, foreign, unreadable }) {
      if (unreadable.length > 0) {
        const [first] = unreadable;
        const text =
          unreadable.length === 1
            ? `cannot list ${first} in the image store; its files are kept`
            : `cannot list ${unreadable.length} directories in the image store, such as ${first}; their files are kept`;
        logger.warn(
          { event: 'images.unreadable-directories', paths: unreadable.slice(0, 10) },
          text,
        );
      }
      if (foreign.length > 0) {
        logger.warn(
          { event: 'images.foreign-files', paths: foreign.slice(0, 10), count: foreign.length },
          `kept ${counted(foreign.length, 'unknown file')} in the image store`,
        );
      }
      if (generations.length === 0 && files === 0) {
        return;
      }
      logger.info(
        { event: 'images.pruned', generations, kept, files, bytes },
        `removed ${counted(generations.length, 'old generation')}: ${counted(files, 'file')}, ${bytes} bytes; kept ${counted(kept.length, 'generation')}`,
      );
    },
    syncElsewhere({ message }, retryInMs) {
      logger.info(
        { event: 'images.sync-elsewhere' },
        `${message}; checking again in ${Math.round(retryInMs / 1000)} s`,
      );
    },
    syncStarted() {
      failures.clear();
      logger.debug({ event: 'images.sync-started' }, 'refreshing the images');
    },
    fetchProgressed({ percent, received, expected, speed, secondsLeft, activity, quietMs }) {
      const quiet = quietText(quietMs);
      const parts = [
        `fetching the images: ${percent}%`,
        ...(received > 0 ? [`${megabytes(received)} of about ${megabytes(expected)} MB`] : []),
        ...(speed > 0 ? [`${megabytes(speed)} MB/s`] : []),
        ...(secondsLeft === undefined ? [] : [`${Math.ceil(secondsLeft)} s left`]),
        ...(received > 0 || activity === undefined ? [] : [activity]),
        ...(quiet === undefined ? [] : [quiet]),
      ];
      logger.info(
        {
          event: 'images.fetching',
          percent,
          bytes: received,
          size: expected,
          bytesPerSecond: Math.round(speed),
        },
        parts.join(', '),
      );
    },
    syncFinished(outcome, nextInMs) {
      for (const { event, images } of failures.values()) {
        const { code, message, hint } = event.error;
        const [one, several] =
          event.type === 'targetMissing'
            ? ['is missing', 'are missing']
            : ['was not refreshed', 'were not refreshed'];
        const what = images.length === 1 ? one : several;
        const retry = `trying again in ${Math.round(nextInMs / 1000)} s`;
        logger.warn(
          { event: `images.${event.type}`, images, code, hint },
          [`${images.join(', ')} ${what}: ${message}`, hint, retry].filter(Boolean).join('; '),
        );
      }
      failures.clear();
      logger.debug(
        { event: 'images.sync-finished', outcome },
        `images refreshed (${outcome}); next refresh in ${Math.round(nextInMs / 1000)} s`,
      );
    },
    syncFailed(error, retryInMs) {
      const retry = `trying again in ${Math.round(retryInMs / 1000)} s`;
      if (error instanceof NetbootError) {
        const { code, message, hint } = error;
        logger.error(
          { event: 'images.sync-failed', code, hint },
          [`the images were not refreshed: ${message}`, hint, retry].filter(Boolean).join('; '),
        );
      } else {
        logger.error(
          { event: 'images.sync-failed', err: error },
          `the images were not refreshed; ${retry}`,
        );
      }
    },
    syncProgress(event) {
      const line = { event: `images.${event.type}` };
      const message = syncMessage(event) ?? event.type;
      if (event.type === 'targetMissing' || event.type === 'targetCarriedOver') {
        // One line for all of them, with the time of the next attempt, once that is known.
        collect(event);
      } else if (ATTEMPTS.has(event.type)) {
        logger.info(line, message);
      } else if ('error' in event) {
        logger.warn({ ...line, code: event.error.code }, message);
      } else if (WARNINGS.has(event.type)) {
        logger.warn(line, message);
      } else if (event.type === 'generationCommitted') {
        logger.info(line, message);
      } else if (syncMessage(event) !== undefined) {
        logger.debug(line, message);
      } else {
        logger.trace({ ...line, detail: event }, message);
      }
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

type FailedTarget = Extract<SyncEvent, { type: 'targetMissing' | 'targetCarriedOver' }>;

/**
 * Failures after which the same sync continues in another way. If that way fails, too, a separate line
 * reports it.
 */
const ATTEMPTS: ReadonlySet<SyncEvent['type']> = new Set(['proofFailed', 'suiteTriedElsewhere']);

/** Events that do not fail a sync, but that an administrator should notice. */
const WARNINGS: ReadonlySet<SyncEvent['type']> = new Set([
  'biosLoadersMissing',
  'firmwareUnknown',
  'modulesDoubtful',
  'releaseOlderThanSeen',
]);
