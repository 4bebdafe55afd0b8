import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  addIndex,
  contentOf,
  createSigningKey,
  memoryFile,
  type MirrorTree,
  publishSuite,
} from '@pxe/local-mirror';

import { buildUdeb, type Udeb, udebControl, udebFileName } from './udeb.js';

/** Path of the archive on its server. */
export const ARCHIVE_PATH = '/debian';

/**
 * Keyring against which Debian's installer checks the archive's signature, if the keyring exists.
 */
export const INSTALLER_KEYRING = 'usr/share/keyrings/archive.gpg';

/**
 * Writes an archive of installer components, signed with a new key.
 *
 * @param root - directory for the archive's server; must not exist
 * @param codename - codename of the suite
 * @returns the public key, as a keyring
 */
export async function writeInstallerArchive(
  root: string,
  codename: string,
  udebs: readonly Udeb[],
): Promise<Uint8Array> {
  const archive = join(root, ARCHIVE_PATH);
  const tree: MirrorTree = new Map();
  const paragraphs: string[] = [];
  for (const udeb of udebs) {
    const built = await buildUdeb(udeb, `${root}-packages`);
    const path = `pool/main/${udebFileName(udeb)}`;
    await mkdir(dirname(join(archive, path)), { recursive: true });
    await cp(built, join(archive, path));
    paragraphs.push(packageParagraph(udeb, path, await readFile(built)));
  }
  const components = `dists/${codename}/main`;
  addIndex(tree, `${components}/debian-installer/binary-amd64/Packages`, paragraphs.join('\n'));
  // choose-mirror checks whether the mirror has this architecture.
  addIndex(tree, `${components}/binary-amd64/Packages`, '');
  tree.set(`${components}/binary-amd64/Release`, memoryFile('Architecture: amd64\n'));

  const key = await createSigningKey('Boot lab test key');
  const date = new Date();
  await publishSuite(tree, { suite: 'stable', codename, date }, key);
  const release = tree.get(`dists/${codename}/Release`);
  if (release !== undefined) {
    const signature = await key.detachSign((await contentOf(release)).toString(), date);
    tree.set(`dists/${codename}/Release.gpg`, memoryFile(signature));
  }
  for (const [path, file] of tree) {
    await mkdir(dirname(join(archive, path)), { recursive: true });
    await writeFile(join(archive, path), await contentOf(file));
  }
  return key.keyring;
}

/** Returns the paragraph of a package in the index. */
function packageParagraph(udeb: Udeb, path: string, content: Uint8Array): string {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return `${udebControl(udeb)}Filename: ${path}\nSize: ${content.length}\nSHA256: ${sha256}\n`;
}
