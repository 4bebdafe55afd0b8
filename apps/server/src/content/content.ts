import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a path of the boot namespace holds. */
export type Content = BlobContent | MemoryContent;

/** A verified file of one image generation. */
export interface BlobContent {
  readonly kind: 'blob';
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** When its path got this content, in milliseconds since 1970: a whole second. */
  readonly lastModified: number;
}

/** Bytes that are not in the store: generated for the client that asked, or part of this program. */
export interface MemoryContent {
  readonly kind: 'memory';
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function textContent(text: string, mediaType = 'text/plain; charset=utf-8'): MemoryContent {
  return { kind: 'memory', bytes: new TextEncoder().encode(text), mediaType };
}

/** The boot menu's background, which comes with this package. */
export async function loadSplash(): Promise<MemoryContent> {
  // Found by the package's own name, since the built file and its source lie at unlike depths.
  const manifest = createRequire(import.meta.url).resolve('@pxe/server/package.json');
  const bytes = await readFile(join(manifest, '../assets/splash.png'));
  return { kind: 'memory', bytes, mediaType: 'image/png' };
}
