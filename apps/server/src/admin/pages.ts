import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { type FastifyInstance } from 'fastify';
import fresh from 'fresh';

/** File of the dashboard. */
export interface PageFile {
  /** Path in URLs, as in `/assets/index-C0xq3d.js`. */
  readonly path: string;
  readonly bytes: Buffer;
}

const compressed = promisify(gzip);

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Content security policy of the dashboard: it uses only its own files and this server's API, has no inline
 * scripts or styles, and cannot be embedded by other pages.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Accept-Encoding',
} as const;

/** Reads the files below a directory. They total a few hundred kilobytes, and stay in memory. */
export async function readPages(directory: string): Promise<readonly PageFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        const path = `/${file.slice(directory.length).replaceAll('\\', '/').replace(/^\//, '')}`;
        return { path, bytes: await readFile(file) };
      }),
  );
}

/**
 * Adds a route for each file; that of `index.html` is `/`. ETags are hashes of the content, since npm packages
 * give every file the same date. Names in `/assets/` contain a hash, so browsers may keep those files.
 */
export function addPages(app: FastifyInstance, files: readonly PageFile[]): void {
  for (const { path, bytes } of files) {
    const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
    const isHashed = path.startsWith('/assets/');
    const headers = {
      ...HEADERS,
      'Content-Type': MEDIA_TYPES[extname(path)] ?? 'application/octet-stream',
      'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: etag,
    };
    let small: Promise<Buffer> | undefined;
    app.get(
      path === '/index.html' ? '/' : path,
      { config: { isOpen: true } },
      async (request, reply) => {
        reply.headers(headers);
        if (fresh(request.headers, { etag })) {
          return reply.code(304).send();
        }
        if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
          return reply.send(bytes);
        }
        small ??= compressed(bytes, { level: 9 });
        return reply.header('Content-Encoding', 'gzip').send(await small);
      },
    );
  }
}
