import { dirname, join, resolve } from 'node:path';

import { NetbootError } from '../../errors.js';
import { type ImageSource, type SourceRequest, type SourceSession } from '../image-source.js';
import { ArchiveTree, directoryTree, isDirectory, isFile } from './archive-tree.js';
import { openBundleTree } from './bundle-tree.js';
import { NetbootTree } from './netboot-tree.js';

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
  return { name: `directory ${root}`, kind: 'directory', open: (request) => open(root, request) };
}

async function open(root: string, request: SourceRequest): Promise<SourceSession> {
  if (await isDirectory(root)) {
    if (await isDirectory(join(root, 'dists'))) {
      return new ArchiveTree(directoryTree(root));
    }
    if (await isDirectory(join(root, 'debian-installer'))) {
      return NetbootTree.ofDirectory(root);
    }
  } else if (await isFile(root)) {
    if (/\.(?:tar\.gz|tgz)$/.test(root)) {
      return NetbootTree.ofTarball(root, dirname(root));
    }
    if (root.endsWith('.tar')) {
      return new ArchiveTree(await openBundleTree(root, request.signal));
    }
  }
  throw new NetbootError(
    'ERR_NETBOOT_FILE_NOT_FOUND',
    `${root} does not contain installer images`,
    {
      hint: 'pass a directory with dists or debian-installer in it, a bundle, or a netboot.tar.gz',
    },
  );
}
