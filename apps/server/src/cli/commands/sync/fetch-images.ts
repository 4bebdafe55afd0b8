import { type MissingImage, NetbootError, type SyncEvent, syncImages } from '@pxe/debian-netboot';

import { type ServerConfig } from '../../../config/schema.js';
import { selectedImages } from '../../../config/selected-images.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import {
  dailyOptions,
  entryOptions,
  imageSource,
  trustOptions,
} from '../../../images/image-source.js';
import { counted } from '../../../log/counted.js';
import { withProgress } from '../../progress/progress.js';
import { CommandError, type Terminal } from '../../terminal.js';

const OUTCOMES = {
  changed: 'is the new generation',
  unchanged: 'is up to date',
  rejected: 'stays current, because the newest images were rolled back',
} as const;

/**
 * Fetches and verifies the configured images, and prints the generation that is then current.
 *
 * @throws {@link CommandError} when an image or an extra entry could not be fetched
 */
export async function fetchImages(config: ServerConfig, terminal: Terminal): Promise<void> {
  const { print, signal } = terminal;
  const store = await openDataDirectory(config.dataDir);
  const images = selectedImages(config);
  const source = await imageSource(config.source);
  const trust = await trustOptions(config.source);
  const daily = await dailyOptions(config.source);
  const entries = await entryOptions(config);
  const failures: Extract<SyncEvent, { type: 'entryMissing' }>[] = [];
  const { generation, outcome, missing } = await withProgress(terminal, (onEvent) =>
    syncImages({
      store,
      source,
      images,
      trust,
      daily,
      ...entries,
      signal,
      onEvent(event) {
        if (event.type === 'entryMissing') {
          failures.push(event);
        }
        onEvent(event);
      },
    }),
  );
  const isKept = generation.manifest.targets.some(({ carriedOver }) => carriedOver);
  const isPartial = isKept || missing.length > 0;
  const record = {
    checkedAt: new Date(),
    outcome: isPartial ? 'partial' : 'complete',
  } as const;
  // The process that holds the lease checks the source as well, and records the time.
  await store.recordRefresh(record, signal).catch(ignoreBusy);
  print(
    `${generation.id} ${OUTCOMES[outcome]}: ${counted(generation.manifest.targets.length, 'image')}`,
  );
  failIfMissing(missing);
  failIfEntriesMissing(failures);
}

/** Throws a {@link CommandError} if extra entries could not be fetched; everything else is served nevertheless. */
function failIfEntriesMissing(
  failures: readonly Extract<SyncEvent, { type: 'entryMissing' }>[],
): void {
  const [first] = failures;
  if (first === undefined) {
    return;
  }
  const ids = failures.map(({ id, isKept }) => (isKept ? `${id} (kept unchanged)` : id));
  const { error: cause } = first;
  throw new CommandError(`entries not refreshed: ${ids.join(', ')}: ${cause.message}`, cause.hint, {
    cause,
  });
}

function ignoreBusy(error: unknown): void {
  if (!(error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_BUSY')) {
    throw error;
  }
}

/** Throws a {@link CommandError} if images are missing; the others are served nevertheless. */
function failIfMissing(missing: readonly MissingImage[]): void {
  const [first] = missing;
  if (first === undefined) {
    return;
  }
  const images = missing.map(
    ({ target: { suite, arch, variant } }) => `${suite} ${arch} ${variant}`,
  );
  const cause = first.error;
  throw new CommandError(`missing images: ${images.join(', ')}: ${cause.message}`, cause.hint, {
    cause,
  });
}
