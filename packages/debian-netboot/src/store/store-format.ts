import { NetbootError } from '../errors.js';
import { readRecord } from '../files/checked-file.js';
import { replaceFile } from '../files/durable-file.js';
import { readGenerations } from './generation-files.js';
import { describeIoError } from '../files/io-error.js';
import { type StoreLayout } from './layout.js';
import { type StoreEventListener } from './store-event.js';

/**
 * Version of what a store holds. It goes up whenever a program of before would take something that is
 * new for damage:
 *
 * - 1: images by the SHA256SUMS that the archive's signature vouches for
 * - 2: other proofs, daily builds and archived suites. Whatever is valid in 1 is valid in 2.
 */
const FORMAT = 2;

/** Versions that are read as they are. */
const READABLE: readonly number[] = [1, FORMAT];

/**
 * Checks that a store is of a version that can be read. One whose version is damaged or lost is of a
 * readable one if a generation of it can be read: that file is written again.
 *
 * @param readOnly - whether to leave the file as it is
 * @throws NetbootError `ERR_NETBOOT_STORE_TOO_NEW`, `ERR_NETBOOT_STORE_DAMAGED`
 */
export async function checkFormat(
  layout: StoreLayout,
  readOnly: boolean,
  onEvent: StoreEventListener,
): Promise<void> {
  const text = await readFormat(layout);
  if (text === undefined && !readOnly) {
    await writeFormat(layout);
    return;
  }
  const format = Number(text?.trim());
  if (text === undefined || READABLE.includes(format)) {
    return;
  }
  const shown = JSON.stringify(text.trim().slice(0, 40));
  if (Number.isInteger(format) && format > FORMAT) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_TOO_NEW',
      `${layout.format}: expected layout ${FORMAT} or older, got ${shown}`,
      { hint: 'use the version that made the store, or another directory' },
    );
  }
  if ((await readGenerations(layout)).length === 0) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_DAMAGED',
      `${layout.format}: expected layout ${FORMAT}, got ${shown}`,
      { hint: `write ${FORMAT} into the file: everything else in the store is kept` },
    );
  }
  const failure = readOnly ? undefined : await repairFormat(layout);
  onEvent({
    type: 'formatDamaged',
    path: layout.format,
    found: shown,
    isRepaired: !readOnly && failure === undefined,
  });
}

/** What cannot be read from the disk is as good as empty. */
async function readFormat(layout: StoreLayout): Promise<string | undefined> {
  try {
    return (await readRecord(layout.format))?.toString('latin1');
  } catch (error) {
    if (error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_DAMAGED') {
      return '';
    }
    throw error;
  }
}

/** A full disk holds up no one who serves: the next sync writes the file, or says why it cannot. */
async function repairFormat(layout: StoreLayout): Promise<unknown> {
  try {
    await writeFormat(layout);
    return undefined;
  } catch (error) {
    return describeIoError(error, layout.format);
  }
}

/**
 * Brings a store to the version of today, before anything is written that is new in it. It is one
 * rename: all that an older store holds is valid as it is. From then on older programs refuse the
 * store.
 */
export async function migrateFormat(layout: StoreLayout): Promise<void> {
  if ((await readFormat(layout)) !== `${FORMAT}\n`) {
    await writeFormat(layout);
  }
}

async function writeFormat(layout: StoreLayout): Promise<void> {
  await replaceFile(layout.format, `${FORMAT}\n`, layout.temporary);
}
