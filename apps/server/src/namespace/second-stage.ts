import { archFacts } from '@pxe/debian-netboot/catalog';

import { type BootClient } from './boot-namespace.js';
import { type LoaderMemory } from './loader-memory.js';
import { isPrintable } from './logical-path.js';

/** Folders from which other loaders request files. */
const OTHER_FOLDERS: ReadonlySet<string> = new Set(['pxelinux.cfg', 'grub', 'ipxe']);

/**
 * MokManager, fallback, revocations and certificates, which shim requests in addition to its second
 * stage.
 */
const OTHER_PROGRAMS = /^(?:(?:mm|fb)[a-z0-9]+\.efi$|revocations|shim_certificate_)/;

/**
 * Returns the path of GRUB for a client that has just fetched shim and requests a program that does not
 * exist; undefined for any other request. Shim reads the name of its second stage from its load options, in
 * which firmware leaves device paths and other bytes (shim, load-options.c).
 */
export function secondStagePath(
  path: string,
  { address }: BootClient,
  loaders: LoaderMemory,
): string | undefined {
  const arch = loaders.shimOf(address);
  if (arch === undefined) {
    return undefined;
  }
  const [name = '', ...folders] = path.toLowerCase().split('/').reverse();
  if (OTHER_PROGRAMS.test(name) || folders.some((folder) => OTHER_FOLDERS.has(folder))) {
    return undefined;
  }
  return name.endsWith('.efi') || !isPrintable(path) ? `/${archFacts(arch).grub}` : undefined;
}
