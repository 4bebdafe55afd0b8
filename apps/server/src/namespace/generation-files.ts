import {
  type Generation,
  type StoredEntry,
  type StoredFile,
  type StoredTarget,
} from '@pxe/debian-netboot';
import { ARCHES, archFacts } from '@pxe/debian-netboot/catalog';

import { type BlobContent } from '../content/content.js';
import { efiLoaderPaths, efiLoadersOf, ipxeShimPath } from './efi-loaders.js';

/** Names of the files that every image has. */
export const IMAGE_FILES = ['linux', 'initrd.gz'] as const;

/** Stored file in the namespace. */
export interface ServedFile extends BlobContent {
  /**
   * True if it must not be served over HTTP: a GRUB without HTTP support would stop at its prompt after an
   * HTTP boot.
   */
  readonly tftpOnly: boolean;
}

/**
 * Returns every stored file of a generation by its path.
 *
 * @param switchedAt - time when the generation came into use, in milliseconds since 1970, rounded to whole
 *   seconds
 * @param before - files served until then; unchanged files keep their date
 */
export function generationFiles(
  { manifest }: Generation,
  switchedAt: number,
  before: ReadonlyMap<string, ServedFile> = new Map(),
): ReadonlyMap<string, ServedFile> {
  const files = new Map<string, ServedFile>();
  const put = (path: string, { sha256, size }: StoredFile, tftpOnly = false): void => {
    const same = before.get(path)?.sha256 === sha256 ? before.get(path) : undefined;
    const lastModified = same?.lastModified ?? switchedAt;
    files.set(path, { kind: 'blob', sha256, size, lastModified, tftpOnly });
  };
  for (const [name, file] of Object.entries(manifest.biosLoaders?.files ?? {})) {
    put(`/${name}`, file);
  }
  for (const arch of ARCHES) {
    const efi = efiLoadersOf(manifest, arch);
    for (const [name, file] of Object.entries(efi?.files ?? {})) {
      const tftpOnly = efi?.hasHttp === false && name.endsWith('.efi');
      for (const path of efiLoaderPaths(arch, name)) {
        put(path, file, tftpOnly);
      }
      if (name === archFacts(arch).shim) {
        put(ipxeShimPath(arch), file);
      }
    }
  }
  for (const target of manifest.targets) {
    for (const name of IMAGE_FILES) {
      put(imagePath(target, name), target.files[name]);
    }
    const firmware = firmwarePath(target);
    if (firmware !== undefined && target.firmware !== undefined) {
      put(firmware, target.firmware.file);
    }
  }
  for (const entry of manifest.entries ?? []) {
    for (const [index, { file }] of entry.files.entries()) {
      put(entryPath(entry, index), file);
    }
  }
  return files;
}

/**
 * Returns the path of a file of an extra entry. It contains the start of the file's hash, so its content never
 * changes.
 */
export function entryPath({ id, files }: StoredEntry, index: number): string {
  const { role = '', file } = files[index] ?? {};
  const isEfi = files[index]?.formats?.some((format) => format.startsWith('efi-')) === true;
  const name =
    role === 'initrd' ? `initrd-${index}` : role === 'loader' && isEfi ? 'loader.efi' : role;
  return `/entries/${id}/${file?.sha256.slice(0, 16) ?? ''}/${name}`;
}

/**
 * Returns the path of the initrd with an image's firmware; undefined if it has none. It contains the start of
 * the file's hash, so its content never changes.
 */
export function firmwarePath({ suite, arch, firmware }: StoredTarget): string | undefined {
  return firmware && `/debian/${suite}/firmware/${firmware.file.sha256.slice(0, 16)}/${arch}.cpio`;
}

/** Returns the path of an image's file. It contains the build, so its content never changes. */
export function imagePath(target: StoredTarget, file: (typeof IMAGE_FILES)[number]): string {
  const { suite, build, arch, variant } = target;
  return `/debian/${suite}/${build}/${arch}/${variant}/${file}`;
}
