import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The daemon as `npm run build` leaves it. */
export const DAEMON: string = join(
  dirname(createRequire(import.meta.url).resolve('@pxe/server/package.json')),
  'dist/main.js',
);
