import { ARCHES, type Generation, type StoredFile } from '@pxe/debian-netboot';

import type { BlobContent } from '../content/content.js';
import { efiLoaderPaths, efiLoadersOf } from './efi-loaders.js';
import { IMAGE_FILES, imagePath } from './image-path.js';

/** A stored file in the namespace. */
export interface ServedFile extends BlobContent {
  /** Not to be had by HTTP: a GRUB without http would stop at its prompt after an HTTP boot. */
  readonly tftpOnly: boolean;
}

/** Every stored file of a generation by the path that it is served at. */
export function generationFiles({ manifest }: Generation): ReadonlyMap<string, ServedFile> {
  const files = new Map<string, ServedFile>();
  const put = (path: string, { sha256, size }: StoredFile, tftpOnly = false): void => {
    files.set(path, { kind: 'blob', sha256, size, tftpOnly });
  };
  for (const [name, file] of Object.entries(manifest.biosLoaders?.files ?? {})) {
    put(`/${name}`, file);
  }
  for (const arch of ARCHES) {
    const efi = efiLoadersOf(manifest, arch);
    for (const [name, file] of Object.entries(efi?.files ?? {})) {
      const tftpOnly = efi?.hasHttp === false && name.endsWith('.efi');
      for (const path of efiLoaderPaths(arch, name)) put(path, file, tftpOnly);
    }
  }
  for (const target of manifest.targets) {
    for (const name of IMAGE_FILES) put(imagePath(target, name), target.files[name]);
  }
  return files;
}
