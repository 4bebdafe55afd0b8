import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MirrorFiles, openMirrorFiles } from '@pxe/debian-netboot';
import { lacks } from '@pxe/test-host';

import { createAllowList } from '../src/access/allow-list.js';
import { createBlobCache } from '../src/content/blob-cache.js';
import { type BootPlane, createBootPlane } from '../src/http/boot-plane.js';
import { type HttpRequestFacts } from '../src/log/events.js';
import { RunningDaemon } from './support/daemon.js';
import { plainBlobs } from './support/plain-blobs.js';
import { rawHttp } from './support/raw-http.js';
import { copyTestStore } from './support/test-store.js';

const MIB = 1024 * 1024;
const INDEX = '/mirror/http/dists/trixie/InRelease';

/** Mirror behind the boot plane, and the requests that reached it. */
let asked: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let mirror: Server;
let origin: string;

async function startMirror(): Promise<void> {
  asked = [];
  answer = (_request, response) => {
    response.end('text');
  };
  mirror = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  mirror.listen(0, '127.0.0.1');
  await once(mirror, 'listening');
  origin = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
}

function stopMirror(): void {
  mirror.closeAllConnections();
  mirror.close();
}

describe('the mirror of boot HTTP', () => {
  let files: MirrorFiles | undefined;
  let plane: BootPlane;
  let port: number;
  let log: HttpRequestFacts[];

  beforeEach(async () => {
    await startMirror();
    files = await openMirrorFiles({ mirrors: [`${origin}/debian`] });
    log = [];
    await startPlane();
  });

  async function startPlane(mirrorPaceMs = 60_000): Promise<void> {
    plane = await createBootPlane({
      deadlines: { mirrorPaceMs },
      listen: [{ address: '127.0.0.1', port: 0 }],
      namespace: {
        lookup: () => undefined,
        servedPath: () => undefined,
        refusalReason: () => undefined,
        use: () => undefined,
        alsoServe: () => undefined,
        generation: undefined,
        notReady: undefined,
      },
      cache: createBlobCache(plainBlobs(tmpdir()), MIB),
      allowList: createAllowList(undefined),
      mirror: () => files,
      limits: {
        maxConnections: 256,
        maxConnectionsPerSource: 256,
        copyBytes: 16 * 1024,
        kernelBytes: 64 * MIB,
      },
      events: {
        tftp: () => undefined,
        dhcp: () => undefined,
        httpRequest: (facts) => log.push(facts),
        sourceDenied: () => undefined,
        unexpectedError: (_where, error) => {
          throw error;
        },
        limitReached: () => undefined,
        requestRejected: () => undefined,
      },
    });
    port = plane.addresses[0]?.port ?? 0;
  }

  afterEach(async () => {
    await plane.close();
    await files?.[Symbol.asyncDispose]();
    stopMirror();
  });

  function get(target: string, head = ''): ReturnType<typeof rawHttp> {
    return rawHttp(port, `GET ${target} HTTP/1.1\r\nHost: x\r\n${head}Connection: close\r\n\r\n`);
  }

  it('passes on a file with its size, and what an installer needs to ask whether it changed', async () => {
    answer = ({ headers }, response) => {
      response.setHeader('Last-Modified', 'Sun, 29 Nov 2026 06:00:00 GMT');
      if (headers['if-modified-since'] === undefined) {
        response.end('text');
      } else {
        response.statusCode = 304;
        response.end();
      }
    };
    const full = await get(INDEX, 'Range: bytes=1-2\r\nAuthorization: Basic eA==\r\n');
    expect(full.statusLine).toMatch(/ 200 /);
    expect(full.body.toString()).toBe('text');
    expect(full.headers).toContain('Content-Length: 4');
    expect(full.headers).toContain('Last-Modified: Sun, 29 Nov 2026 06:00:00 GMT');
    const date = 'If-Modified-Since: Sun, 29 Nov 2026 06:00:00 GMT\r\n';
    expect((await get(INDEX, date)).statusLine).toMatch(/ 304 /);
    const head = await rawHttp(port, `HEAD ${INDEX} HTTP/1.0\r\n\r\n`);
    expect(head.statusLine).toMatch(/ 200 /);
    expect(head.body).toHaveLength(0);
    expect(asked.at(-1)?.method).toBe('HEAD');
    expect(asked[0]?.url).toBe('/debian/dists/trixie/InRelease');
    expect(asked[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(asked[0]?.headers).not.toHaveProperty('authorization');
    expect(asked[0]?.headers).not.toHaveProperty('range');
  });

  it.each([
    '/mirror/http/',
    '/mirror/http/dists',
    '/mirror/http/dists/',
    '/mirror/http/private/x',
    '/mirror/http/../secret',
    '/mirror/http/dists/../../secret',
    '/mirror/http/dists/%2e%2e/%2e%2e/secret',
    '/mirror/http/dists/..%2f..%2fsecret',
    '/mirror/http/dists%5c..%5c..%5csecret',
    '/mirror/http/dists/%252e%252e/secret',
    '/mirror/http/dists/a%252fb',
    '/mirror/http/dists/a%00b',
    '/mirror/http/dists/a%0d%0ab',
    '/mirror/http/dists/a%3fb',
    '/mirror/http/dists/é',
    '/mirror/http/http://127.0.0.1/dists/x',
    '/mirror/http/@127.0.0.1/dists/x',
    `/mirror/http/dists/${'a'.repeat(600)}`,
    '/mirror/ftp/dists/x',
    '/mirror/httpx/dists/x',
  ])('does not ask the mirror for %s', async (target) => {
    expect((await get(target)).statusLine).toMatch(/ 40[04] /);
    expect(asked).toEqual([]);
  });

  it.each([
    ['a query', `${INDEX}?http://127.0.0.1/`],
    ['another host', `http://127.0.0.1:1${INDEX}`],
    ['a user', `http://user@127.0.0.1:1${INDEX}`],
    ['slashes', `//mirror//http/./dists//trixie/InRelease`],
    ['encoded slashes', '/mirror%2fhttp/dists%2ftrixie/InRelease'],
  ])('asks only the mirror for a target with %s', async (_what, target) => {
    expect((await get(target)).statusLine).toMatch(/ 200 /);
    expect(asked.map(({ url }) => url)).toEqual(['/debian/dists/trixie/InRelease']);
    expect(asked[0]?.headers.host).toBe(origin.slice('http://'.length));
  });

  it('accepts every file name that an archive uses', async () => {
    const name = 'pool/main/libs/libstdc++/libstdc++6_1%3a14.2~rc1-1+b1_amd64.deb';
    expect((await get(`/mirror/http/${name}`)).statusLine).toMatch(/ 200 /);
    expect(decodeURIComponent(asked[0]?.url ?? '')).toBe(`/debian/${decodeURIComponent(name)}`);
  });

  it('says little about a mirror that fails, and logs the reason', async () => {
    answer = ({ url }, response) => {
      response.statusCode = url?.endsWith('/none') === true ? 404 : 500;
      response.end('internal text');
    };
    const missing = await get('/mirror/http/dists/none');
    expect(missing.statusLine).toMatch(/ 404 /);
    const failed = await get(INDEX);
    expect(failed.statusLine).toMatch(/ 502 /);
    expect(failed.body.toString()).toBe('502 Bad Gateway\n');
    stopMirror();
    expect((await get(INDEX)).statusLine).toMatch(/ 502 /);
    await expect.poll(() => log.map(({ reason }) => reason)).toHaveLength(3);
    expect(log[1]?.reason).toMatch(/status 500/);
    expect(log[2]?.reason).toMatch(/cannot connect/);
  });

  it('sends nothing without a size, and cuts off what ends early', async () => {
    answer = (_request, response) => {
      response.write('text');
      response.end();
    };
    expect((await get(INDEX)).statusLine).toMatch(/ 502 /);
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '9' });
      response.write('text', () => response.destroy());
    };
    const cut = await fetch(`http://127.0.0.1:${port}${INDEX}`);
    expect(cut.headers.get('content-length')).toBe('9');
    await expect(cut.text()).rejects.toThrow();
    await expect.poll(() => log.at(-1)).toMatchObject({ bytes: 4, size: 9, aborted: true });
  });

  it('reads no more from the mirror than its client takes, and stops when it leaves', async () => {
    const piece = Buffer.alloc(MIB);
    let sent = 0;
    let closed: Promise<unknown> = Promise.resolve();
    answer = (_request, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'Content-Length': String(1024 * MIB) });
      const send = (): void => {
        sent += piece.length;
        if (sent < 1024 * MIB) {
          response.write(piece, send);
        }
      };
      send();
    };
    // This client never reads the response.
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${INDEX} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await expect.poll(() => asked.length).toBe(1);
    let before = -1;
    // The mirror sends no more once every buffer on the way is full.
    await expect
      .poll(
        () => {
          const isStill = sent === before;
          before = sent;
          return isStill;
        },
        { interval: 500 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(128 * MIB);
    socket.destroy();
    await closed;
    await expect.poll(() => log.at(-1)).toMatchObject({ aborted: true });
  });

  it('ends the response to a client that reads too slowly', async () => {
    await plane.close();
    await startPlane(200);
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Length': String(1024 * MIB) });
      response.write(Buffer.alloc(32 * MIB));
    };
    // The connection's buffers fill up, and then nothing more is accepted.
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${INDEX} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await expect
      .poll(() => log)
      .toMatchObject([{ aborted: true, reason: 'the client reads too slowly' }]);
    socket.destroy();
  });

  it('leaves room for others while a few clients keep all the files that they get', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_request, response) => {
      waiting.push(response);
    };
    const greedy = Array.from({ length: 8 * 16 }, (_, index) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        localAddress: `127.0.0.${2 + (index % 8)}`,
      });
      socket.write(`GET ${INDEX} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return socket;
    });
    await expect.poll(() => plane.usage.active).toBe(greedy.length);
    expect(asked.length).toBeLessThan(48);
    answer = (_request, response) => {
      response.end('text');
    };
    expect((await get(INDEX)).statusLine).toMatch(/ 200 /);
    // A client that closes only its side may still want the response.
    greedy.forEach((socket) => socket.resetAndDestroy());
    await expect.poll(() => plane.usage.active).toBe(0);
  });

  it('makes the requests from one client wait for their turn, and then asks the mirror that is configured at that time', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_request, response) => {
      waiting.push(response);
    };
    const answers = Array.from({ length: 20 }, () => get(INDEX));
    await expect.poll(() => plane.usage.active).toBe(20);
    expect(asked.length).toBeLessThanOrEqual(8);
    // A reload replaces the mirror; the files in progress come from the previous one.
    const before = files;
    files = await openMirrorFiles({ mirrors: [`${origin}/other`] });
    const closed = before?.close();
    for (let ended = 0; ended < 20; ended++) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      expect(asked.length - ended).toBeLessThanOrEqual(8);
      waiting.shift()?.end('text');
    }
    for (const { statusLine } of await Promise.all(answers)) {
      expect(statusLine).toMatch(/ 200 /);
    }
    await closed;
    const ofOther = asked.filter(({ url }) => url?.startsWith('/other/') === true);
    expect(ofOther.length).toBeGreaterThanOrEqual(12);
  });

  it('serves files only if it is configured', async () => {
    await files?.[Symbol.asyncDispose]();
    files = undefined;
    expect((await get(INDEX)).statusLine).toMatch(/ 404 /);
    expect(asked).toEqual([]);
    await expect.poll(() => log[0]?.reason).toBe('http.mirror is off');
  });
});

describe.skipIf(lacks('apt-get'))('http.mirror', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-mirror-'));
    await startMirror();
  });

  afterEach(async () => {
    stopMirror();
    await rm(directory, { recursive: true, force: true });
  });

  it('is off by default, and follows a reload', async () => {
    const dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
    const file = join(directory, 'pxeboot.yaml');
    const source = `source: { kind: mirror, url: ['${origin}/debian'] }\nstate: off\n`;
    await writeFile(file, source);
    const args = ['--config', file, '--data-dir', dataDir, '--source-kind', 'mirror'];
    await using daemon = await RunningDaemon.start(args);
    const status = async (): Promise<number> => {
      const url = `http://127.0.0.1:${daemon.port('http')}/mirror/http/pool/main/a/a.deb`;
      return (await fetch(url)).status;
    };
    expect(await status()).toBe(404);
    await writeFile(file, `${source}http: { mirror: true }\n`);
    daemon.signal('SIGHUP');
    expect((await daemon.logged('config.reloaded'))['changed']).toEqual(['http.mirror']);
    expect(await status()).toBe(200);
    expect(asked.some(({ url }) => url === '/debian/pool/main/a/a.deb')).toBe(true);
  });
});
