import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NetbootError } from '@pxe/debian-netboot/catalog';

import { plainBlobs } from '../../test/support/plain-blobs.js';
import { HttpConnection, rawHttp, sendAndReset } from '../../test/support/raw-http.js';
import { createAllowList } from '../access/allow-list.js';
import { createBlobCache } from '../content/blob-cache.js';
import { type Content, textContent } from '../content/content.js';
import { HostError } from '../installs/host-error.js';
import { type SocketMemoryReader } from '../limits/system-resources.js';
import { type HttpRequestFacts, type LimitFacts, type RejectedFacts } from '../log/events.js';
import { type BootNamespace } from '../namespace/boot-namespace.js';
import {
  type BootPlane,
  type BootPlaneDeadlines,
  type BootPlaneOptions,
  createBootPlane,
} from './boot-plane.js';

const MIB = 1024 * 1024;
const SHA256 = 'a'.repeat(64);
/** Size of a file in bytes: more than the kernel buffers for a connection. */
const HUGE_BYTES = 128 * 1024 * 1024;
const HUGE = 'c'.repeat(64);
const kernel = randomBytes(3_000_000);
const blob = { kind: 'blob', lastModified: Date.UTC(2026, 10, 22, 8) } as const;
const files = new Map<string, Content>([
  ['/debian/trixie/1+2/linux', { ...blob, sha256: SHA256, size: kernel.byteLength }],
  ['/grubx64.efi', { ...blob, sha256: SHA256, size: kernel.byteLength }],
  ['/huge', { ...blob, sha256: HUGE, size: HUGE_BYTES }],
  ['/missing-blob', { ...blob, sha256: 'b'.repeat(64), size: 5 }],
  ['/pxelinux.cfg/default', textContent('DEFAULT local\n')],
]);

let directory: string;
let plane: BootPlane;
let port: number;
let log: HttpRequestFacts[] = [];
let denied: string[] = [];
let errors: unknown[] = [];
let limitsReached: LimitFacts[] = [];
let rejected: RejectedFacts[] = [];

function namespaceOf(lookup: BootNamespace['lookup']): BootNamespace {
  return {
    lookup,
    servedPath: (path) => path,
    refusalReason: () => undefined,
    use: () => undefined,
    alsoServe: () => undefined,
    generation: undefined,
    notReady: undefined,
  };
}

const LIMITS = {
  maxConnections: 64,
  maxConnectionsPerSource: 64,
  copyBytes: 16 * 1024,
  kernelBytes: 64 * MIB,
};

async function startPlane(
  subnets?: string[],
  deadlines?: Partial<BootPlaneDeadlines>,
  limits = LIMITS,
  socketMemory?: SocketMemoryReader,
  more: Partial<BootPlaneOptions> = {},
): Promise<BootPlane> {
  return createBootPlane({
    ...(deadlines === undefined ? {} : { deadlines }),
    listen: [{ address: '127.0.0.1', port: 0 }],
    namespace: namespaceOf((path) => files.get(path)),
    cache: createBlobCache(plainBlobs(directory), 8 * 1024 * 1024),
    allowList: createAllowList(subnets),
    limits,
    socketMemory,
    events: {
      tftp: () => undefined,
      dhcp: () => undefined,
      httpRequest: (facts) => log.push(facts),
      sourceDenied: (_plane, address) => denied.push(address),
      unexpectedError: (_where, error) => errors.push(error),
      limitReached: (facts) => limitsReached.push(facts),
      requestRejected: (facts) => rejected.push(facts),
    },
    ...more,
  });
}

const SMALL_REQUEST = 'GET /pxelinux.cfg/default HTTP/1.1\r\nHost: x\r\n\r\n';

