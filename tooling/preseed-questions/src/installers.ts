import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { aptArchive, contentOf } from '@pxe/local-mirror';

import { unpackInitrd } from './unpack-initrd.js';

/** Debian releases whose installers are used. */
export const SUITES = ['bookworm', 'trixie'] as const;

/** A Debian release. */
export type Suite = (typeof SUITES)[number];

/** Packages downloaded by the host's apt; shared with the other tests. */
const APT_CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');

/**
 * Downloads Debian's netboot installers for amd64 with the host's apt, and unpacks their initrds.
 *
 * @param directory - directory that gets a subdirectory for each suite
 */
export async function unpackInstallers(
  directory: string,
): Promise<Readonly<Record<Suite, string>>> {
  const tree = await aptArchive({ suites: SUITES, arches: ['amd64'], cacheDirectory: APT_CACHE });
  const unpack = async (suite: Suite): Promise<string> => {
    const images = `dists/${suite}/main/installer-amd64/current/images/netboot`;
    const initrd = tree.get(`${images}/debian-installer/amd64/initrd.gz`);
    if (initrd === undefined) {
      throw new Error(`the installer of ${suite} has no initrd`);
    }
    const root = join(directory, suite);
    await mkdir(root);
    await unpackInitrd(await contentOf(initrd), root);
    return root;
  };
  return { bookworm: await unpack('bookworm'), trixie: await unpack('trixie') };
}

/** Creates a directory for temporary files. */
export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'preseed-questions-'));
}
