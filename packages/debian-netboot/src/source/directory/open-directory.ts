import { dirname, join } from 'node:path';

import { NetbootError } from '../../errors.js';
import { type SourceRequest, type SourceSession } from '../image-source.js';
import { ArchiveTree, directoryTree, isDirectory, isFile } from './archive-tree.js';
import { openBundleTree } from './bundle-tree.js';
import { NetbootTree } from './netboot-tree.js';

/**
 * Opens a session on installer images in the file system.
 *
 * @param root - one of the directories and files that {@link directorySource} describes
 * @throws {@link NetbootError} `ERR_NETBOOT_FILE_NOT_FOUND` if it contains no installer images
 */
export async function openDirectory(root: string, request: SourceRequest): Promise<SourceSession> {
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