describe('boot plane', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-http-'));
    await writeFile(join(directory, SHA256), kernel);
    await writeFile(join(directory, HUGE), '');
    await truncate(join(directory, HUGE), HUGE_BYTES);
    plane = await startPlane();
    port = plane.addresses[0]!.port;
  });

  afterAll(async () => {
    await plane.close();
    await rm(directory, { recursive: true });
  });

  beforeEach(() => {
    log = [];
    denied = [];
    errors = [];
    limitsReached = [];
    rejected = [];
  });

  describe('for lpxelinux 6.04', () => {
    const request = (path: string): string =>
      `GET ${path} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: Syslinux/6.04\r\nConnection: close\r\nCookie: _Syslinux_BOOTIF=01-52-54-00-12-34-56;\r\n\r\n`;

    it('sends the whole file and closes the connection', async () => {
      const answer = await rawHttp(port, request('/debian/trixie/1+2/linux'));
      expect(answer.statusLine).toMatch(/^HTTP\/1\.[01] 200 /);
      expect(answer.closed).toBe(true);
      expect(Buffer.compare(answer.body, kernel)).toBe(0);
      await expect
        .poll(() => log)
        .toMatchObject([
          {
            path: '/debian/trixie/1+2/linux',
            status: 200,
            bytes: kernel.byteLength,
            userAgent: 'Syslinux/6.04',
          },
        ]);
    });

    it('answers a missing file with a short 404 and closes', async () => {
      const answer = await rawHttp(port, request('/debian/none'));
      expect(answer.statusLine).toContain(' 404 ');
      expect(answer.body.byteLength).toBeLessThan(64);
      expect(answer.closed).toBe(true);
    });
  });

  describe('for GRUB 2.12', () => {
    const request = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: 10.0.2.2\r\nUser-Agent: GRUB 2.12-9+deb13u2\r\n\r\n`;

    it('sends an exact Content-Length first, with these capitals, and never chunks', async () => {
      const answer = await rawHttp(port, request('/debian/trixie/1+2/linux'));
      expect(answer.headers[0]).toBe(`Content-Length: ${kernel.byteLength}`);
      expect(
        answer.headers.filter((line) => /transfer-encoding|content-encoding/i.test(line)),
      ).toEqual([]);
      expect(answer.body.byteLength).toBe(kernel.byteLength);
      expect(answer.closed).toBe(false);
    });

    it('sends them for generated files and errors, too', async () => {
      for (const path of ['/pxelinux.cfg/default', '/none', '/%zz']) {
        const answer = await rawHttp(port, request(path));
        expect(answer.headers[0]).toBe(`Content-Length: ${answer.body.byteLength}`);
      }
    });
  });

  describe('connections that GRUB left open in an earlier boot', () => {
    const agents = ['GRUB 2.12-9+deb13u2', 'UefiHttpBoot/1.0'] as const;

    async function ask(port: number, agent: string): Promise<Socket> {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET /pxelinux.cfg/default HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\n\r\n`);
      await once(socket, 'data');
      return socket;
    }

    it.each([
      ['GRUB 2.12-9+deb13u2', 'is reset'],
      ['UefiHttpBoot/1.0', 'is closed'],
    ])('of %s %s when the machine closes it', async (agent, end) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const ends = Promise.race([
        once(socket, 'end').then(() => 'is closed'),
        new Promise((resolve) => socket.on('error', resolve)).then(() => 'is reset'),
      ]);
      socket.write(`GET /pxelinux.cfg/default HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\n\r\n`);
      await once(socket, 'data');
      socket.end();
      expect(await ends).toBe(end);
      socket.destroy();
    });

    it('are reset when the machine loads GRUB again, unlike all others', async () => {
      let time = 0;
      await using own = await startPlane(undefined, undefined, LIMITS, undefined, {
        now: () => time,
      });
      const { port: ownPort } = own.addresses[0]!;
      const [old, firmware] = await Promise.all(agents.map((agent) => ask(ownPort, agent)));
      await expect.poll(() => own.usage.active).toBe(0);
      own.restarted('127.0.0.1');
      time = 2_000;
      // A connection of another machine that shares the address.
      const used = await ask(ownPort, agents[0]);
      await expect.poll(() => own.usage.active).toBe(0);
      own.restarted('127.0.0.2');
      expect(own.usage.connections).toBe(3);
      const reset = once(old!, 'error');
      own.restarted('127.0.0.1');
      expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
      await expect.poll(() => own.usage.connections).toBe(2);
      for (const socket of [firmware!, used]) {
        expect(socket.destroyed).toBe(false);
        socket.destroy();
      }
    });
  });

  describe('for EDK2', () => {
    it('answers HEAD and GET on one connection, with application/efi for .efi files', async () => {
      const ask = (method: string): string =>
        `${method} //grubx64.efi HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n`;
      const head = await rawHttp(port, ask('HEAD'));
      expect(head.statusLine).toBe('HTTP/1.1 200 OK');
      expect(head.headers).toContain('Content-Type: application/efi');
      expect(head.headers[0]).toBe(`Content-Length: ${kernel.byteLength}`);
      expect(head.body.byteLength).toBe(0);
      const socket = connect(port, '127.0.0.1');
      socket.write(ask('HEAD'));
      await once(socket, 'data');
      let received = 0;
      socket.on('data', (chunk: Buffer) => (received += chunk.byteLength));
      socket.write(ask('GET'));
      await expect.poll(() => received).toBeGreaterThan(kernel.byteLength);
      socket.destroy();
    });

    it('resumes with Range and If-Match, and refuses another version', async () => {
      const ask = (headers: string): string =>
        `GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n`;
      const part = await rawHttp(port, ask(`Range: bytes=1000-1099\r\nIf-Match: "${SHA256}"`));
      expect(part.statusLine).toContain(' 206 ');
      expect(part.headers).toContain(`Content-Range: bytes 1000-1099/${kernel.byteLength}`);
      expect(Buffer.compare(part.body, kernel.subarray(1000, 1100))).toBe(0);
      expect((await rawHttp(port, ask('If-Match: "other"'))).statusLine).toContain(' 412 ');
      const all = await rawHttp(port, ask('Range: bytes=-99999999'));
      expect(all.statusLine).toContain(' 206 ');
      expect(all.body.byteLength).toBe(kernel.byteLength);
      const beyond = await rawHttp(port, ask(`Range: bytes=${kernel.byteLength}-`));
      expect(beyond.statusLine).toContain(' 416 ');
      expect(beyond.headers).toContain(`Content-Range: bytes */${kernel.byteLength}`);
    });

    it('sends the whole file for several ranges, an invalid one, and another version', async () => {
      for (const headers of [
        'Range: bytes=0-1,5-6',
        'Range: lines=1',
        'Range: bytes=0-1\r\nIf-Range: "other"',
      ]) {
        const answer = await rawHttp(port, `GET /grubx64.efi HTTP/1.0\r\n${headers}\r\n\r\n`);
        expect(answer.statusLine).toContain(' 200 ');
        expect(answer.body.byteLength).toBe(kernel.byteLength);
      }
    });

    it.each([
      ['equal to that of the file', 'Sun, 22 Nov 2026 08:00:00 GMT', 304],
      ['after it', 'Mon, 23 Nov 2026 08:00:00 GMT', 304],
      ['before it', 'Sun, 22 Nov 2026 07:59:59 GMT', 200],
      ['that is invalid', 'yesterday', 200],
    ])('handles If-Modified-Since with a date %s', async (_what, date, status) => {
      const answer = await rawHttp(
        port,
        `GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nIf-Modified-Since: ${date}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.statusLine).toContain(` ${status} `);
      expect(answer.headers).toContain('Last-Modified: Sun, 22 Nov 2026 08:00:00 GMT');
    });

    it('prefers the version if a client sends both version and date', async () => {
      const answer = await rawHttp(
        port,
        'GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nIf-None-Match: "other"\r\nIf-Modified-Since: Mon, 23 Nov 2026 08:00:00 GMT\r\nConnection: close\r\n\r\n',
      );
      expect(answer.statusLine).toContain(' 200 ');
    });

    it('answers 304 for a version that the client has', async () => {
      const answer = await rawHttp(
        port,
        `GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nIf-None-Match: "${SHA256}"\r\n\r\n`,
      );
      expect(answer.statusLine).toContain(' 304 ');
      expect(answer.body.byteLength).toBe(0);
    });
  });

  describe('for any client', () => {
    it('refuses writes', async () => {
      const answer = await rawHttp(
        port,
        'PUT /linux HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
      );
      expect(answer.statusLine).toContain(' 405 ');
      expect(answer.headers).toContain('Allow: GET, HEAD');
      expect(answer.closed).toBe(true);
    });

    it('does not redirect requests or list directories', async () => {
      for (const path of [
        '/',
        '/debian',
        '/debian/',
        '/../etc/passwd',
        '/debian/trixie/1+2/../../../x',
      ]) {
        const answer = await rawHttp(port, `GET ${path} HTTP/1.0\r\n\r\n`);
        expect(answer.statusLine).toMatch(/ 40[04] /);
      }
    });

    it('answers 500 if a stored file cannot be read', async () => {
      const answer = await rawHttp(port, 'GET /missing-blob HTTP/1.0\r\n\r\n');
      expect(answer.statusLine).toContain(' 500 ');
      expect(errors).toHaveLength(1);
    });

    it('answers 500, with one plain line in the log, if the disk cannot read a stored file', async () => {
      const message = 'cannot use the file: EIO: i/o error';
      const cache = createBlobCache(
        () => Promise.reject(new NetbootError('ERR_NETBOOT_IO', message)),
        8 * MIB,
      );
      await using faulty = await startPlane(undefined, undefined, LIMITS, undefined, { cache });
      const { statusLine } = await rawHttp(faulty.addresses[0]!.port, 'GET /huge HTTP/1.0\r\n\r\n');
      expect(statusLine).toContain(' 500 ');
      await expect.poll(() => log).toMatchObject([{ status: 500, reason: message }]);
      expect(errors).toEqual([]);
    });

    it('answers 503 to an installer while the database is unavailable', async () => {
      const message = 'the database is unavailable, so try again later';
      await using waiting = await startPlane(undefined, undefined, LIMITS, undefined, {
        installs: {
          start: () => Promise.resolve(undefined),
          answer: () => Promise.reject(new HostError('unavailable', message)),
        },
      });
      const answer = await rawHttp(
        waiting.addresses[0]!.port,
        `GET /p/${'x'.repeat(43)}/preseed.cfg HTTP/1.0\r\n\r\n`,
      );
      expect(answer.statusLine).toContain(' 503 ');
      expect(answer.headers).toContain('Retry-After: 10');
      expect(answer.body.toString()).toContain(message);
      await expect.poll(() => log).toMatchObject([{ status: 503, reason: message }]);
      expect(errors).toEqual([]);
    });

    it('ends a response in one plain line if the store cannot read the rest', async () => {
      const message = 'the file changed while it was read';
      const cache = createBlobCache(
        () =>
          Promise.resolve({
            readInto(target, offset) {
              target.fill(0);
              return offset === 0
                ? Promise.resolve()
                : Promise.reject(new NetbootError('ERR_NETBOOT_FILE_DAMAGED', message));
            },
            close: () => Promise.resolve(),
          }),
        8 * MIB,
      );
      await using damaged = await startPlane(undefined, undefined, LIMITS, undefined, { cache });
      const answer = await fetch(`http://127.0.0.1:${damaged.addresses[0]!.port}/huge`);
      expect(answer.status).toBe(200);
      await expect(answer.arrayBuffer()).rejects.toThrow();
      await expect
        .poll(() => log)
        .toMatchObject([{ status: 200, aborted: true, reason: message, bytes: MIB }]);
      expect(errors).toEqual([]);
    });

    it('logs a client that left early, with the number of bytes that the kernel accepted', async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
      const [first] = (await once(socket, 'data')) as [Buffer];
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      await expect.poll(() => log).toMatchObject([{ aborted: true }]);
      const { status, bytes } = log[0]!;
      expect(status).toBe(200);
      expect(bytes).toBeLessThan(HUGE_BYTES);
      expect(bytes + 256 * 1024).toBeGreaterThan(first.byteLength);
      expect(errors).toEqual([]);
    });

    it('logs no abort for a client that received everything', async () => {
      await rawHttp(port, 'GET /grubx64.efi HTTP/1.0\r\n\r\n');
      await expect
        .poll(() => log)
        .toMatchObject([{ bytes: kernel.byteLength, aborted: false, status: 200 }]);
    });

    describe('closes the connection of a client that', () => {
      let impatient: BootPlane;
      let socket: Socket;

      beforeEach(async () => {
        impatient = await startPlane(undefined, { headersMs: 2_000, idleMs: 500 });
        socket = connect(impatient.addresses[0]!.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
      });

      afterEach(async () => {
        socket.destroy();
        await impatient.close();
      });

      it.each([
        ['sends nothing', ''],
        ['stops in the middle of its request', 'GET /grubx64.efi HTTP/1.1\r\nHost'],
        ['sends no further request', 'GET /pxelinux.cfg/default HTTP/1.1\r\nHost: x\r\n\r\n'],
      ])('%s', async (_what, request) => {
        socket.resume();
        socket.write(request);
        await once(socket, 'close');
      });

      it('never completes its request', async () => {
        socket.resume();
        socket.write('GET /grubx64.efi HTTP/1.1\r\nX-Never-Ends: ');
        const trickle = setInterval(() => socket.write('x'), 50);
        await once(socket, 'close');
        clearInterval(trickle);
      });

      it('does not read its response', async () => {
        socket.pause();
        socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
        await expect.poll(() => log).toMatchObject([{ aborted: true }]);
      });
    });

    it('does not answer sources outside the allow-list, and logs that once', async () => {
      await using closed = await startPlane(['198.51.100.0/24']);
      for (let attempt = 0; attempt < 3; attempt++) {
        const socket = connect(closed.addresses[0]!.port, '127.0.0.1');
        let received = 0;
        socket.on('data', (chunk: Buffer) => (received += chunk.byteLength));
        socket.on('error', () => undefined);
        socket.write('GET /grubx64.efi HTTP/1.0\r\n\r\n');
        await once(socket, 'close');
        expect(received).toBe(0);
      }
      expect(denied).toEqual(['127.0.0.1']);
    });

    it('reports the address, the cause and the remedy when a port is taken', async () => {
      await expect(
        createBootPlane({
          listen: [{ address: '127.0.0.1', port }],
          namespace: namespaceOf(() => undefined),
          cache: createBlobCache(plainBlobs(''), 1),
          allowList: createAllowList(undefined),
          limits: LIMITS,
          events: {
            tftp: () => undefined,
            dhcp: () => undefined,
            httpRequest: () => undefined,
            sourceDenied: () => undefined,
            unexpectedError: () => undefined,
            limitReached: () => undefined,
            requestRejected: () => undefined,
          },
        }),
      ).rejects.toMatchObject({
        message: `cannot listen for boot HTTP on 127.0.0.1:${port}: another program uses this port (EADDRINUSE)`,
        hint: expect.stringContaining('http.listen') as string,
      });
    });

    it('answers a client that closed its side of the connection', async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      let received = 0;
      socket.on('data', (chunk: Buffer) => (received += chunk.byteLength));
      socket.end('GET /grubx64.efi HTTP/1.0\r\n\r\n');
      await once(socket, 'end');
      expect(received).toBeGreaterThan(kernel.byteLength);
    });

    it('answers pipelined requests one after another', async () => {
      await using connection = await HttpConnection.open(port);
      const second = 'HEAD /grubx64.efi HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const first = await connection.ask(`GET /grubx64.efi HTTP/1.1\r\nHost: x\r\n\r\n${second}`);
      expect(first.body.byteLength).toBe(kernel.byteLength);
      expect((await connection.rest()).toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
      expect(log).toMatchObject([{ method: 'GET', status: 200 }, { method: 'HEAD' }]);
    });

    it('drops a client that pipelines too many requests', async () => {
      const burst = 'GET /grubx64.efi HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(400);
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(burst);
      await expect.poll(() => socket.readyState === 'open' && log.length < 2).toBe(true);
      socket.resume();
      await once(socket, 'close');
      expect(log.length).toBeLessThan(5);
    });

    it.each([
      ['lack a Host', 'GET / HTTP/1.1\r\n\r\n'],
      ['have an unknown expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: a\r\n\r\n'],
    ])('drops a client that pipelines many requests that %s', async (_what, request) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      const closed = once(socket, 'close');
      socket.write(request.repeat(1_000));
      await expect.poll(() => log).toMatchObject([{ aborted: true }]);
      socket.resume();
      await closed;
    });

    it('discards a body, however it is split into pieces', async () => {
      const answer = await rawHttp(
        port,
        `GET /grubx64.efi HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(20_000)}`,
      );
      expect(answer.statusLine).toContain(' 200 ');
      expect(Buffer.compare(answer.body, kernel)).toBe(0);
      expect(answer.closed).toBe(true);
    });

    it('refuses further requests on a kept connection while draining', async () => {
      const draining = await startPlane();
      const socket = connect(draining.addresses[0]!.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /pxelinux.cfg/default HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      // Longer than the test can take.
      const closing = draining.close({ graceMs: 3_600_000 });
      await once(socket, 'close');
      await closing;
    });

    it.each([
      ['has never sent a request', ''],
      ['has sent part of one', 'GET /grubx64.efi HTTP/1.1\r\nHo'],
      ['has sent part of its second one', `${SMALL_REQUEST}GET /grubx64.efi`],
    ])('closes a connection while draining that %s', async (_what, bytes) => {
      const draining = await startPlane();
      const socket = connect(draining.addresses[0]!.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(bytes);
      if (bytes.startsWith(SMALL_REQUEST)) {
        await once(socket, 'data');
      }
      await expect.poll(() => draining.usage.connections).toBe(1);
      await expect.poll(() => draining.usage.active).toBe(0);
      socket.resume();
      // The kernel resets a connection that is closed with unread bytes.
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      // Longer than the test can take.
      const closing = draining.close({ graceMs: 3_600_000 });
      await closed;
      await closing;
    });

    it('finishes a response in progress while draining', async () => {
      const draining = await startPlane();
      const socket = connect(draining.addresses[0]!.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.pause();
      socket.write('GET /grubx64.efi HTTP/1.0\r\n\r\n');
      await once(socket, 'readable');
      const closing = draining.close({ graceMs: 10_000 });
      let received = 0;
      socket.on('data', (chunk: Buffer) => (received += chunk.byteLength));
      socket.resume();
      await once(socket, 'close');
      await closing;
      expect(received).toBeGreaterThan(kernel.byteLength);
    });
  });

  describe('at its limits', () => {
    const few = {
      maxConnections: 4,
      maxConnectionsPerSource: 4,
      copyBytes: 4096,
      kernelBytes: 64 * MIB,
    };

    async function idleConnection(to: number): Promise<Socket> {
      const socket = connect(to, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    }

    it('closes the longest idle connection for a new one, and logs it once', async () => {
      await using full = await startPlane(undefined, undefined, few);
      const at = full.addresses[0]!.port;
      const idle: Socket[] = [];
      for (let count = 0; count < few.maxConnections; count++) {
        idle.push(await idleConnection(at));
      }
      await expect.poll(() => full.usage.connections).toBe(few.maxConnections);
      // A new connection counts as idle only once its request has had time to arrive.
      await delay(200);
      const closed = once(idle[0]!, 'close');
      const request = 'GET /grubx64.efi HTTP/1.1\r\nHost: x\r\n\r\n';
      const answer = await rawHttp(at, request);
      expect(answer.body.byteLength).toBe(kernel.byteLength);
      await closed;
      expect(idle.slice(1).filter(({ destroyed }) => destroyed)).toEqual([]);
      await rawHttp(at, request);
      expect(limitsReached).toMatchObject([
        { plane: 'http', limit: 'idle connection closed', count: 1, address: '127.0.0.1' },
      ]);
      expect(full.usage.hits['idle connection closed']).toBe(2);
      for (const socket of idle) {
        socket.destroy();
      }
    });

    it('serves a client with several connections while others leave downloads unread', async () => {
      const limits = { ...few, maxConnections: 8 };
      await using full = await startPlane(undefined, undefined, limits);
      const at = full.addresses[0]!.port;
      const stalled = [2, 3].flatMap((host) =>
        Array.from({ length: 4 }, () => {
          const socket = connect({ port: at, host: '127.0.0.1', localAddress: `127.0.0.${host}` });
          socket.on('error', () => undefined);
          socket.pause();
          socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
          return socket;
        }),
      );
      await expect.poll(() => full.usage.active).toBe(8);
      // A download counts as stalled one second after the kernel's buffers have filled up.
      await delay(3_000);

      const clients: Socket[] = [];
      for (let count = 0; count < 3; count++) {
        clients.push(await idleConnection(at));
      }
      const answers = clients.map(async (socket) => {
        const received: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => received.push(chunk));
        socket.write('GET /grubx64.efi HTTP/1.0\r\n\r\n');
        await once(socket, 'close');
        return Buffer.concat(received).toString('latin1').slice(0, 15);
      });

      expect(await Promise.all(answers)).toEqual(Array(3).fill('HTTP/1.1 200 OK'));
      expect(full.usage.hits).toMatchObject({
        'stalled download ended': 3,
        'connection refused': 0,
        'new connection closed': 0,
      });
      for (const socket of stalled) {
        socket.destroy();
      }
    });

    it('refuses a new connection rather than ending a running download', async () => {
      await using full = await startPlane(undefined, undefined, few);
      const at = full.addresses[0]!.port;
      const stalled: Socket[] = [];
      for (let count = 0; count < few.maxConnections; count++) {
        const socket = await idleConnection(at);
        socket.pause();
        socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
        stalled.push(socket);
      }
      await expect.poll(() => full.usage.active).toBe(few.maxConnections);
      const refused = await idleConnection(at);
      await once(refused, 'close');
      expect(full.usage.hits['connection refused']).toBe(1);
      expect(full.usage.active).toBe(few.maxConnections);
      for (const socket of stalled) {
        socket.destroy();
      }
    });

    it('closes a connection after 32 requests for missing or invalid names', async () => {
      await using connection = await HttpConnection.open(port);
      const ask = (path: string) => connection.ask(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await ask('/pxelinux.cfg/default');
      for (let count = 1; count < 32; count++) {
        const { headers } = await ask(count % 2 === 0 ? '/none' : '/%zz');
        expect(headers).not.toContain('Connection: close');
      }
      const last = await ask('/none');
      expect(last.statusLine).toContain(' 404 ');
      expect(last.headers).toContain('Connection: close');
      await expect(ask('/pxelinux.cfg/default')).rejects.toThrow('closed the connection');
    });

    describe('with limited kernel memory', () => {
      const kernelBytes = 8 * MIB;
      const limits = { ...LIMITS, kernelBytes };
      let watched: BootPlane;

      /** Returns the number of bytes that the kernel has to send on connections of the plane (proc(5)). */
      const unsent = (): number => {
        const local = `:${watched.addresses[0]!.port.toString(16).toUpperCase().padStart(4, '0')}`;
        return readFileSync('/proc/net/tcp', 'latin1')
          .split('\n')
          .map((line) => line.trim().split(/ +/))
          .filter(([, address]) => address?.endsWith(local) === true)
          .reduce((sum, [, , , , queues = '0:0']) => sum + Number.parseInt(queues, 16), 0);
      };

      beforeEach(async () => {
        watched = await startPlane(undefined, undefined, limits, () => unsent());
      });

      afterEach(async () => {
        await watched.close();
      });

      it('stays within its budget for kernel memory, and still serves others', async () => {
        const at = watched.addresses[0]!.port;
        const stalled: Socket[] = [];
        for (let count = 0; count < 40; count++) {
          const socket = await idleConnection(at);
          let received = 0;
          // Reading first makes the kernel's buffer grow.
          socket.on('data', (chunk: Buffer) => {
            received += chunk.byteLength;
            if (received > 4 * MIB) {
              socket.pause();
            }
          });
          socket.on('error', () => undefined);
          socket.write('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
          stalled.push(socket);
        }
        const seen: number[] = [];
        const watch = setInterval(() => seen.push(unsent()), 10);
        const closed = (): number => watched.usage.hits['connection closed to free kernel memory'];
        await expect.poll(closed).toBeGreaterThan(0);
        const client = connect({ port: at, host: '127.0.0.1', localAddress: '127.0.0.9' });
        const bytes: Buffer[] = [];
        client.on('data', (chunk: Buffer) => bytes.push(chunk));
        client.write('GET /grubx64.efi HTTP/1.0\r\n\r\n');
        await once(client, 'end');
        client.destroy();
        clearInterval(watch);
        expect(Buffer.concat(bytes).byteLength).toBeGreaterThan(kernel.byteLength);
        // On a busy machine, readings are late. Without a budget, there would be more than 100 MiB.
        expect(Math.max(...seen)).toBeLessThanOrEqual(4 * kernelBytes);
        for (const socket of stalled) {
          socket.destroy();
        }
      });

      it('keeps a connection after its last response until the client has read it', async () => {
        const socket = await idleConnection(watched.addresses[0]!.port);
        socket.write('GET /grubx64.efi HTTP/1.0\r\n\r\n');
        await once(socket, 'data');
        socket.pause();
        await expect.poll(() => watched.usage).toMatchObject({ connections: 1 });
        const ended = once(socket, 'end');
        socket.resume();
        await ended;
        await expect.poll(() => watched.usage.connections).toBe(0);
      });
    });

    describe('a request with a harmless fault', () => {
      const path = '/pxelinux.cfg/default';
      /** Returns the paths of this block's requests in the log; unread downloads of other tests end late. */
      const answered = (): string[] =>
        log.map((facts) => facts.path).filter((each) => each !== '/huge');
      const twice = (request: string): string =>
        `${request}GET /grubx64.efi HTTP/1.1\r\nHost: x\r\n\r\n`;

      it.each([
        [
          'a DEL in a cookie',
          `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: _Syslinux_SYSVENDOR=A\x7fB\r\n\r\n`,
        ],
        [
          'a control character in a header',
          `GET ${path} HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x01b\r\n\r\n`,
        ],
        ['bare line feeds', `GET ${path} HTTP/1.1\nHost: x\n\n`],
        ['bare line feeds and no header field', `GET ${path} HTTP/1.0\n\n`],
        ['a bare line feed only at the end', `GET ${path} HTTP/1.0\r\n\n`],
        ['one bare line feed', `GET ${path} HTTP/1.1\r\nHost: x\nAccept: */*\r\n\r\n`],
        ['a folded header', `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: a,\r\n b\r\n\r\n`],
        ['no Host in HTTP/1.1', `GET ${path} HTTP/1.1\r\nAccept: */*\r\n\r\n`],
        ['two Hosts', `GET ${path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n`],
      ])('is answered, and the connection is closed after it: %s', async (_fault, request) => {
        await using connection = await HttpConnection.open(port);
        const answer = await connection.ask(twice(request));
        expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
        expect(answer.headers).toContain('Connection: close');
        expect(answer.body.toString()).toBe('DEFAULT local\n');
        expect(await connection.rest()).toHaveLength(0);
        await expect.poll(answered).toEqual([path]);
        expect(rejected).toEqual([]);
      });

      it.each([
        ['Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
        ['Transfer-Encoding: identity, chunked', '0\r\n\r\n'],
        ['Transfer-Encoding: nonsense', ''],
      ])('never reads one request with an ambiguous body as two: %j', async (headers, body) => {
        await using connection = await HttpConnection.open(port);
        const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
        const answer = await connection.ask(twice(request));
        expect(answer.headers).toContain('Connection: close');
        expect(await connection.rest()).toHaveLength(0);
        await expect.poll(answered).toEqual([path]);
      });

      it('is answered despite an unknown expectation', async () => {
        const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n`;
        const answer = await rawHttp(port, request);
        expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
      });
    });

    it.each([
      ['HTTP/0.9', 'GET /grubx64.efi\r\n\r\n'],
      ['HTTP/2.0', 'GET /grubx64.efi HTTP/2.0\r\nHost: x\r\n\r\n'],
    ])('answers 505 to %s and logs why', async (version, request) => {
      const answer = await rawHttp(port, request);
      expect(answer).toMatchObject({ closed: true });
      expect(answer.statusLine).toContain(' 505 ');
      await expect
        .poll(() => log)
        .toMatchObject([{ status: 505, reason: `expected HTTP/1.0 or HTTP/1.1, got ${version}` }]);
    });

    it('survives a client that sends CONNECT and resets the connection', async () => {
      await using strict = await startPlane();
      const { port: to } = strict.addresses[0]!;
      const socket = await idleConnection(to);
      await expect.poll(() => strict.usage.connections).toBe(1);
      socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
      socket.resetAndDestroy();
      await expect.poll(() => rejected).toMatchObject([{ reason: /not a proxy/ }]);
      await expect.poll(() => strict.usage.connections).toBe(0);
      expect((await rawHttp(to, SMALL_REQUEST)).statusLine).toContain(' 200 ');
    });

    it('does not report a refusal for a client that is gone before it is accepted', async () => {
      await using strict = await startPlane(['10.0.0.0/8']);
      sendAndReset(strict.addresses[0]!.port, SMALL_REQUEST);
      const refused = await idleConnection(strict.addresses[0]!.port);
      await once(refused, 'close');
      expect(denied).toEqual(['127.0.0.1']);
    });

    it.each([
      ['nonsense', 'garbage\r\n\r\n', 400, /not an HTTP request/],
      ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, /speaks TLS/],
      ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /not an HTTP\/1 request/],
      ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 405, /not a proxy/],
      [
        'two lengths',
        'GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
        400,
        /CONTENT_LENGTH/,
      ],
      [
        'a name with a space before the colon',
        'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
        400,
        /HEADER_TOKEN/,
      ],
      ['endless line ends', '\r\n'.repeat(9_000), 431, /more than 64 lines/],
      [
        'a thousand header names',
        `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 1_000 }, (_, index) => `A${index}:\r\n`).join('')}\r\n`,
        431,
        /more than 64 lines/,
      ],
      [
        'a long head',
        `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(10_000)}\r\n\r\n`,
        431,
        /head is too long/,
      ],
    ])('answers %s with a short error and logs why', async (_what, bytes, status, reason) => {
      await using strict = await startPlane();
      const socket = await idleConnection(strict.addresses[0]!.port);
      const received: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => received.push(chunk));
      socket.write(Buffer.from(bytes, 'latin1'));
      await once(socket, 'close');
      const text = Buffer.concat(received).toString('latin1');
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(text).toContain(`Content-Length: ${text.split('\r\n\r\n')[1]!.length}\r\n`);
      expect(rejected).toMatchObject([{ plane: 'http', address: '127.0.0.1' }]);
      expect(rejected[0]!.reason).toMatch(reason);
    });
  });
});
