import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { type MemoryContent } from './content.js';

/** The boot menu's background, which comes with this package. */
export async function loadSplash(): Promise<MemoryContent> {
  // Found by the package's own name, since the built file and its source lie at unlike depths.
  const manifest = createRequire(import.meta.url).resolve('@pxe/server/package.json');
  const bytes = await readFile(join(manifest, '../assets/splash.png'));
  return { kind: 'memory', bytes, mediaType: 'image/png' };
}
