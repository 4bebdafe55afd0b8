import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../store/manifest.js';

/** PXELINUX's packages, both built from one source, and where each keeps its files. */
const FOLDERS: Readonly<Record<string, string>> = {
  pxelinux: 'usr/lib/PXELINUX',
  'syslinux-common': 'usr/lib/syslinux/modules/bios',
};

/** The packages that PXELINUX and its modules come out of. */
export const BIOS_LOADER_PACKAGES: readonly string[] = Object.keys(FOLDERS);

/** Which loader a file of a package is; `undefined` for all others. */
export function biosLoaderName(packageName: string, path: string): BiosLoaderName | undefined {
  const folder = FOLDERS[packageName];
  if (folder === undefined) return undefined;
  return BIOS_LOADER_NAMES.find((name) => path === `${folder}/${name}`);
}
