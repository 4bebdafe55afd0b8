import {
  type ImageStore,
  NetbootError,
  type NetbootErrorCode,
  type StoreEventListener,
} from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';
import { openDataDirectory } from './data-directory.js';

const NOT_WRITABLE: ReadonlySet<NetbootErrorCode> = new Set([
  'ERR_NETBOOT_NO_PERMISSION',
  'ERR_NETBOOT_STORE_READ_ONLY',
  'ERR_NETBOOT_STORE_NOT_OWNED',
]);

/**
 * Opens the store for serving and refreshing, or only for serving if it has images but is not writable.
 *
 * @throws {@link NetbootError} when neither is possible
 */
export async function openServedStore(
  directory: string,
  events: ImageEvents,
  onEvent: StoreEventListener,
): Promise<ImageStore> {
  try {
    return await openDataDirectory(directory, { onEvent });
  } catch (error) {
    if (!(error instanceof NetbootError) || !NOT_WRITABLE.has(error.code)) {
      throw error;
    }
    const store = await openDataDirectory(directory, {
      readOnly: true,
      onEvent,
    }).catch(() => undefined);
    // Without images, the daemon would wait forever for another process to fetch them.
    if ((await store?.current().catch(() => undefined)) === undefined || store === undefined) {
      throw error;
    }
    events.storeReadOnly(error);
    return store;
  }
}
