import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import {
  listGenerationIds,
  readCurrentId,
  readGeneration,
  switchCurrent,
} from './generation-files.js';
import { type StoreLayout } from './layout.js';
import { type Generation, imagesHash } from './manifest.js';
import { clearRejected, writeRejected } from './rejected-content.js';

/**
 * Makes another generation current. If it is an earlier one, the rejected images are remembered: syncs do not
 * return to them, but do accept newer ones. Otherwise, any earlier rejection is forgotten.
 *
 * @param wanted - id of the generation; if undefined, the newest generation before the current one that has
 * different images
 * @throws {@link NetbootError} `ERR_NETBOOT_NO_GENERATION` if there is no such generation
 */
export function rollBack(layout: StoreLayout, wanted: string | undefined): Promise<Generation> {
  return withIoErrors(layout.current, async () => {
    // With an explicit id, a damaged record of the current generation does not matter.
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
    const rejected = current && imagesHash(current.manifest);
    const isOther = rejected !== imagesHash(generation.manifest);
    if (current !== undefined && rejected !== undefined && id < current.id && isOther) {
      await writeRejected(layout, rejected);
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
  if (currentId !== undefined) {
    const current = await readGeneration(layout, currentId).catch(() => undefined);
    const rejected = current && imagesHash(current.manifest);
    for (const id of await listGenerationIds(layout)) {
      if (id < currentId && (rejected === undefined || rejected !== (await hashOf(layout, id)))) {
        return id;
      }
    }
  }
  throw new NetbootError(
    'ERR_NETBOOT_NO_GENERATION',
    'there is no earlier generation with different images',
    { hint: 'run "pxeboot images list" to see the generations in the store' },
  );
}

async function hashOf(layout: StoreLayout, id: string): Promise<string> {
  return imagesHash((await readGeneration(layout, id)).manifest);
}
