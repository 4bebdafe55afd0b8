import { extname } from 'node:path/posix';

/** UEFI firmware takes a file for a boot image by this type or by its suffix. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.efi': 'application/efi',
  '.png': 'image/png',
};

export function mediaTypeOf(path: string): string {
  return MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
