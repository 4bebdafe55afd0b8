import { type StoredTarget } from '@pxe/debian-netboot';

/** What every image consists of. */
export const IMAGE_FILES = ['linux', 'initrd.gz'] as const;

/** Where an image's file is served: a path that never changes its content. */
export function imagePath(target: StoredTarget, file: (typeof IMAGE_FILES)[number]): string {
  const { suite, build, arch, variant } = target;
  return `/debian/${suite}/${build}/${arch}/${variant}/${file}`;
}
