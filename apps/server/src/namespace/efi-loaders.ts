import type { Arch, EfiLoaders, GenerationManifest } from '@pxe/debian-netboot';

/**
 * The shim and GRUB that serve every suite of an architecture: the newest pair whose GRUB can load
 * by HTTP, else the newest. Any Debian GRUB starts any Debian kernel: one key signs them all.
 */
export function efiLoadersOf(
  manifest: Pick<GenerationManifest, 'efiLoaders'>,
  arch: Arch,
): EfiLoaders | undefined {
  const candidates = manifest.efiLoaders.filter((loaders) => loaders.arch === arch);
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
