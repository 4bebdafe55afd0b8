import {
  type Arch,
  archFacts,
  type EfiLoaders,
  type GenerationManifest,
} from '@pxe/debian-netboot';

/**
 * The shim and GRUB that serve every suite of an architecture: the newest pair whose GRUB can load
 * by HTTP, else the newest. A pair that no signature vouches for is taken if there is no other. Any Debian GRUB starts any Debian kernel: one key signs them all.
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
 * Where a file of shim and GRUB is served. Shim asks for GRUB in the folder that DHCP named or in
 * the root, so the programs are in both.
 */
export function efiLoaderPaths(arch: Arch, name: string): readonly string[] {
  const path = `/debian-installer/${arch}/${name}`;
  return name.includes('/') ? [path] : [`/${name}`, path];
}

/**
 * Where shim is served for iPXE, which hands it the kernel: a shim that no GRUB follows is served by
 * HTTP whatever that GRUB can do.
 */
export function ipxeShimPath(arch: Arch): string {
  return `/ipxe/${archFacts(arch).shim}`;
}
