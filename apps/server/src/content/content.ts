/** What a path of the boot namespace holds. */
export type Content = BlobContent | TextContent;

/** A verified file of one image generation. */
export interface BlobContent {
  readonly kind: 'blob';
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** A file generated for the client that asked. */
export interface TextContent {
  readonly kind: 'text';
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function textContent(text: string, mediaType = 'text/plain; charset=utf-8'): TextContent {
  return { kind: 'text', bytes: new TextEncoder().encode(text), mediaType };
}
