import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Daemon built by `npm run build`. */
export const DAEMON: string = join(
  dirname(createRequire(import.meta.url).resolve('@pxe/server/package.json')),
  'dist/main.cjs',
);
