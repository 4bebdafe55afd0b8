import { NetbootError } from '../errors.js';
import { readCurrentId, readGeneration, readGenerations } from './generation-files.js';
import { type StoreLayout } from './layout.js';
import { type Generation, imagesHash } from './manifest.js';
import { readRejected } from './rejected-content.js';

/** Generation to serve; see `ImageStore.servable`. */
export interface ServableGeneration {
  readonly generation: Generation;
  /** Damage that made the current generation unusable; absent if this is the current one. */
  readonly damage?: NetbootError;
}

/**
 * Returns the generation to serve: the current one, or, if it or its record is damaged or missing, the newest
 * readable one, preferably one older than the current one. Such a replacement never has content that a
 * rollback rejected. Returns `undefined` if the store has no generation.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if no generation can be read
 */
export async function servableGeneration(
  layout: StoreLayout,
): Promise<ServableGeneration | undefined> {
  let currentId: string | undefined;
  let damage: NetbootError | undefined;
  try {
    currentId = await readCurrentId(layout);
    if (currentId !== undefined) {
      return { generation: await readGeneration(layout, currentId) };
    }
  } catch (error) {
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    damage = error;
  }
  const rejected = await readRejected(layout).catch(() => undefined);
  const readable = (await readGenerations(layout)).filter(
    ({ manifest }) => imagesHash(manifest) !== rejected,
  );
  const before = readable.find(({ id }) => currentId === undefined || id < currentId);
  const generation = before ?? readable[0];
  if (generation !== undefined) {
    return { generation, damage: damage ?? missing(layout) };
  }
  if (damage === undefined) {
    return undefined;
  }
  throw damage;
}

function missing({ current }: StoreLayout): NetbootError {
  return new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${current} is missing`, {
    hint: 'sync again',
  });
}
