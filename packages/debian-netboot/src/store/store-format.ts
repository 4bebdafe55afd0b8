import { NetbootError } from '../errors.js';
import { checksumPath, readChecked, readRecord, replaceChecked } from '../files/checked-file.js';
import { describeIoError } from '../files/io-error.js';
import { newestGeneration } from './generation-files.js';
import { STORE_FORMAT, type StoreLayout } from './layout.js';
import { type StoreEventListener } from './store-event.js';

/** Versions that can be read without a conversion. */
const READABLE: readonly number[] = [1, 2, 3, STORE_FORMAT];

/**
 * Checks that this package can read the version of a store. A missing version file is created. A damaged one
 * is rewritten if a generation can be read.
 *
 * @param readOnly - true to leave the file unchanged
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_TOO_NEW`, `ERR_NETBOOT_STORE_DAMAGED` if the file is damaged and no
 *   generation can be read
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
  if (Number.isInteger(format) && format > STORE_FORMAT && (await isAsWritten(layout))) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_TOO_NEW',
      `${layout.format}: expected layout ${STORE_FORMAT} or older, got ${shown}`,
      {
        hint: 'use a version at least as new as the one that wrote the store, or another directory',
      },
    );
  }
  if ((await newestGeneration(layout)) === undefined) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_DAMAGED',
      `${layout.format}: expected layout ${STORE_FORMAT}, got ${shown}`,
      { hint: `write ${STORE_FORMAT} into the file; the rest of the store is kept` },
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

/**
 * Returns false if the version file differs from what was last written: a single changed bit can turn a 2
 * into a 3.
 */
async function isAsWritten(layout: StoreLayout): Promise<boolean> {
  try {
    await readChecked(layout.format);
    return true;
  } catch (error) {
    if (error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_DAMAGED') {
      return false;
    }
    throw error;
  }
}

/** Returns the text of the version file; `undefined` if it is missing. An unreadable file counts as empty. */
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

/**
 * Writes the version file; returns an error instead of throwing it. A full disk must not stop a server: the
 * next sync writes the file, or reports why it cannot.
 */
async function repairFormat(layout: StoreLayout): Promise<unknown> {
  try {
    await writeFormat(layout);
    return undefined;
  } catch (error) {
    return describeIoError(error, layout.format);
  }
}

/**
 * Upgrades a store to the current version before anything new is written. Nothing is converted, since
 * everything in an older store remains valid. Older programs refuse the store from then on.
 */
export async function migrateFormat(layout: StoreLayout): Promise<void> {
  const isCurrent = (await readFormat(layout)) === `${STORE_FORMAT}\n`;
  // Earlier versions of this package wrote no checksum.
  if (!isCurrent || (await readRecord(checksumPath(layout.format))) === undefined) {
    await writeFormat(layout);
  }
}

async function writeFormat(layout: StoreLayout): Promise<void> {
  await replaceChecked(layout.format, `${STORE_FORMAT}\n`, layout.temporary);
}
