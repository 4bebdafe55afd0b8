import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { addPages, readPages } from './pages.js';

describe('pages of the dashboard', () => {
  const directories: string[] = [];

  afterEach(async () => {
    for (const directory of directories.splice(0)) {
      await rm(directory, { recursive: true });
    }
  });

  /** Returns an app with the files of a directory that has just been written. */
  async function appWith(script = 'console.log(1);'): Promise<FastifyInstance> {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-pages-'));
    directories.push(directory);
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>pxeboot</title>');
    await writeFile(join(directory, 'assets/index-C0xq3d.js'), script);
    await writeFile(join(directory, 'notes.bin'), 'x');
    const app = Fastify();
    addPages(app, await readPages(directory));
    return app;
  }

  it('have a policy that allows only their own files, and no embedding', async () => {
    const app = await appWith();
    const { statusCode, headers } = await app.inject('/');
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('are checked on each visit, except those with a hash in their name', async () => {
    const app = await appWith();
    expect((await app.inject('/')).headers['cache-control']).toBe('no-cache');
    expect((await app.inject('/assets/index-C0xq3d.js')).headers['cache-control']).toBe(
      'public, max-age=31536000, immutable',
    );
    expect((await app.inject('/notes.bin')).headers['content-type']).toBe(
      'application/octet-stream',
    );
  });

  it('are sent again only if their content has changed, whatever their date is', async () => {
    const path = '/assets/index-C0xq3d.js';
    const { etag = '' } = (await (await appWith('a();')).inject(path)).headers;
    const headers = { 'if-none-match': etag };
    const same = await (await appWith('a();')).inject({ url: path, headers });
    expect(same.statusCode).toBe(304);
    expect(same.body).toBe('');
    const changed = await (await appWith('b();')).inject({ url: path, headers });
    expect(changed.body).toBe('b();');
  });

  it('are compressed for clients that accept it', async () => {
    const script = 'x();'.repeat(1000);
    const app = await appWith(script);
    const url = '/assets/index-C0xq3d.js';
    const answer = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.rawPayload.byteLength).toBeLessThan(200);
    expect(gunzipSync(answer.rawPayload).toString()).toBe(script);
    expect((await app.inject(url)).body).toBe(script);
  });

  it('are not found under other names', async () => {
    const app = await appWith();
    for (const url of ['/index.html', '/assets/', '/assets/../package.json', '/assets/%2e%2e/x']) {
      expect((await app.inject(url)).statusCode).toBe(404);
    }
  });
});
