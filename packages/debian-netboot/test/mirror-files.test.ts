import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { EnvHttpProxyAgent } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type MirrorFile, type MirrorFiles, openMirrorFiles } from '../src/index.js';

const INDEX = 'dists/trixie/InRelease';

/** Requested paths, or whole URLs if the server is used as a proxy. */
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let origin: string;

async function contentOf({ content }: MirrorFile): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function open(files: MirrorFiles, path: string, conditions = {}): Promise<MirrorFile> {
  return files.open(path, { signal: new AbortController().signal, ...conditions });
}

describe('files of mirrors', () => {
  beforeEach(async () => {
    asked = [];
    answer = (_request, response) => {
      response.end('text');
    };
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('come from the first mirror that has them, with its validators and credentials', async () => {
    answer = ({ url, headers }, response) => {
      if (url === `/second/${INDEX}`) {
        response.setHeader('ETag', '"1"');
        response.setHeader('Last-Modified', 'Sun, 29 Nov 2026 06:00:00 GMT');
        response.end(headers.authorization);
      } else {
        response.statusCode = 404;
        response.end();
      }
    };
    const mirrors = [`${origin}/first`, origin.replace('://', '://user:secret@') + '/second'];
    await using files = await openMirrorFiles({ mirrors });
    await using file = await open(files, INDEX);
    expect(file).toMatchObject({
      isUnmodified: false,
      etag: '"1"',
      lastModified: 'Sun, 29 Nov 2026 06:00:00 GMT',
      size: 22,
    });
    expect(await contentOf(file)).toBe(`Basic ${btoa('user:secret')}`);
    expect(asked).toEqual([`/first/${INDEX}`, `/second/${INDEX}`]);
    await expect(open(files, 'pool/none.deb')).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
  });

  it('send only their headers for HEAD, also through a redirect', async () => {
    const methods: unknown[] = [];
    answer = ({ method, url }, response) => {
      methods.push(method);
      if (url === `/${INDEX}`) {
        response.writeHead(302, { Location: '/elsewhere' });
        response.end();
      } else {
        response.setHeader('Content-Length', 1_000_000);
        response.end(method === 'HEAD' ? '' : 'x'.repeat(1_000_000));
      }
    };
    await using files = await openMirrorFiles({ mirrors: [origin] });
    await using file = await open(files, INDEX, { isHead: true });
    expect(file.size).toBe(1_000_000);
    expect(await contentOf(file)).toBe('');
    expect(methods).toEqual(['HEAD', 'HEAD']);
  });

  it('are not sent again if they are unmodified', async () => {
    answer = ({ headers }, response) => {
      response.statusCode = headers['if-none-match'] === '"1"' ? 304 : 200;
      response.end();
    };
    await using files = await openMirrorFiles({ mirrors: [origin] });
    expect(await open(files, INDEX, { ifNoneMatch: '"1"' })).toMatchObject({ isUnmodified: true });
    expect(await open(files, INDEX, { ifNoneMatch: '"2"' })).toMatchObject({ isUnmodified: false });
  });

  it.each(['../secret', 'dists/../../secret', 'dists/./x', '/etc/passwd', 'pool//x', ''])(
    'are never outside the archive (%s)',
    async (path) => {
      await using files = await openMirrorFiles({ mirrors: [`${origin}/debian`] });
      await expect(open(files, path)).rejects.toMatchObject({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    ['%2e%2e/secret', '/debian/%252e%252e/secret'],
    ['pool/a%2fb', '/debian/pool/a%252fb'],
    ['pool/a?b#c', '/debian/pool/a%3Fb%23c'],
    ['pool/http://other/', undefined],
    ['pool/a\\..\\b', '/debian/pool/a%5C..%5Cb'],
  ])('have names whose escapes are not decoded (%s)', async (path, expected) => {
    await using files = await openMirrorFiles({ mirrors: [`${origin}/debian`] });
    await open(files, path).catch(() => undefined);
    expect(asked).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each(['http://10.0.0.1/x', 'http://[fd00::1]/x', 'http://localhost/x', 'file:///etc/passwd'])(
    'of a public mirror do not come from %s, which it redirects to',
    async (location) => {
      answer = (_request, response) => {
        response.writeHead(302, { Location: location });
        response.end();
      };
      const dispatcher = new EnvHttpProxyAgent({
        httpProxy: origin,
        noProxy: '',
        proxyTunnel: false,
      });
      await using files = await openMirrorFiles({
        mirrors: ['http://192.0.2.7/debian'],
        dispatcher,
      });
      await expect(open(files, INDEX)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
      });
      expect(asked).toEqual([`http://192.0.2.7/debian/${INDEX}`]);
      await dispatcher.close();
    },
  );

  it('arrive completely if the reader is closed in the meantime, and are cut off if it is disposed of', async () => {
    let finish: () => void = () => undefined;
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '4' });
      response.write('te');
      finish = () => response.end('xt');
    };
    const files = await openMirrorFiles({ mirrors: [origin] });
    const file = await open(files, INDEX);
    const closed = files.close();
    finish();
    expect(await contentOf(file)).toBe('text');
    await closed;

    const others = await openMirrorFiles({ mirrors: [origin] });
    const cut = await open(others, INDEX);
    await others[Symbol.asyncDispose]();
    await expect(contentOf(cut)).rejects.toThrow();
  });

  it('leave nothing in a signal that lives as long as the reader', async () => {
    // In Node 20, each signal remembers every signal that AbortSignal.any() has derived from it.
    using any = vi.spyOn(AbortSignal, 'any');
    await using files = await openMirrorFiles({ mirrors: [origin] });
    for (let count = 0; count < 3; count++) {
      await using file = await open(files, INDEX);
      expect(await contentOf(file)).toBe('text');
    }
    const sources = any.mock.calls.flatMap(([signals]) => [...signals]);
    expect(new Set(sources).size).toBe(sources.length);
  });

  it('that end early, or whose client has left, are errors', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '9' });
      response.write('text', () => response.destroy());
    };
    await using files = await openMirrorFiles({ mirrors: [origin] });
    const file = await open(files, INDEX);
    await expect(contentOf(file)).rejects.toThrow();
    await expect(
      files.open(INDEX, { signal: AbortSignal.abort(new Error('left')) }),
    ).rejects.toThrow('left');
  });
});
