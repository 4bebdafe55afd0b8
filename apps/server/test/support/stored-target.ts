import { type StoredTarget } from '@pxe/debian-netboot';

/** Returns Debian 13's text installer of one architecture, in a store. */
export function storedTarget(arch: StoredTarget['arch']): StoredTarget {
  const file = { sha256: '0', size: 7 };
  return {
    suite: 'trixie',
    arch,
    variant: 'text',
    build: '1',
    version: '13.7',
    kernelVersion: '6.12.107+deb13',
    abi: 'ok',
    carriedOver: false,
    releaseDate: '2026-09-12T08:00:00.000Z',
    files: { linux: file, 'initrd.gz': file },
  };
}
