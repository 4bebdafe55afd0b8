import { type EfiLoaders, type GenerationManifest } from '@pxe/debian-netboot';
import { type Arch, archFacts } from '@pxe/debian-netboot/catalog';

/**
 * Returns the shim and GRUB that boot every suite of an architecture: the newest pair whose GRUB can load
 * files over HTTP, otherwise the newest pair. Unsigned pairs are used only if there are no signed ones. Any
 * Debian GRUB starts any Debian kernel, since one key signs them all.
 */
export function efiLoadersOf(
  manifest: Pick<GenerationManifest, 'efiLoaders'>,
  arch: Arch,
): EfiLoaders | undefined {
  const all = manifest.efiLoaders.filter((loaders) => loaders.arch === arch);
  const signed = all.filter(({ trust }) => trust === undefined);
  const candidates = signed.length > 0 ? signed : all;
  return candidates.find(({ hasHttp }) => hasHttp) ?? candidates[0];
}

/**
 * Returns the paths at which a file of shim or GRUB is served. Shim requests GRUB from the folder named in
 * DHCP or from the root, so the programs are in both.
 */
export function efiLoaderPaths(arch: Arch, name: string): readonly string[] {
  const path = `/debian-installer/${arch}/${name}`;
  return name.includes('/') ? [path] : [`/${name}`, path];
}

/**
 * Returns the path of the shim that iPXE loads and passes the kernel to. This shim does not load GRUB, so it is
 * served over HTTP even if GRUB itself cannot load files over HTTP.
 */
export function ipxeShimPath(arch: Arch): string {
  return `/ipxe/${archFacts(arch).shim}`;
}
