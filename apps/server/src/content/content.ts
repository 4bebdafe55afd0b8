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
