import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { diskFile, type MirrorTree } from './mirror-tree.js';
import { PrivateApt, type PrivateAptOptions, sumsPath } from './private-apt.js';

/**
 * Builds a mirror with Debian's own files for the installer, byte for byte: the signed InRelease of
 * each suite, SHA256SUMS, the lists of packages and of installer modules, PXELINUX's packages, the
 * packages `debian-installer-*-netboot-*`, and the installer's files inside them. Everything is
 * downloaded by the host's apt, with a private state directory.
 */
export async function aptArchive(options: PrivateAptOptions): Promise<MirrorTree> {
  const apt = await PrivateApt.prepare(options);
  const tree: MirrorTree = new Map();
  for (const suite of options.suites) {
    for (const [path, file] of await apt.lists(suite)) {
      tree.set(`dists/${suite}/${path}`, await diskFile(file));
    }
    for (const arch of options.arches) {
      if (tree.has(`dists/${suite}/${sumsPath(arch)}`)) {
        await addInstaller(tree, apt, suite, arch);
      }
    }
    for (const name of ['pxelinux', 'syslinux-common']) {
      const listed = await apt.find(suite, new RegExp(`^${name}$`));
      tree.set(listed.filename, await diskFile(await apt.download(listed)));
    }
  }
  return tree;
}

async function addInstaller(
  tree: MirrorTree,
  apt: PrivateApt,
  suite: string,
  arch: string,
): Promise<void> {
  const listed = await apt.find(suite, new RegExp(`^debian-installer-\\d+-netboot-${arch}$`));
  tree.set(listed.filename, await diskFile(await apt.download(listed)));
  const root = join(await apt.extract(listed), 'usr/lib/debian-installer/images');
  const [release = ''] = await readdir(root);
  const installer = `dists/${suite}/main/installer-${arch}`;
  const sums = tree.get(`dists/${suite}/${sumsPath(arch)}`);
  if (sums !== undefined) {
    tree.set(`${installer}/${listed.version}/images/SHA256SUMS`, sums);
  }
  for (const [variant, folder] of [
    ['text', 'netboot'],
    ['gtk', 'netboot/gtk'],
  ] as const) {
    const directory = join(root, release, arch, variant);
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) {
        continue;
      }
      const path = join(entry.parentPath, entry.name);
      const file = await diskFile(path);
      const name = `images/${folder}/${path.slice(directory.length + 1)}`;
      tree.set(`${installer}/${listed.version}/${name}`, file);
      tree.set(`${installer}/current/${name}`, file);
    }
  }
}
