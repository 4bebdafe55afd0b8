import {
  type ImageStore,
  NetbootError,
  type NetbootErrorCode,
  openStore,
  type StoreEventListener,
} from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';

const NOT_WRITABLE: ReadonlySet<NetbootErrorCode> = new Set([
  'ERR_NETBOOT_NO_PERMISSION',
  'ERR_NETBOOT_STORE_READ_ONLY',
  'ERR_NETBOOT_STORE_NOT_OWNED',
]);

/**
 * Opens the store for serving and refreshing; where it cannot be written but holds images, for
 * serving only.
 *
 * @throws NetbootError when there is nothing to serve and no way to fetch it.
 */
export async function openServedStore(
  directory: string,
  events: ImageEvents,
  onEvent: StoreEventListener,
): Promise<ImageStore> {
  try {
    return await openStore(directory, { onEvent });
  } catch (error) {
    if (!(error instanceof NetbootError) || !NOT_WRITABLE.has(error.code)) {
      throw error;
    }
    const store = await openStore(directory, { readOnly: true, onEvent }).catch(() => undefined);
    if (store === undefined) {
      throw error;
    }
    events.storeReadOnly(error);
    return store;
  }
}
