// Fails if the first load of the page exceeds its maximum size; part of `npm run packaging`.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Maximum size of everything that the first load fetches, in bytes after gzip. */
const MAX_BYTES = 100_000;

const folder = new URL('dist/', import.meta.url);
const page = readFileSync(new URL('index.html', folder), 'utf8');
const assets = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path);
const sizes = ['index.html', ...assets].map((path) => ({
  path,
  size: gzipSync(readFileSync(new URL(path, folder)), { level: 9 }).byteLength,
}));
const total = sizes.reduce((sum, { size }) => sum + size, 0);
console.log(`first load: ${total} bytes of ${MAX_BYTES}`);
if (total > MAX_BYTES || !assets.some((path) => path.endsWith('.js'))) {
  for (const { path, size } of sizes) {
    console.error(`${path}: ${size} bytes`);
  }
  process.exitCode = 1;
}
