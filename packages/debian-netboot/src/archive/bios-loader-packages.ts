import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../catalog/bios-loaders.js';
import { readDebFiles } from '../formats/deb.js';

/** Packages with PXELINUX and its modules, with the folder and extension of the loaders in each. */
const PACKAGES: Readonly<Record<string, { readonly folder: string; readonly ending: string }>> = {
  pxelinux: { folder: 'usr/lib/PXELINUX', ending: '.0' },
  'syslinux-common': { folder: 'usr/lib/syslinux/modules/bios', ending: '.c32' },
};

/** Packages that contain PXELINUX and its modules. */
export const BIOS_LOADER_PACKAGES: readonly string[] = Object.keys(PACKAGES);

/** Loader extracted from its package. */
export interface PackedLoader {
  readonly name: BiosLoaderName;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Extracts the loaders from a package. Stops after the last of them, which saves unpacking two
 * thirds of syslinux-common.
 *
 * @param content - the package's verified bytes
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` or `ERR_NETBOOT_HOSTILE_ARCHIVE`
 */
export async function* readBiosLoaders(
  packageName: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<PackedLoader, void, undefined> {
  const wanted = loadersIn(packageName);
  for await (const { path, content: file } of readDebFiles(content)) {
    const name = wanted.get(path);
    if (name === undefined) {
      continue;
    }
    yield { name, content: file };
    wanted.delete(path);
    if (wanted.size === 0) {
      return;
    }
  }
}

/** Returns a package's loaders by their path inside the package. */
function loadersIn(packageName: string): Map<string, BiosLoaderName> {
  const { folder = '', ending = '' } = PACKAGES[packageName] ?? {};
  const names = folder === '' ? [] : BIOS_LOADER_NAMES.filter((name) => name.endsWith(ending));
  return new Map(names.map((name) => [`${folder}/${name}`, name]));
}
