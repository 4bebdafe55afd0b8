import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Content of a path in the boot namespace. */
export type Content = BlobContent | MemoryContent;

/** Verified file of an image generation. */
export interface BlobContent {
  readonly kind: 'blob';
  readonly sha256: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time when the path got this content, in milliseconds since 1970, rounded to whole seconds. */
  readonly lastModified: number;
}

/** Bytes outside the store: generated for a client, or part of this program. */
export interface MemoryContent {
  readonly kind: 'memory';
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function textContent(text: string, mediaType = 'text/plain; charset=utf-8'): MemoryContent {
  return { kind: 'memory', bytes: new TextEncoder().encode(text), mediaType };
}

/** Loads the background of the boot menu from this package. */
export async function loadSplash(): Promise<MemoryContent> {
  // Resolved through the package name, since sources and build output are at different depths.
  const manifest = createRequire(import.meta.url).resolve('@pxe/server/package.json');
  const bytes = await readFile(join(manifest, '../assets/splash.png'));
  return { kind: 'memory', bytes, mediaType: 'image/png' };
}
