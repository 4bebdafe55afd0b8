import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type Namespace, type Program } from '@pxe/lab-host';

import { LAB_NETWORK } from '../network/lab-network.js';
import { addInitrd } from '../store/changed-store.js';
import { type Suite } from '../store/store-content.js';
import { cpioArchive } from './cpio-archive.js';
import { writeInstalledSystem } from './installed-system.js';
import { INSTALLER_KEYRING, writeInstallerArchive } from './installer-archive.js';
import { standIns } from './stand-ins.js';
import { createEmptyDisk, writeFormattedStart } from './usb-disk.js';

/** An installation to prepare. */
export interface InstallationSite {
  /** The store under test: a changed one, whose initrd gets the archive's key. */
  readonly store: string;
  /** Suite that is installed. */
  readonly codename: Suite;
  /** Directory of the run. */
  readonly directory: string;
}

/** Parts of a prepared installation. */
export interface InstallationOffer {
  /** Web server of the archive. */
  readonly server: Program;
  /** Image of the empty disk. */
  readonly disk: string;
}

/** Serves an archive of stand-ins on the usual port for HTTP, and creates the disk to install on. */
export async function offerInstallation(
  namespace: Namespace,
  { store, codename, directory }: InstallationSite,
): Promise<InstallationOffer> {
  const system = await writeInstalledSystem(store, join(directory, 'installed-system'));
  const udebs = standIns(await writeFormattedStart(directory), system);
  const root = join(directory, 'installer-archive');
  const keyring = await writeInstallerArchive(root, codename, udebs);
  await addInitrd(store, gzipSync(cpioArchive([{ path: INSTALLER_KEYRING, content: keyring }])));
  const address = `${LAB_NETWORK.serverAddress}:80`;
  const server = await namespace.start(
    'busybox',
    ['httpd', '-f', '-vv', '-p', address, '-h', root],
    {
      name: 'archive',
      logFile: join(directory, 'archive.log'),
    },
  );
  return { server, disk: await createEmptyDisk(directory) };
}
