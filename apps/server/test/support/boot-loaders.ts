import {
  type Arch,
  archFacts,
  BIOS_LOADER_NAMES,
  type BiosLoaders,
  type EfiLoaders,
  type StoredFile,
  type Suite,
} from '@pxe/debian-netboot';

/** Returns a stored file that is never read. */
function file(name: string): StoredFile {
  return { sha256: name, size: 7 };
}

/** PXELINUX of Debian 13. */
export const biosLoaders: BiosLoaders = {
  suite: 'trixie',
  version: '3:6.04~git20190206.bf6db5b4+dfsg1-3.1',
  packages: {},
  files: Object.fromEntries(BIOS_LOADER_NAMES.map((name) => [name, file(name)])) as Record<
    (typeof BIOS_LOADER_NAMES)[number],
    StoredFile
  >,
};

/** Returns shim and GRUB of one suite and architecture. */
export function efiLoaders(suite: Suite, arch: Arch, hasHttp: boolean): EfiLoaders {
  const { shim, grub } = archFacts(arch);
  const names = [shim, grub];
  return {
    suite,
    arch,
    build: '1',
    hasHttp,
    files: Object.fromEntries(names.map((name) => [name, file(`${suite}:${name}`)])),
  };
}
