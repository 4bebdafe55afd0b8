import type { Generation, StoredFile } from '@pxe/debian-netboot';

import type { Content } from '../content/content.js';
import { IMAGE_FILES, imagePath } from './image-path.js';

/** Every stored file of a generation by the path that it is served at. */
export function generationFiles({ manifest }: Generation): ReadonlyMap<string, Content> {
  const files = new Map<string, Content>();
  const put = (path: string, { sha256, size }: StoredFile): void => {
    files.set(path, { kind: 'blob', sha256, size });
  };
  for (const [name, file] of Object.entries(manifest.biosLoaders?.files ?? {})) {
    put(`/${name}`, file);
  }
  for (const target of manifest.targets) {
    for (const name of IMAGE_FILES) put(imagePath(target, name), target.files[name]);
  }
  return files;
}
