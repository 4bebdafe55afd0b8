import { type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';

/** Returns true if all files are in the store; a repair may have removed damaged ones. */
export async function holdsAll(
  update: StoreUpdate,
  files: readonly StoredFile[],
): Promise<boolean> {
  for (const { sha256, size } of files) {
    if ((await update.find(sha256))?.size !== size) {
      return false;
    }
  }
  return true;
}
