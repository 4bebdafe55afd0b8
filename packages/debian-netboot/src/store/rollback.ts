import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import {
  listGenerationIds,
  readCurrentId,
  readGeneration,
  switchCurrent,
} from './generation-files.js';
import { type StoreLayout } from './layout.js';
import { contentHash, type Generation } from './manifest.js';
import { clearRejected, writeRejected } from './rejected-content.js';

/**
 * Makes another generation current. If it is an earlier one, the rejected content is remembered: syncs do
 * not return to it, and accept newer content. Otherwise any rejection is forgotten.
 *
 * @param wanted - id; if undefined, the newest generation before the current one
 * @throws NetbootError `ERR_NETBOOT_NO_GENERATION` if there is no such generation
 */
export function rollBack(layout: StoreLayout, wanted: string | undefined): Promise<Generation> {
  return withIoErrors(layout.current, async () => {
    // With an explicit id, it does not matter if the record of the current one is damaged.
    const currentId =
      wanted === undefined
        ? await readCurrentId(layout)
        : await readCurrentId(layout).catch(() => undefined);
    const id = wanted ?? (await generationBefore(layout, currentId));
    const generation = await readGeneration(layout, id);
    if (id === currentId) {
      return generation;
    }
    const current =
      currentId === undefined
        ? undefined
        : await readGeneration(layout, currentId).catch(() => undefined);
    if (current !== undefined && id < current.id) {
      await writeRejected(layout, contentHash(current.manifest));
    } else {
      await clearRejected(layout);
    }
    await switchCurrent(layout, id);
    return generation;
  });
}

async function generationBefore(
  layout: StoreLayout,
  currentId: string | undefined,
): Promise<string> {
  const ids = await listGenerationIds(layout);
  const older = ids.find((id) => currentId !== undefined && id < currentId);
  if (older !== undefined) {
    return older;
  }
  throw new NetbootError('ERR_NETBOOT_NO_GENERATION', 'there is no earlier generation', {
    hint: 'the store has only the current one',
  });
}
