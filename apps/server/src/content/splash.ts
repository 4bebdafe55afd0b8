import { readFile } from 'node:fs/promises';

import type { MemoryContent } from './content.js';

/** The boot menu's background, which comes with this package; `assets` lies beside `dist`. */
export async function loadSplash(): Promise<MemoryContent> {
  const bytes = await readFile(new URL('../assets/splash.png', import.meta.url));
  return { kind: 'memory', bytes, mediaType: 'image/png' };
}
