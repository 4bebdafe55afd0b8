import { resolve } from 'node:path';

import { type ImageSource } from '../image-source.js';

/**
 * Returns a source of installer images in the file system, without network access. `path` is one of
 *
 * - a directory with the layout of a mirror (`dists/`, `pool/`), complete or partial
 * - a bundle (`.tar`) written by `exportBundle`
 * - `netboot.tar.gz`, or a directory with its content (`debian-installer/`), with InRelease and
 *   SHA256SUMS in the same directory; without the InRelease, the images count as unsigned
 */
export function directorySource(path: string): ImageSource {
  const root = resolve(path);
  return {
    name: `directory ${root}`,
    kind: 'directory',
    open: async (request) => {
      // Programs that only create the source do not need this module.
      const { openDirectory } = await import('./open-directory.js');
      return openDirectory(root, request);
    },
  };
}
