import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that the daemon serves, with its expected hash. */
export interface ServedFile {
  readonly path: string;
  readonly sha256: string;
}

interface StoredManifest {
  readonly targets: readonly {
    readonly suite: string;
    readonly build: string;
    readonly arch: string;
    readonly variant: string;
    readonly files: Readonly<Record<string, { readonly sha256: string }>>;
  }[];
  readonly efiLoaders: readonly {
    readonly suite: string;
    readonly arch: string;
    readonly files: Readonly<Record<string, { readonly sha256: string }>>;
  }[];
  readonly biosLoaders: { readonly files: Readonly<Record<string, { readonly sha256: string }>> };
}

/** Files of a boot. */
export interface ServedFiles {
  readonly loader: ServedFile;
  /** Boot loader of UEFI machines, about 1 MB. */
  readonly uefiLoader: ServedFile;
  readonly kernel: ServedFile;
  readonly initrd: ServedFile;
}

/** Returns files of the store's current generation for a boot: the loader, and those of an installer. */
export async function servedFiles(store: string): Promise<ServedFiles> {
  const id = (await readFile(join(store, 'current'), 'utf8')).trim();
  const manifestFile = join(store, 'generations', id, 'manifest.json');
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as StoredManifest;
  const [target] = manifest.targets;
  const kernel = target?.files['linux'];
  const initrd = target?.files['initrd.gz'];
  const uefiLoader = manifest.efiLoaders.find(
    ({ suite, arch }) => suite === target?.suite && arch === target.arch,
  )?.files['bootnetx64.efi'];
  const loader = manifest.biosLoaders.files['lpxelinux.0'];
  if (
    target === undefined ||
    kernel === undefined ||
    initrd === undefined ||
    loader === undefined ||
    uefiLoader === undefined
  ) {
    throw new Error(`${manifestFile} has no installer or no loader`);
  }
  const { suite, build, arch, variant } = target;
  const folder = `debian/${suite}/${build}/${arch}/${variant}`;
  return {
    loader: { path: 'lpxelinux.0', sha256: loader.sha256 },
    uefiLoader: { path: 'bootnetx64.efi', sha256: uefiLoader.sha256 },
    kernel: { path: `${folder}/linux`, sha256: kernel.sha256 },
    initrd: { path: `${folder}/initrd.gz`, sha256: initrd.sha256 },
  };
}
